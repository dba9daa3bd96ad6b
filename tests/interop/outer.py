"""Section 5 of spec/bundle-v1.md: the outer file, read from its start to its end."""

import hashlib

import encoding
import signature
from encoding import BLOCK, Refusal, padded, require

HEADER_LIMIT = 65_536
SUMS_LIMIT = 67_108_864
SEGMENT = 4_195_328
ZEROS = bytes(BLOCK)
PUBLIC_HEADER = encoding.fields(
    format=encoding.exactly("lifeboat", "5.2.1", "not a bundle"),
    version=encoding.exactly(1, "5.2.2", "unsupported"),
    id=encoding.identifier,
    created=encoding.time,
    stream=encoding.identifier,
    seq=encoding.integer,
    prev=encoding.or_null(encoding.digest),
    frame=encoding.exactly(262_144, "5.2.4"),
    segment=encoding.exactly(SEGMENT, "5.2.4"),
    ext=encoding.extensions,
    critical=encoding.critical,
)
END_KEYS = ("sums_offset", "sums_size", "signature_offset", "signature_size", "payload_size", "segments")


class Outer:
    """The structure, the sums and the outer signature of a file."""

    def __init__(self, file):
        self.file = file
        self.length = file.seek(0, 2)
        self.at = 0
        self.digests = []
        self._header()
        self._payload()
        self._sums()
        self._end()

    # Reading

    def _take(self, size, member):
        self.file.seek(self.at)
        data = self.file.read(size)
        require(len(data) == size, "truncated", "5.1.3", f"the file ends inside {member}")
        self.at += size
        return data

    def _next(self):
        """Name and size from the header at this place, not yet passed."""
        require(self.at < self.length, "truncated", "5.1.3", "the file ends before end.json")
        self.file.seek(self.at)
        block = self.file.read(BLOCK)
        require(len(block) == BLOCK, "truncated", "5.1.3", "the file ends inside a header")
        return encoding.parse_archive_header(block)

    def _member(self, wanted, limit, clause):
        """The content of the member that must follow."""
        name, size = self._next()
        require(name == wanted, "damaged", "5.1.1", f"{name!r} instead of {wanted!r}")
        require(size <= limit, "limit exceeded", clause, f"{name!r} has {size} bytes")
        self.at += BLOCK
        content = self._take(size, name)
        padding = self._take(padded(size) - size, name)
        require(not padding.strip(b"\0"), "damaged", "4.1.2", f"the padding of {name!r}")
        return content

    # The members in their order

    def _header(self):
        try:
            name, size = self._next()
        except Refusal as error:
            raise Refusal("not a bundle", "5.1.3", "the first block is not a header") from error
        require(name == b"lifeboat.json", "not a bundle", "5.1.3", f"the first member is {name!r}")
        self.header_bytes = self._member(b"lifeboat.json", HEADER_LIMIT, "5.2.1")
        self._version()
        self.header = encoding.parse_member(self.header_bytes, PUBLIC_HEADER)
        first = self.header["seq"] == 0
        require((self.header["prev"] is None) == first, "damaged", "5.2.3", "seq and prev do not agree")
        self._digest(self.header_bytes, "lifeboat.json")

    def _version(self):
        value = encoding.parse_json(self.header_bytes)
        known = dict(reversed(value)) if isinstance(value, encoding.Pairs) else {}
        if "format" in known:
            PUBLIC_HEADER_FORMAT(known["format"], "format")
        if "version" in known:
            PUBLIC_HEADER_VERSION(known["version"], "version")

    def _digest(self, content, name):
        self.digests.append((hashlib.sha256(content).hexdigest(), name))

    def _payload(self):
        self.segments = []
        while True:
            name, size = self._next()
            if not name.startswith(b"payload/"):
                break
            number = len(self.segments)
            wanted = f"payload/{number:08d}"
            require(name == wanted.encode("ascii"), "damaged", "5.3.3", f"{name!r} instead of {wanted}")
            limit, clause = (HEADER_LIMIT, "5.3.1") if number == 0 else (SEGMENT, "5.3.2")
            if number > 1:
                require(self.segments[-1][1] == SEGMENT, "damaged", "5.3.2", "a short segment that is not the last")
            start = self.at + BLOCK
            content = self._member(name, limit, clause)
            require(content, "damaged", "5.3.2", f"{name!r} is empty")
            if number == 0:
                self.head = content
            self._digest(content, wanted)
            self.segments.append((start, size))
        require(len(self.segments) >= 2, "damaged", "5.3.2", "there is no body")

    def _sums(self):
        self.sums = self._member(b"SHA256SUMS", SUMS_LIMIT, "5.4.1")
        self.sums_at = self.at - padded(len(self.sums))
        name, size = self._next()
        require(name != b"end.json", "signature missing", "9.1.2", "SHA256SUMS.sig is missing")
        content = self._member(b"SHA256SUMS.sig", signature.LIMIT, "9.1.2")
        self.signature_at = self.at - padded(size)
        self.signature_size = size
        self.signature = signature.Signature(content)

    def _end(self):
        end = self._member(b"end.json", BLOCK, "5.6.1")
        require(len(end) == BLOCK, "damaged", "4.3.1", "end.json has another size")
        found = encoding.parse_fixed_block(end, END_KEYS)
        require(found["sums_size"] <= SUMS_LIMIT, "limit exceeded", "5.6.2", "the size of SHA256SUMS")
        require(found["signature_size"] <= signature.LIMIT, "limit exceeded", "5.6.2", "the size of the signature")
        derived = (
            self.sums_at, len(self.sums), self.signature_at, self.signature_size,
            sum(size for _, size in self.segments), len(self.segments),
        )
        require(found == dict(zip(END_KEYS, derived)), "damaged", "5.6.2", "end.json says something else")
        require(self._take(2 * BLOCK, "the zero blocks") == ZEROS * 2, "damaged", "4.1.5", "the zero blocks")
        require(self.at == self.length, "trailing bytes", "5.1.2", f"{self.length - self.at} bytes follow")

    # What is proven about them

    def verify(self, trust):
        """Sums, signature and trust; the signer's fingerprint."""
        lines = [f"{digest}  {name}\n" for digest, name in self.digests]
        form = [line[64:].encode("ascii") for line in lines]
        found = self.sums.splitlines(keepends=True)
        require([line[64:] for line in found] == form, "damaged", "5.4.1", "SHA256SUMS has other lines")
        for line in found:
            encoding.digest(line[:64].decode("latin-1"), "a digest of SHA256SUMS")
        signer = self.signature.verify(self.sums, signature.FILE, trust)
        require(found == [line.encode("ascii") for line in lines], "damaged", "5.4.2", "a digest differs")
        return signer

    def body(self):
        """The encrypted chunks, compared with their digests again (§10.2.1)."""
        for (start, size), (digest, name) in zip(self.segments[1:], self.digests[1:][1:]):
            self.file.seek(start)
            content = self.file.read(size)
            require(encoding.sha256(content) == digest, "damaged", "10.2.1", f"{name} has changed")
            yield content


PUBLIC_HEADER_FORMAT = encoding.exactly("lifeboat", "5.2.1", "not a bundle")
PUBLIC_HEADER_VERSION = encoding.exactly(1, "5.2.2", "unsupported")
