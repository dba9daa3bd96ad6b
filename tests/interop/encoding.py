"""Section 4 of spec/bundle-v1.md: archives, JSON members, fixed blocks, times, identifiers, digests."""

import base64
import binascii
import datetime
import hashlib
import json
import re

BLOCK = 512
LARGEST_MEMBER = 8_589_934_591
LARGEST_INTEGER = 9_007_199_254_740_991


class Refusal(Exception):
    """Why a bundle is refused: a report of section 1, the clause, and a sentence."""

    def __init__(self, report, clause, detail):
        super().__init__(f"{report}: {detail} (§{clause})")
        self.report = report
        self.clause = clause
        self.detail = detail


def require(holds, report, clause, detail):
    if not holds:
        raise Refusal(report, clause, detail)


# 4.1 Archives

def padded(size):
    return (size + BLOCK - 1) // BLOCK * BLOCK


def archive_header(name, size):
    """The only header for a name and a size."""
    block = bytearray(BLOCK)
    block[0 : len(name)] = name
    block[100:108] = b"0000644\0"
    block[108:116] = block[116:124] = b"0000000\0"
    block[124:136] = b"%011o\0" % size
    block[136:148] = b"00000000000\0"
    block[148:156] = b" " * 8
    block[156:157] = b"0"
    block[257:265] = b"ustar\x0000"
    block[148:156] = b"%07o\0" % sum(block)
    return bytes(block)


def parse_archive_header(block):
    """Name and size, if the block is the header of the table."""
    name = block[:100].split(b"\0", 1)[0]
    digits = block[124:135]
    require(re.fullmatch(rb"[0-7]{11}", digits), "damaged", "4.1.1", "the size is not eleven octal digits")
    require(
        1 <= len(name) <= 99
        and all(0x21 <= byte <= 0x7E and byte != 0x5C for byte in name)
        and not name.startswith(b"/")
        and b".." not in name.split(b"/"),
        "damaged", "4.1.3", "a name that cannot be",
    )
    size = int(digits, 8)
    require(archive_header(name, size) == block, "damaged", "4.1.1", f"the header of {name!r} has another form")
    return name, size


# 4.2 JSON members

class Pairs(list):
    """A JSON object as it came: pairs, repeated or not."""


def _no_number(text):
    raise Refusal("damaged", "4.2.2", f"the number {text}")


def parse_json(data):
    """Any JSON text, objects as `Pairs`, integers as the only numbers."""
    try:
        return json.loads(
            data.decode("utf-8"), object_pairs_hook=Pairs, parse_float=_no_number, parse_constant=_no_number
        )
    except (ValueError, RecursionError) as error:
        raise Refusal("damaged", "4.2.1", f"not JSON in UTF-8: {error}") from error


def _encode_string(text):
    out = []
    for character in text:
        if character in '"\\':
            out.append("\\" + character)
        elif ord(character) < 0x20:
            out.append(f"\\u{ord(character):04x}")
        else:
            out.append(character)
    return '"' + "".join(out) + '"'


def _encode(value):
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _encode_string(value)
    if isinstance(value, Pairs):
        return "{" + ",".join(_encode_string(key) + ":" + _encode(inner) for key, inner in value) + "}"
    return "[" + ",".join(map(_encode, value)) + "]"


def require_one_encoding(value, data):
    try:
        encoded = _encode(value).encode("utf-8") + b"\n"
    except UnicodeEncodeError as error:
        raise Refusal("damaged", "4.2.1", "half a surrogate pair") from error
    require(encoded == data, "damaged", "4.2.8", "there is another encoding")


def parse_member(data, shape):
    """A JSON member with the keys and values of `shape`, in its one encoding."""
    value = parse_json(data)
    result = shape(value, "the member")
    require_one_encoding(value, data)
    return result


# Shapes: functions that take a value and where it is, and return what is meant.

def text(value, where):
    require(isinstance(value, str), "damaged", "4.2.1", f"{where} is not a string")
    return value


def integer(value, where):
    require(isinstance(value, int) and not isinstance(value, bool), "damaged", "4.2.2", f"{where} is not an integer")
    require(0 <= value <= LARGEST_INTEGER, "damaged", "4.2.2", f"{where} is out of range")
    return value


def boolean(value, where):
    require(isinstance(value, bool), "damaged", "4.2.1", f"{where} is not true or false")
    return value


def or_null(shape):
    return lambda value, where: None if value is None else shape(value, where)


