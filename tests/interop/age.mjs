// Three uses of age in JavaScript:
//
//     node age.mjs decrypt BUNDLE IDENTITY STREAM   writes the decrypted payload of a bundle
//     node age.mjs encrypt STREAM RECIPIENT FILE    encrypts a stream to the recipient in a file
//     node age.mjs vectors FOLDER                   writes age's test vectors and a table of them
//
// The table `vectors.tsv` has name, what is expected, `armored` or `binary`, and the identity.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { Decrypter, Encrypter } from "age-encryption";
import * as cctv from "cctv-age";

const BLOCK = 512;

// The content of all payload members of a bundle, one after the other.
function payload(bundle) {
  const parts = [];
  for (let at = 0; at < bundle.length; ) {
    const name = bundle.subarray(at, at + 100).toString("ascii").replace(/\0.*$/s, "");
    const size = parseInt(bundle.subarray(at + 124, at + 135).toString("ascii"), 8);
    if (name === "end.json") break;
    at += BLOCK;
    if (name.startsWith("payload/")) parts.push(bundle.subarray(at, at + size));
    at += Math.ceil(size / BLOCK) * BLOCK;
  }
  return Buffer.concat(parts);
}

async function decrypt(bundle, identity, stream) {
  const decrypter = new Decrypter();
  for (const line of readFileSync(identity, "ascii").split("\n")) {
    if (line.startsWith("AGE-SECRET-KEY-")) decrypter.addIdentity(line);
  }
  writeFileSync(stream, await decrypter.decrypt(payload(readFileSync(bundle))));
}

async function encrypt(stream, recipient, file) {
  const encrypter = new Encrypter();
  encrypter.addRecipient(readFileSync(recipient, "ascii").trim());
  writeFileSync(file, await encrypter.encrypt(readFileSync(stream)));
}

function vectors(folder) {
  const table = [];
  for (const [name, vector] of Object.entries(cctv.default ?? cctv)) {
    const bytes = Buffer.from(vector);
    const end = bytes.indexOf("\n\n");
    const header = bytes.subarray(0, end).toString("utf8").split("\n");
    const value = (key) => header.find((line) => line.startsWith(`${key}: `))?.slice(key.length + 2);
    let file = bytes.subarray(end + 2);
    if (value("compressed") === "zlib") file = inflateSync(file);
    writeFileSync(join(folder, name), file);
    table.push([name, value("expect"), value("armored") === "yes" ? "armored" : "binary", value("identity") ?? ""].join("\t"));
  }
  writeFileSync(join(folder, "vectors.tsv"), table.join("\n") + "\n");
}

const [command, ...paths] = process.argv.slice(2);
if (command === "decrypt") await decrypt(...paths);
else if (command === "encrypt") await encrypt(...paths);
else if (command === "vectors") vectors(...paths);
else throw new Error("decrypt, encrypt or vectors?");
