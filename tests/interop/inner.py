"""Sections 6 to 8 of spec/bundle-v1.md: encryption, compression, the inner archive."""

import hashlib
import re
import struct

import pyrage
import zstandard

import encoding
import signature
from encoding import BLOCK, Refusal, padded, require

CHUNK = 65_536
TAG = 16
FRAME = 262_144
FRAME_LIMIT = 263_168
FRAMES = 1_048_576
MANIFEST_LIMIT = 67_108_864
ENTRIES = 262_144
DOCUMENT = 16_777_216
BATCH = 17_825_792
RECORDS = "application/x-ndjson"
LOCATOR_KEYS = ("manifest_offset", "manifest_size", "signature_offset", "signature_size")


# 6 Encryption

def scan_head(head):
    """§6.2.1 and §6.2.2: the form of an age header, in one pass."""
    def refuse(detail):
        raise Refusal("damaged", "6.2.1", detail)

    at = 0

    def line():
        nonlocal at
        end = head.find(b"\n", at)
        if end < 0:
            refuse("a line does not end")
        found = head[at:end]
        at = end + 1
        return found

    if line() != b"age-encryption.org/v1":
        refuse("another version")
    stanzas = 0
    while True:
        found = line()
        if found.startswith(b"--- "):
            mac = found[4:]
            if len(mac) != 43 or encoding.unpadded_base64(mac) is None:
                refuse("the MAC")
            break
        words = found.split(b" ")
        if words[0] != b"->" or len(words) < 2:
            refuse("neither a stanza nor the end")
        if not all(word and all(0x21 <= byte <= 0x7E for byte in word) for word in words):
            refuse("a word of a stanza")
        require(words[1] != b"scrypt", "damaged", "6.1.1", "a passphrase")
        stanzas += 1
        while True:
            body = line()
            if len(body) > 64 or encoding.unpadded_base64(body) is None:
                refuse("the body of a stanza")
            if len(body) < 64:
                break
    if not stanzas:
        refuse("no stanza")
    require(len(head) - at == 16, "damaged", "6.2.2", f"{len(head) - at} bytes after the header")


def decrypt(outer, identities):
    """The stream."""
    scan_head(outer.head)
    body = b"".join(outer.body())
    last = len(body) % (CHUNK + TAG)
    require(last == 0 or last > TAG, "damaged", "6.3.1", "the last chunk is empty")
    try:
        return pyrage.decrypt(outer.head + body, identities)
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise Refusal("no identity", "6.1.1", str(error)) from error
        raise Refusal("damaged", "6.3.1", str(error)) from error


# 7 Compression

def bucket(size):
    """§7.2: Padmé."""
    exponent = size.bit_length() - 1
    unit = 1 << (exponent - exponent.bit_length())
    return (size + unit - 1) // unit * unit