def exactly(wanted, clause, report="damaged"):
    def shape(value, where):
        require(type(value) is type(wanted) and value == wanted, report, clause, f"{where} is {value!r}")
        return value

    return shape


def one_of(words, clause):
    def shape(value, where):
        require(text(value, where) in words, "damaged", clause, f"{where} is {value!r}")
        return value

    return shape


def array(shape, limit=None, clause=None):
    def whole(value, where):
        require(type(value) is list, "damaged", "4.2.1", f"{where} is not an array")
        if limit is not None:
            require(len(value) <= limit, "limit exceeded", clause, f"{where} has {len(value)} elements")
        return [shape(inner, f"{where}[{index}]") for index, inner in enumerate(value)]

    return whole


def fields(**shapes):
    """An object with exactly these keys in this order."""

    def shape(value, where):
        require(isinstance(value, Pairs), "damaged", "4.2.1", f"{where} is not an object")
        keys = [key for key, _ in value]
        unknown = [key for key in keys if key not in shapes]
        require(not unknown, "unsupported", "4.2.5", f"{where} has the unknown keys {unknown}")
        require(keys == list(shapes), "damaged", "4.2.4", f"{where} has the keys {keys}")
        return {key: shapes[key](inner, f"{where}.{key}") for key, inner in value}

    return shape


def extensions(value, where):
    require(isinstance(value, Pairs), "damaged", "4.2.6", f"{where} is not an object")
    for _, inner in value:
        require(isinstance(inner, str), "damaged", "4.2.6", f"{where} holds something but strings")
    keys = [key.encode("utf-8", "surrogatepass") for key, _ in value]
    require(all(a < b for a, b in zip(keys, keys[1:])), "damaged", "4.2.6", f"the keys of {where} do not ascend")
    return dict(value)


def critical(value, where):
    names = array(text)(value, where)
    require(not names, "unsupported", "4.2.7", f"{where} names {names}")
    return names


# 4.3 Fixed blocks

def fixed_block(keys, numbers):
    start = "{" + "".join(f'"{key}":"{number:020d}",' for key, number in zip(keys, numbers)) + '"pad":"'
    end = '"}\n'
    return (start + "0" * (BLOCK - len(start) - len(end)) + end).encode("ascii")


def parse_fixed_block(data, keys):
    pattern = "".join(f'"{key}":"([0-9]{{20}})",' for key in keys)
    found = re.match(("{" + pattern + '"pad":"').encode("ascii"), data)
    require(found, "damaged", "4.3.1", "the numbers of a fixed block")
    numbers = [int(digits) for digits in found.groups()]
    require(fixed_block(keys, numbers) == data, "damaged", "4.3.2", "a fixed block has another form")
    return dict(zip(keys, numbers))


# 4.4 Times, identifiers, digests

def time(value, where):
    """Seconds since 1970."""
    good = re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", text(value, where), re.ASCII)
    require(good, "damaged", "4.4.1", f"{where} is not a time")
    try:
        moment = datetime.datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    except ValueError as error:
        raise Refusal("damaged", "4.4.1", f"{where} is no time of a clock") from error
    require(moment.year >= 1970, "damaged", "4.4.1", f"{where} is before 1970")
    require(f"{moment:%S}" == value[17:19], "damaged", "4.4.1", f"{where} is a leap second")
    return int(moment.timestamp())


def identifier(value, where):
    pattern = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    require(re.fullmatch(pattern, text(value, where)), "damaged", "4.4.2", f"{where} is not an identifier")
    return value


def digest(value, where):
    require(re.fullmatch(r"[0-9a-f]{64}", text(value, where)), "damaged", "4.4.3", f"{where} is not a digest")
    return value


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def unpadded_base64(data):
    """The bytes of canonical Base64 without padding, or None."""
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogatepass")
    if not re.fullmatch(rb"[A-Za-z0-9+/]*", data) or len(data) % 4 == 1:
        return None
    try:
        found = base64.b64decode(data + b"=" * (-len(data) % 4), validate=True)
    except binascii.Error:
        return None
    return found if base64.b64encode(found).rstrip(b"=") == data else None


def fingerprint(value, where):
    value = text(value, where)
    good = value.startswith("SHA256:") and len(value) == 50 and unpadded_base64(value[7:]) is not None
    require(good, "damaged", "4.4.4", f"{where} is not a fingerprint")
    return value
