"""Section 9 of spec/bundle-v1.md: signatures and trust."""

import base64
import binascii
import datetime
import hashlib
import re
import struct

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from encoding import Refusal, require

FILE = "lifeboat-bundle-v1"
CONTENT = "lifeboat-content-v1"
LIMIT = 4096
BEGIN = b"-----BEGIN SSH SIGNATURE-----\n"
END = b"-----END SSH SIGNATURE-----\n"
PLAIN = b"ssh-ed25519"
TOKEN = b"sk-ssh-ed25519@openssh.com"


class Wire:
    """SSH's encoding of strings and numbers."""

    def __init__(self, data):
        self.data = data

    def take(self, size):
        require(len(self.data) >= size, "signature wrong", "9.1.1", "the signature is cut")
        head, self.data = self.data[:size], self.data[size:]
        return head

    def number(self):
        return struct.unpack(">I", self.take(4))[0]

    def string(self):
        return self.take(self.number())

    def end(self):
        require(not self.data, "signature wrong", "9.1.1", "bytes follow")


def string(data):
    return struct.pack(">I", len(data)) + data


def armor(blob):
    text = base64.b64encode(blob)
    return BEGIN + b"".join(text[at : at + 70] + b"\n" for at in range(0, len(text), 70)) + END


def fingerprint(key):
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode("ascii").rstrip("=")


class Signature:
    """A parsed SSHSIG."""

    def __init__(self, data):
        require(data, "signature missing", "9.1.2", "there is no signature")
        require(len(data) <= LIMIT, "limit exceeded", "9.1.2", f"a signature of {len(data)} bytes")
        require(data.startswith(BEGIN) and data.endswith(END), "signature wrong", "9.1.2", "no armor")
        try:
            blob = base64.b64decode(data[len(BEGIN) : -len(END)].replace(b"\n", b""), validate=True)
        except binascii.Error as error:
            raise Refusal("signature wrong", "9.1.2", "not Base64") from error
        require(armor(blob) == data, "signature wrong", "9.1.2", "the armor has another form")

        wire = Wire(blob)
        require(wire.take(6) == b"SSHSIG", "signature wrong", "9.1.1", "not an SSHSIG")
        require(wire.number() == 1, "signature wrong", "9.1.1", "not version 1")
        self.key = wire.string()
        self.namespace = wire.string()
        require(wire.string() == b"", "signature wrong", "9.1.1", "the reserved field")
        require(wire.string() == b"sha512", "signature wrong", "9.1.1", "the hash algorithm")
        signature = Wire(wire.string())
        wire.end()

        key = Wire(self.key)
        self.kind = key.string()
        require(self.kind in (PLAIN, TOKEN), "signature wrong", "9.1.1", f"a key of type {self.kind!r}")
        self.public = key.string()
        self.application = key.string() if self.kind == TOKEN else b""
        key.end()
        require(len(self.public) == 32, "signature wrong", "9.1.1", "the key's length")

        require(signature.string() == self.kind, "signature wrong", "9.1.1", "another type of signature")
        self.value = signature.string()
        self.flags_and_counter = signature.take(5) if self.kind == TOKEN else b""
        signature.end()
        require(len(self.value) == 64, "signature wrong", "9.1.1", "the signature's length")

    def verify(self, message, namespace, trust):
        """The fingerprint of a trusted signer of this message."""
        require(self.namespace == namespace.encode("ascii"), "signature wrong", "9.1.3", "the namespace")
        signed = (
            b"SSHSIG" + string(self.namespace) + string(b"") + string(b"sha512")
            + string(hashlib.sha512(message).digest())
        )
        if self.kind == TOKEN:
            signed = (
                hashlib.sha256(self.application).digest() + self.flags_and_counter + hashlib.sha256(signed).digest()
            )
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(self.value, signed)
        except (InvalidSignature, ValueError) as error:
            raise Refusal("signature wrong", "9.1.3", "the signature is of another message") from error
        trust.judge(self.key, namespace)
        return fingerprint(self.key)


class TrustError(Exception):
    """The operator's file cannot be used."""


