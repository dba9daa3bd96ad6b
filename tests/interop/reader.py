"""An independent reader of bundles, written from spec/bundle-v1.md alone.

    reader.py check BUNDLE --allowed-signers FILE --identity FILE [--revoked FILE] [--at SECONDS]
    reader.py vectors DIR

`check` verifies everything that the text demands of a reader, and prints a line of JSON.
Its exit code says what it reports: see CODES; 2 is for wrong arguments and files that cannot be used.
`vectors` judges all vectors in a folder such as fixtures/bundle, and fails if one is judged wrongly.
"""

import argparse
import io
import json
import pathlib
import sys
import time

import pyrage

import encoding
from encoding import Refusal
from inner import Inner, Stream, decrypt
from outer import Outer
from signature import Trust, TrustError

CODES = {
    "ok": 0,
    "not a bundle": 10,
    "damaged": 11,
    "truncated": 12,
    "trailing bytes": 13,
    "limit exceeded": 14,
    "unsupported": 15,
    "signature missing": 16,
    "signature wrong": 17,
    "signer not trusted": 18,
    "no identity": 19,
}
JUDGED_AT = 1_795_428_180


def read(file, trust, identities):
    """The manifest of a bundle that is right in every respect, and its stream."""
    outer = Outer(file)
    outer.verify(trust)
    stream = Stream(decrypt(outer, identities))
    inner = Inner(stream, encoding.sha256(outer.header_bytes), trust)
    inner.walk()
    return inner, stream


def identities(path):
    lines = [line.strip() for line in pathlib.Path(path).read_text("ascii").splitlines()]
    return [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]


def trust_from(allowed_signers, revoked, now):
    revoked_text = pathlib.Path(revoked).read_text("utf-8") if revoked else ""
    return Trust(pathlib.Path(allowed_signers).read_text("utf-8"), revoked_text, now)


def check(arguments):
    trust = trust_from(arguments.allowed_signers, arguments.revoked, arguments.at)
    keys = identities(arguments.identity)
    with open(arguments.bundle, "rb") as file:
        try:
            inner, stream = read(file, trust, keys)
        except Refusal as error:
            print(json.dumps({"report": error.report, "clause": error.clause, "detail": error.detail}))
            return CODES[error.report]
    if arguments.stream:
        pathlib.Path(arguments.stream).write_bytes(stream.stream)
    manifest = inner.manifest
    print(json.dumps({
        "report": "ok",
        "profile": manifest["profile"],
        "complete": manifest["ledger"]["complete"],
        "entries": len(manifest["entries"]),
        "bytes": sum(entry["size"] for entry in manifest["entries"]),
    }))
    return 0


def vectors(arguments):
    folder = pathlib.Path(arguments.folder)
    keys = folder / "keys"
    trust = trust_from(keys / "allowed_signers", keys / "revoked_keys", JUDGED_AT)
    own = identities(keys / "identity.txt")
    wrong = count = 0
    for path in sorted(folder.glob("*.vec")):
        head, _, bundle = path.read_bytes().partition(b"\n\n")
        wanted = dict(line.split(": ", 1) for line in head.decode("utf-8").splitlines())
        try:
            read(io.BytesIO(bundle), trust, own)
            report, clause, detail = "ok", "-", ""
        except Refusal as error:
            report, clause, detail = error.report, error.clause, error.detail
        count += 1
        if report != wanted["expect"]:
            wrong += 1
            print(f"{path.stem}: {report} instead of {wanted['expect']} (§{clause} {detail})")
        elif arguments.clauses and clause not in ("-", wanted["clause"]):
            print(f"{path.stem}: §{clause} instead of §{wanted['clause']} ({detail})")
    print(f"{count} vectors, {wrong} judged wrongly")
    return 1 if wrong or not count else 0


def main():
    parser = argparse.ArgumentParser(description="An independent reader of lifeboat bundles.")
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("check", help="verify a bundle in full")
    one.add_argument("bundle")
    one.add_argument("--allowed-signers", required=True)
    one.add_argument("--identity", required=True)
    one.add_argument("--revoked")
    one.add_argument("--at", type=int, default=int(time.time()), help="the time of judgement, in seconds since 1970")
    one.add_argument("--stream", help="where to write the decrypted stream of a right bundle")
    one.set_defaults(run=check)
    many = commands.add_parser("vectors", help="judge the test vectors")
    many.add_argument("folder")
    many.add_argument("--clauses", action="store_true", help="also say which clauses differ")
    many.set_defaults(run=vectors)
    arguments = parser.parse_args()
    try:
        return arguments.run(arguments)
    except (OSError, TrustError, UnicodeDecodeError, pyrage.IdentityError) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
