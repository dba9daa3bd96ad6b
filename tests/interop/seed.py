"""Writes the seeds of the fuzz targets from the test vectors.

    seed.py VECTORS CRATES

One file for each different content, named by the first vector that has it; none is over 24 KiB.
"""

import pathlib
import sys

import pyrage

import reader
from encoding import BLOCK, Refusal, padded
from inner import Stream

LARGEST = 24 * 1024
OUTER = ("sound_tenant", "sound_ext", "end_offset", "sums_in", "segment_twice")
JSON = ("sound_tenant", "sound_ext", "sound_later", "header", "end", "id", "time_with", "version")
TABLES = ("sound", "stream", "table")
FRAMES = ("sound_tenant", "frame")
MANIFESTS = ("sound", "kind", "key", "ledger", "manifest", "media", "offset", "path", "tenant")


class Seeds:
    def __init__(self, crates):
        self.crates = crates
        self.seen = set()

    def add(self, target, name, content):
        if len(content) > LARGEST or (target, content) in self.seen:
            return
        self.seen.add((target, content))
        folder = self.crates / pathlib.Path(target[0]) / "fuzz" / "corpus" / target[1]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def members(bundle):
    """Names and contents, as far as they can be told."""
    at = 0
    while at + BLOCK <= len(bundle) and bundle[at]:
        name = bundle[at : at + 100].split(b"\0")[0]
        try:
            size = int(bundle[at + 124 : at + 135], 8)
        except ValueError:
            return
        yield name, bundle[at + BLOCK : at + BLOCK + size]
        at += BLOCK + padded(size)


def stream_seeds(seeds, name, payload, identities):
    try:
        stream = pyrage.decrypt(payload, identities)
    except pyrage.DecryptError:
        return
    size = len(stream).to_bytes(8, "little")
    rows = int.from_bytes(stream[-9:-5], "little")
    if name.startswith(TABLES) and 17 + 8 * rows <= len(stream):
        seeds.add(("lifeboat-bundle", "seek_table"), name, size + stream[-17 - 8 * rows :])
    try:
        found = Stream(stream)
        for number, (at, packed, plain) in enumerate(found.frames if name.startswith(FRAMES) else []):
            content = plain.to_bytes(4, "little") + stream[at : at + packed]
            seeds.add(("lifeboat-bundle", "frame"), f"{name}_{number}", content)
        located = found.read(found.plain_size - 3 * BLOCK, BLOCK)
        at, size = int(located[20:40]), int(located[59:79])
        if name.startswith(MANIFESTS):
            seeds.add(("lifeboat-bundle", "manifest"), name, found.read(at, size))
    except (Refusal, ValueError, IndexError):
        return


def main():
    vectors, crates = map(pathlib.Path, sys.argv[1:])
    identities = reader.identities(vectors / "keys" / "identity.txt")
    seeds = Seeds(crates)
    signers = (vectors / "keys" / "allowed_signers").read_bytes()
    seeds.add(("lifeboat-seal", "allowed_signers"), "allowed_signers", signers)
    for path in sorted(vectors.glob("*.vec")):
        _, _, bundle = path.read_bytes().partition(b"\n\n")
        name, payload = path.stem, b""
        if len(bundle) <= LARGEST and path.stem.startswith(OUTER):
            seeds.add(("lifeboat-seal", "outer"), name, bundle)
        for member, content in members(bundle):
            if member in (b"lifeboat.json", b"end.json") and name.startswith(JSON):
                seeds.add(("lifeboat-seal", "json"), f"{name}_{member.decode()}", content)
            elif member == b"SHA256SUMS.sig" and not name.startswith("sound"):
                if name.startswith("file_sign"):
                    seeds.add(("lifeboat-seal", "sshsig"), name, content)
            elif member.startswith(b"payload/"):
                payload += content
                if member.endswith(b"00000000") and name.startswith(("head", "sound_tenant")):
                    seeds.add(("lifeboat-bundle", "head"), name, content)
        if not name.startswith("head"):
            stream_seeds(seeds, name, payload, identities)


if __name__ == "__main__":
    main()