class Trust:
    """What the operator says about signers, at one time."""

    def __init__(self, allowed_signers, revoked, now):
        self.now = now
        self.lines = [line for line in map(_allowed, _lines(allowed_signers)) if line]
        if not self.lines:
            raise TrustError("no line with a key that signs bundles")
        self.revoked = {_revoked(line) for line in _lines(revoked)}

    def judge(self, key, namespace):
        name = fingerprint(key)
        require(name not in self.revoked, "signer not trusted", "9.2.5", f"{name} is revoked")
        lines = [line for line in self.lines if line["key"] == key]
        require(lines, "signer not trusted", "9.2.1", f"nobody trusts {name}")
        lines = [line for line in lines if line["namespaces"] is None or namespace in line["namespaces"]]
        require(lines, "signer not trusted", "9.2.2", f"{name} has not the role {namespace}")
        require(
            any(line["after"] <= self.now <= line["before"] for line in lines),
            "signer not trusted", "9.2.4", f"{name} is not valid now",
        )


def _lines(text):
    return [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


def _public_key(words):
    """The wire form of a key of type, Base64 and comment; None for a type that gives no trust."""
    if len(words) < 2:
        raise TrustError(f"not a key: {' '.join(words)}")
    try:
        key = base64.b64decode(words[1], validate=True)
    except binascii.Error as error:
        raise TrustError(f"not a key: {' '.join(words)}") from error
    kind = words[0].encode("utf-8")
    if not key.startswith(string(kind)):
        raise TrustError(f"a key of another type: {' '.join(words)}")
    return key if kind in (PLAIN, TOKEN) else None


KEY_TYPE = re.compile(r"(sk-)?(ssh|ecdsa)-[A-Za-z0-9@.-]+")


def _allowed(line):
    principals, _, rest = line.partition(" ")
    if re.search(r'[*?!"]', principals):
        raise TrustError(f"a pattern or a quote in a principal: {line}")
    options = {}
    rest = rest.strip()
    if not KEY_TYPE.fullmatch(rest.split(" ")[0]):
        found = re.match(r'((?:[^" ]|"[^"]*")+) +', rest)
        if not found:
            raise TrustError(f"neither options nor a key: {line}")
        options = _options(found.group(1))
        rest = rest[found.end() :]
    key = _public_key(rest.split())
    if key is None:
        return None
    if options.get("valid-after", float("-inf")) >= options.get("valid-before", float("inf")):
        raise TrustError(f"valid-after is not before valid-before: {line}")
    return {
        "key": key,
        "namespaces": options.get("namespaces"),
        "after": options.get("valid-after", float("-inf")),
        "before": options.get("valid-before", float("inf")),
    }


def _options(text):
    options = {}
    if not re.fullmatch(r'[a-z-]+="[^"]*"(,[a-z-]+="[^"]*")*', text):
        raise TrustError(f"options that are not understood: {text}")
    for name, value in re.findall(r'([a-z-]+)="([^"]*)"', text):
        if name in options:
            raise TrustError(f"{name} is given twice")
        if name == "namespaces":
            if re.search(r"[*?!]", value):
                raise TrustError(f"a pattern in a namespace: {value}")
            options[name] = value.split(",")
        elif name in ("valid-after", "valid-before"):
            options[name] = _time(value)
        else:
            raise TrustError(f"the option {name}")
    return options


def _time(value):
    if not re.fullmatch(r"([0-9]{8}|[0-9]{12}|[0-9]{14})Z", value, re.ASCII):
        raise TrustError(f"a time that is not in UTC: {value}")
    form = {9: "%Y%m%dZ", 13: "%Y%m%d%H%MZ", 15: "%Y%m%d%H%M%SZ"}[len(value)]
    try:
        moment = datetime.datetime.strptime(value, form)
    except ValueError as error:
        raise TrustError(f"not a time: {value}") from error
    return moment.replace(tzinfo=datetime.timezone.utc).timestamp()


def _revoked(line):
    if re.fullmatch(r"SHA256:[A-Za-z0-9+/]{43}", line):
        return line
    key = _public_key(line.split())
    if key is None:
        raise TrustError(f"neither a key nor a fingerprint: {line}")
    return fingerprint(key)
