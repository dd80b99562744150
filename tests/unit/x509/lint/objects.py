"""Certificates, CRLs and OCSP responses written octet by octet, so that any of them can be wrong in any way.

Every object that is not changed is one that all rules accept. Signatures are dummies: no rule looks at them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

from pki_manager.x509.asn1.oid_octets import encode_oid

DNS, EMAIL, URI, IP = 0x82, 0x81, 0x86, 0x87


def tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def seq(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def oid(dotted: str) -> bytes:
    return tlv(0x06, encode_oid(dotted))


def num(value: int | bytes, tag: int = 0x02) -> bytes:
    if isinstance(value, int):
        value = value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)
    return tlv(tag, value)


def octets(value: bytes) -> bytes:
    return tlv(0x04, value)


def bit_string(value: bytes, unused: int = 0) -> bytes:
    return tlv(0x03, bytes((unused,)) + value)


def utc(text: str) -> bytes:
    return tlv(0x17, text.encode())


def generalized(text: str) -> bytes:
    return tlv(0x18, text.encode())


NULL = b"\x05\x00"
TRUE, FALSE = b"\x01\x01\xff", b"\x01\x01\x00"
UTF8, PRINTABLE, IA5, TELETEX = 0x0C, 0x13, 0x16, 0x14
ECDSA_SHA256 = seq(oid("1.2.840.10045.4.3.2"))
RSA_SHA256 = seq(oid("1.2.840.113549.1.1.11"), NULL)
RSA_SHA1 = seq(oid("1.2.840.113549.1.1.5"), NULL)
RSA_SHA256_BARE = seq(oid("1.2.840.113549.1.1.11"))


def name(*attributes: tuple[str, str | bytes] | tuple[str, str | bytes, int]) -> bytes:
    """A Name of single-valued RDNs: (dotted type, value, string tag)."""
    rdns = []
    for kind, value, *tag in attributes:
        text = value.encode() if isinstance(value, str) else value
        rdns.append(tlv(0x31, seq(oid(kind), tlv(tag[0] if tag else UTF8, text))))
    return seq(*rdns)


def common_name(text: str) -> bytes:
    return name(("2.5.4.3", text))


def extension(dotted: str, value: bytes, *, critical: bool | None = None) -> bytes:
    """`critical` None leaves the flag out, False writes the default."""
    flag = b"" if critical is None else TRUE if critical else FALSE
    return seq(oid(dotted), flag, octets(value))


def ec_key(seed: str, curve: str = "1.2.840.10045.3.1.7", size: int = 32) -> bytes:
    point = b"\x04" + (hashlib.sha256(seed.encode()).digest() * 5)[: 2 * size]
    return seq(seq(oid("1.2.840.10045.2.1"), oid(curve)), bit_string(point))


def rsa_key(modulus: int, exponent: int = 65537, parameters: bytes = NULL) -> bytes:
    return seq(seq(oid("1.2.840.113549.1.1.1"), parameters), bit_string(seq(num(modulus), num(exponent))))


RSA_2048 = rsa_key((1 << 2047) + 1)
ED25519 = seq(seq(oid("1.3.101.112")), bit_string(b"\x01" * 32))


def key_hash(spki: bytes) -> bytes:
    """SHA-1 of the bits of an uncompressed P-256 key: the last 65 octets."""
    return hashlib.sha1(spki[-65:], usedforsecurity=False).digest()


CA_KEY, LEAF_KEY, SIGNER_KEY = ec_key("ca"), ec_key("leaf"), ec_key("signer")
CA_ID, LEAF_ID, SIGNER_ID = key_hash(CA_KEY), key_hash(LEAF_KEY), key_hash(SIGNER_KEY)


def basic_constraints(*parts: bytes, critical: bool | None = True) -> bytes:
    return extension("2.5.29.19", seq(*parts), critical=critical)


def key_usage(*numbers: int, critical: bool | None = True) -> bytes:
    """The named bits of those numbers, in the shortest form."""
    value = sum(1 << (15 - number) for number in numbers).to_bytes(2, "big")
    value = value.rstrip(b"\0")
    unused = (value[-1] & -value[-1]).bit_length() - 1 if value else 0
    return extension("2.5.29.15", bit_string(value, unused), critical=critical)


def purposes(*dotted: str, critical: bool | None = None) -> bytes:
    return extension("2.5.29.37", seq(*map(oid, dotted)), critical=critical)


SERVER_AUTH, OCSP_SIGNING, ANY_PURPOSE = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.9", "2.5.29.37.0"


def san(*names: tuple[int, str | bytes], critical: bool | None = None) -> bytes:
    values = [tlv(tag, value.encode() if isinstance(value, str) else value) for tag, value in names]
    return extension("2.5.29.17", seq(*values), critical=critical)


def ski(value: bytes, *, critical: bool | None = None) -> bytes:
    return extension("2.5.29.14", octets(value), critical=critical)


def aki(value: bytes | None, *more: bytes) -> bytes:
    return extension("2.5.29.35", seq(b"" if value is None else tlv(0x80, value), *more))


def distribution_point(uri: str) -> bytes:
    return extension("2.5.29.31", seq(seq(tlv(0xA0, tlv(0xA0, tlv(URI, uri.encode()))))))


CA_ISSUERS = "1.3.6.1.5.5.7.48.2"


def information_access(location: str, *, form: int = URI, method: str = "1.3.6.1.5.5.7.48.1") -> bytes:
    return extension("1.3.6.1.5.5.7.1.1", seq(seq(oid(method), tlv(form, location.encode()))))


def name_constraints(
    permitted: tuple[bytes, ...] = (), excluded: tuple[bytes, ...] = (), *, critical: bool | None = True
) -> bytes:
    """Subtrees as GeneralName elements."""
    parts = [tlv(tag, *map(seq, trees)) for tag, trees in ((0xA0, permitted), (0xA1, excluded)) if trees]
    return extension("2.5.29.30", seq(*parts), critical=critical)


NOCHECK = extension("1.3.6.1.5.5.7.48.1.5", NULL)


@dataclass(frozen=True)
class Cert:
    """A TBSCertificate part by part. `extensions` by a short name, so that one can be changed or dropped alone."""

    issuer: bytes = common_name("Issuing CA")
    subject: bytes = common_name("www.example.com")
    key: bytes = LEAF_KEY
    version: bytes = tlv(0xA0, num(2))
    serial: int | bytes = 1 << 126
    algorithm: bytes = ECDSA_SHA256
    outer_algorithm: bytes | None = None
    not_before: bytes = utc("260101000000Z")
    not_after: bytes = utc("260401000000Z")
    unique_id: bytes = b""
    extensions: dict[str, bytes] = field(default_factory=dict)

    def but(self, **changes: Any) -> Cert:
        """With other fields; a name that is no field is an extension, None drops it."""
        fields = {key: value for key, value in changes.items() if key in self.__dataclass_fields__}
        extensions = dict(self.extensions) | {key: value for key, value in changes.items() if key not in fields}
        kept = {key: value for key, value in extensions.items() if value is not None}
        return replace(self, **{"extensions": kept, **fields})

    def der(self) -> bytes:
        extensions = tlv(0xA3, seq(*self.extensions.values())) if self.extensions else b""
        serial, validity = num(self.serial), seq(self.not_before, self.not_after)
        parts = (serial, self.algorithm, self.issuer, validity, self.subject, self.key, self.unique_id, extensions)
        return seq(seq(self.version, *parts), self.outer_algorithm or self.algorithm, bit_string(b"\0" * 8))


CA = Cert(
    issuer=common_name("Root CA"),
    subject=common_name("Issuing CA"),
    key=CA_KEY,
    not_after=utc("360101000000Z"),
    extensions={
        "basic": basic_constraints(TRUE, num(0)),
        "usage": key_usage(0, 5, 6),
        "ski": ski(CA_ID),
        "aki": aki(b"\x01" * 20),
    },
)

LEAF = Cert(
    extensions={
        "usage": key_usage(0),
        "purposes": purposes(SERVER_AUTH),
        "san": san((DNS, "www.example.com"), (DNS, "*.example.com"), (IP, b"\x0a\0\0\1")),
        "ski": ski(LEAF_ID),
        "aki": aki(CA_ID),
        "cdp": distribution_point("http://localhost:8081/crl/1/k1.crl"),
        "aia": information_access("http://pki.example.com/ocsp"),
    }
)

SIGNER = Cert(
    subject=common_name("OCSP signer"),
    key=SIGNER_KEY,
    extensions={
        "usage": key_usage(0),
        "purposes": purposes(OCSP_SIGNING),
        "ski": ski(SIGNER_ID),
        "aki": aki(CA_ID),
        "nocheck": NOCHECK,
    },
)

ROOT = CA.but(issuer=common_name("Root CA"), subject=common_name("Root CA"), aki=None)


def crl_number(value: int, *, critical: bool | None = None) -> bytes:
    return extension("2.5.29.20", num(value), critical=critical)


def entry(serial: int | bytes, *extensions: bytes, time: bytes | None = None) -> bytes:
    when = utc("260501000000Z") if time is None else time
    return seq(num(serial), when, seq(*extensions) if extensions else b"")


def reason(code: int) -> bytes:
    return extension("2.5.29.21", num(code, 0x0A))


def delta(base: int) -> bytes:
    return extension("2.5.29.27", num(base), critical=True)


@dataclass(frozen=True)
class Crl:
    """A TBSCertList part by part; `entries` None leaves the list out."""

    version: bytes = num(1)
    algorithm: bytes = ECDSA_SHA256
    outer_algorithm: bytes | None = None
    issuer: bytes = CA.subject
    this_update: bytes = utc("260601000000Z")
    next_update: bytes = utc("260608000000Z")
    entries: tuple[bytes, ...] | None = (entry(1 << 100, reason(4)), entry(1 << 101))
    extensions: dict[str, bytes] = field(default_factory=lambda: {"aki": aki(CA_ID), "number": crl_number(7)})

    def but(self, **changes: Any) -> Crl:
        fields = {key: value for key, value in changes.items() if key in self.__dataclass_fields__}
        extensions = dict(self.extensions) | {key: value for key, value in changes.items() if key not in fields}
        kept = {key: value for key, value in extensions.items() if value is not None}
        return replace(self, **{"extensions": kept, **fields})

    def der(self) -> bytes:
        entries = b"" if self.entries is None else seq(*self.entries)
        extensions = tlv(0xA0, seq(*self.extensions.values())) if self.extensions else b""
        parts = (self.algorithm, self.issuer, self.this_update, self.next_update, entries, extensions)
        return seq(seq(self.version, *parts), self.outer_algorithm or self.algorithm, bit_string(b"\0" * 8))


def cert_id(serial: int, hash_oid: str = "1.3.14.3.2.26", size: int = 20) -> bytes:
    return seq(seq(oid(hash_oid), NULL), octets(b"\1" * size), octets(b"\2" * size), num(serial))


GOOD = tlv(0x80)


def revoked(time: str, code: int | None = None) -> bytes:
    return tlv(0xA1, generalized(time), b"" if code is None else tlv(0xA0, num(code, 0x0A)))


def single(
    serial: int = 1 << 100,
    status: bytes = GOOD,
    this_update: str = "20260301000000Z",
    next_update: str | None = "20260308000000Z",
    extensions: bytes = b"",
    certificate: bytes | None = None,
) -> bytes:
    later = b"" if next_update is None else tlv(0xA0, generalized(next_update))
    more = tlv(0xA1, seq(extensions)) if extensions else b""
    return seq(certificate or cert_id(serial), status, generalized(this_update), later, more)


@dataclass(frozen=True)
class Ocsp:
    """An OCSPResponse part by part; `basic` False leaves responseBytes out."""

    status: int = 0
    kind: str = "1.3.6.1.5.5.7.48.1.1"
    basic: bool = True
    version: bytes = b""
    responder: bytes = tlv(0xA2, octets(SIGNER_ID))
    produced_at: bytes = generalized("20260301000000Z")
    responses: tuple[bytes, ...] = (single(), single(1 << 101, revoked("20260201000000Z", 4)))
    extensions: bytes = b""
    algorithm: bytes = ECDSA_SHA256
    certificates: tuple[bytes, ...] | None = (SIGNER.der(),)

    def but(self, **changes: Any) -> Ocsp:
        return replace(self, **changes)

    def der(self) -> bytes:
        if not self.basic:
            return seq(num(self.status, 0x0A))
        more = tlv(0xA1, seq(self.extensions)) if self.extensions else b""
        tbs = seq(self.version, self.responder, self.produced_at, seq(*self.responses), more)
        certificates = b"" if self.certificates is None else tlv(0xA0, seq(*self.certificates))
        basic = seq(tbs, self.algorithm, bit_string(b"\0" * 8), certificates)
        return seq(num(self.status, 0x0A), tlv(0xA0, seq(oid(self.kind), octets(basic))))