class Stream:
    """Frames found through the seek table."""

    def __init__(self, stream):
        self.stream = stream
        rows, self.end = self._table()
        self.padding = None
        if rows and rows[-1][1] == 0:
            self.padding = rows.pop()[0]
        self._frames(rows)
        self._padding()

    def _table(self):
        stream = self.stream
        require(len(stream) >= 17, "damaged", "7.3.1", "no seek table")
        count, descriptor, magic = struct.unpack("<IBI", stream[-9:])
        require(magic == 0x8F92EAB1, "damaged", "7.3.1", "no seek table")
        require(descriptor == 0, "damaged", "7.3.1", "the descriptor")
        require(count <= FRAMES + 1, "limit exceeded", "7.3.3", f"{count} rows")
        size = 17 + 8 * count
        require(size <= len(stream), "damaged", "7.3.3", "the table is larger than the stream")
        start = len(stream) - size
        require(
            struct.unpack("<II", stream[start : start + 8]) == (0x184D2A5E, size - 8),
            "damaged", "7.3.1", "the start of the table",
        )
        return list(struct.iter_unpack("<II", stream[start + 8 : start + 8 + 8 * count])), start

    def _frames(self, rows):
        require(rows, "damaged", "7.1.1", "no frame")
        require(len(rows) <= FRAMES, "limit exceeded", "7.3.3", f"{len(rows)} frames")
        self.frames = []
        at = 0
        for number, (packed, plain) in enumerate(rows):
            last = number + 1 == len(rows)
            require(
                1 <= plain <= FRAME if last else plain == FRAME, "damaged", "7.1.1", f"frame {number} holds {plain}"
            )
            require(packed <= FRAME_LIMIT, "limit exceeded", "7.1.3", f"frame {number} has {packed}")
            self.frames.append((at, packed, plain))
            at += packed
        self.content_end = at
        self.plain_size = FRAME * (len(rows) - 1) + rows[-1][1]
        require(at + (self.padding or 0) == self.end, "damaged", "7.3.2", "the rows do not meet the table")

    def _padding(self):
        if self.padding is None:
            return
        require(self.padding >= 8, "damaged", "7.2.1", "the padding frame is cut")
        magic, size = struct.unpack("<II", self.stream[self.content_end : self.content_end + 8])
        require(magic == 0x184D2A50, "damaged", "7.2.1", "the padding's magic number")
        require(size == self.padding - 8, "damaged", "7.2.1", "the padding's size")
        empty = len(self.stream) - size
        require(size == bucket(empty) - empty, "damaged", "7.2.1", "the padding's size")
        zeros = self.stream[self.content_end + 8 : self.end]
        require(not zeros.strip(b"\0"), "damaged", "7.2.2", "the padding is not zero")

    def frame(self, number):
        at, packed, plain = self.frames[number]
        data = self.stream[at : at + packed]
        _check_frame_header(data, plain)
        try:
            found = zstandard.ZstdDecompressor(max_window_size=FRAME).decompress(
                data, max_output_size=plain, allow_extra_data=False
            )
        except zstandard.ZstdError as error:
            raise Refusal("damaged", "7.1.3", f"frame {number}: {error}") from error
        require(len(found) == plain, "damaged", "7.1.1", f"frame {number} holds {len(found)}")
        return found

    def read(self, at, size):
        """Bytes of the inner archive."""
        parts = []
        for number in range(at // FRAME, (at + size - 1) // FRAME + 1 if size else 0):
            start = number * FRAME
            parts.append(self.frame(number)[max(at - start, 0) : at + size - start])
        return b"".join(parts)


def _check_frame_header(data, plain):
    """§7.1.2, after section 3.1.1.1 of RFC 8878."""
    def refuse(detail):
        raise Refusal("damaged", "7.1.2", detail)

    if len(data) < 6 or data[:4] != b"\x28\xb5\x2f\xfd":
        refuse("not a frame")
    descriptor = data[4]
    single = descriptor & 0x20
    if not descriptor & 0x04:
        refuse("no checksum")
    if descriptor & 0x03:
        refuse("a dictionary")
    if descriptor & 0x18:
        refuse("a reserved or an unused bit")
    flag = descriptor >> 6
    width = {0: 1 if single else 0, 1: 2, 2: 4, 3: 8}[flag]
    if not width:
        refuse("no content size")
    at = 5 if single else 6
    field = data[at : at + width]
    if len(field) < width:
        refuse("the header is cut")
    size = int.from_bytes(field, "little") + (256 if width == 2 else 0)
    if size != plain:
        refuse(f"the content size is {size}")
    if single:
        window = size
    else:
        base = 1 << (10 + (data[5] >> 3))
        window = base + base // 8 * (data[5] & 7)
    if window > FRAME:
        refuse(f"a window of {window}")


# 8 The inner archive

def _kind(value, where):
    good = re.fullmatch(r"[a-z0-9][a-z0-9-]*", encoding.text(value, where)) and len(value) <= 64
    require(good and value not in ("manifest", "locator"), "damaged", "8.1.1", f"{where} is {value!r}")
    return value


def _key(value, where):
    size = len(encoding.text(value, where).encode("utf-8", "surrogatepass"))
    require(size <= 4096, "damaged", "8.1.3", f"{where} has {size} bytes")
    require(not re.search("[\x00-\x1f\x7f-\x9f]", value), "damaged", "8.1.3", f"{where} has a control character")
    return value


def _media(value, where):
    word = r"[a-z0-9!#$&^_.+-]+"
    good = re.fullmatch(f"{word}/{word}", encoding.text(value, where)) and len(value) <= 127
    require(good, "damaged", "8.1.4", f"{where} is {value!r}")
    return value


EXTENSIONS = {"application/json": "json", RECORDS: "ndjson", "application/xml": "xml"}
STATES = ("read", "partial", "refused", "absent", "unavailable", "never", "skipped")
GAPS = ("partial", "refused", "unavailable", "skipped")
MANIFEST = encoding.fields(
    profile=encoding.one_of(("appid-tenant", "files"), "8.3.1"),
    source=encoding.fields(api_url=encoding.text, tenant=encoding.text, tool=encoding.text),
    window=encoding.fields(start=encoding.time, end=encoding.time),
    ledger=encoding.fields(
        complete=encoding.boolean,
        lines=encoding.array(
            encoding.fields(
                kind=encoding.text,
                state=encoding.one_of(STATES, "8.4.1"),
                called=encoding.integer,
                claimed=encoding.or_null(encoding.integer),
                stored=encoding.integer,
                reason=encoding.text,
            )
        ),
    ),
    entries=encoding.array(
        encoding.fields(
            kind=_kind, key=_key, media=_media, sha256=encoding.digest,
            size=encoding.integer, offset=encoding.integer, records=encoding.integer,
        ),
        ENTRIES, "8.3.4",
    ),
    signer=encoding.fingerprint,
    header=encoding.digest,
    ext=encoding.extensions,
    critical=encoding.critical,
)


class Inner:
    """The manifest, proven, and the entries."""

    def __init__(self, stream, header_digest, trust):
        self.stream = stream
        total = stream.plain_size
        require(total % BLOCK == 0 and total >= 8 * BLOCK, "damaged", "4.1.5", "the archive's size")
        self.locator_at = total - 4 * BLOCK
        locator = encoding.parse_fixed_block(stream.read(self.locator_at + BLOCK, BLOCK), LOCATOR_KEYS)
        require(locator["manifest_size"] <= MANIFEST_LIMIT, "limit exceeded", "8.3.4", "the manifest's size")
        require(locator["signature_size"] <= signature.LIMIT, "limit exceeded", "9.1.2", "the signature's size")
        self._follow_one_another(locator)
        self.locator = locator
        self.manifest_bytes = stream.read(locator["manifest_offset"], locator["manifest_size"])
        found = signature.Signature(stream.read(locator["signature_offset"], locator["signature_size"]))
        self.signer = found.verify(self.manifest_bytes, signature.CONTENT, trust)
        self.manifest = encoding.parse_member(self.manifest_bytes, MANIFEST)
        self._check_manifest(header_digest)
        self._check_ledger()
        self._check_entries()

    def _follow_one_another(self, locator):
        manifest_end = locator["manifest_offset"] + padded(locator["manifest_size"])
        signature_end = locator["signature_offset"] + padded(locator["signature_size"])
        good = (
            locator["manifest_offset"] >= BLOCK
            and locator["signature_offset"] == manifest_end + BLOCK
            and self.locator_at == signature_end
        )
        require(good, "damaged", "8.6.1", "the last members do not follow one another")

    def _check_manifest(self, header_digest):
        manifest = self.manifest
        require(manifest["signer"] == self.signer, "signature wrong", "9.3.1", "another signer of the content")
        require(manifest["header"] == header_digest, "damaged", "8.3.2", "the manifest of another file")
        if manifest["profile"] == "appid-tenant":
            source = manifest["source"]
            require(source["api_url"] and source["tenant"], "damaged", "8.3.2", "no tenant")
        require(manifest["window"]["start"] <= manifest["window"]["end"], "damaged", "8.3.2", "the window")

    def _check_ledger(self):
        ledger = self.manifest["ledger"]
        gaps = [line for line in ledger["lines"] if line["state"] in GAPS]
        require(ledger["complete"] == (not gaps), "damaged", "8.4.2", "the ledger contradicts itself")

    def _check_entries(self):
        files = self.manifest["profile"] == "files"
        seen, numbers, self.members = set(), {}, []
        at = BLOCK
        for entry in self.manifest["entries"]:
            kind, key, media, size = entry["kind"], entry["key"], entry["media"], entry["size"]
            require((kind, key) not in seen, "damaged", "8.1.5", f"{kind} {key!r} twice")
            seen.add((kind, key))
            if files:
                require(kind == "file", "damaged", "8.1.6", f"the kind {kind}")
                good = "\\" not in key and all(part not in ("", ".", "..") for part in key.split("/"))
                require(good, "damaged", "8.1.6", f"the path {key!r}")
                limit, clause = encoding.LARGEST_MEMBER, "4.1.4"
            else:
                limit, clause = (BATCH if media == RECORDS else DOCUMENT), "8.2.2"
            require(size <= limit, "limit exceeded", clause, f"{kind} {key!r} has {size} bytes")
            possible = entry["records"] <= size if media == RECORDS else entry["records"] == 1
            require(possible, "limit exceeded", "8.2.1", f"{kind} {key!r} cannot have {entry['records']} records")
            require(entry["offset"] == at, "damaged", "8.3.3", f"{kind} {key!r} is not at {at}")
            at += padded(size) + BLOCK
            self.members.append((self._name(kind, key, media, numbers), entry))
        require(self.locator["manifest_offset"] == at, "damaged", "8.3.3", "the manifest does not follow")

    @staticmethod
    def _name(kind, key, media, numbers):
        extension = EXTENSIONS.get(media, "bin")
        if not key:
            return f"{kind}.{extension}".encode("ascii")
        number = numbers.get(kind, 0)
        numbers[kind] = number + 1
        return f"{kind}/{number:08d}.{extension}".encode("ascii")

    def walk(self):
        """§10.3.2: every byte of the archive, and every digest."""
        archive = Walk(self.stream)
        for name, entry in self.members:
            archive.header(name, entry["size"])
            archive.content(entry)
        archive.header(b"manifest.json", len(self.manifest_bytes))
        archive.skip(self.locator["manifest_size"])
        archive.header(b"manifest.json.sig", self.locator["signature_size"])
        archive.skip(self.locator["signature_size"])
        archive.header(b"locator.json", BLOCK)
        archive.skip(BLOCK)
        require(archive.take(2 * BLOCK) == bytes(2 * BLOCK), "damaged", "4.1.5", "the zero blocks")
        require(archive.take(1) == b"", "damaged", "4.1.5", "bytes follow")


class Walk:
    """The inner archive from its start to its end, a frame at a time."""

    def __init__(self, stream):
        self.frames = (stream.frame(number) for number in range(len(stream.frames)))
        self.rest = b""

    def take(self, size):
        while len(self.rest) < size:
            more = next(self.frames, None)
            if more is None:
                break
            self.rest += more
        found, self.rest = self.rest[:size], self.rest[size:]
        return found

    def header(self, name, size):
        require(self.take(BLOCK) == encoding.archive_header(name, size), "damaged", "4.1.1", f"the header of {name}")

    def skip(self, size):
        self.take(size)
        self.padding(size)

    def padding(self, size):
        zeros = self.take(padded(size) - size)
        require(not zeros.strip(b"\0"), "damaged", "4.1.2", "the padding of a member")

    def content(self, entry):
        """§10.2.2: digest and records."""
        sha, left, records, open_record = hashlib.sha256(), entry["size"], 0, 0
        batch = entry["media"] == RECORDS
        while left:
            piece = self.take(min(left, FRAME))
            require(piece, "damaged", "10.2.2", "the archive ends in an entry")
            left -= len(piece)
            sha.update(piece)
            if batch:
                *whole, rest = piece.split(b"\n")
                for part in whole:
                    _check_record(open_record + len(part))
                    open_record = 0
                records += len(whole)
                open_record += len(rest)
                _check_record(open_record)
        name = f"{entry['kind']} {entry['key']!r}"
        require(sha.hexdigest() == entry["sha256"], "damaged", "10.2.2", f"the digest of {name}")
        if batch:
            require(open_record == 0, "damaged", "8.2.1", f"the last record of {name} does not end")
            require(records == entry["records"], "damaged", "8.2.1", f"{name} has {records} records")
        self.padding(entry["size"])


def _check_record(size):
    require(size <= DOCUMENT, "damaged", "8.2.3", f"a record of {size} bytes")
