"""Parts that all CMS content shares: ContentInfo, algorithms, hashes, and IssuerAndSerialNumber."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from cryptography.hazmat.primitives import hashes

from pki_manager.domain.errors import InvalidInput, Malformed
from pki_manager.x509.asn1 import ber, der, tlv
from pki_manager.x509.asn1.tlv import DerError, Tlv

DATA = "1.2.840.113549.1.7.1"
SIGNED_DATA = "1.2.840.113549.1.7.2"
ENVELOPED_DATA = "1.2.840.113549.1.7.3"

RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
NULL = der.encode(der.NULL)

MAX_OCTETS = 128 * 1024
"""Maximum octets of a message that is read."""

HASHES: dict[str, str] = {
    "sha1": "1.3.14.3.2.26",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
"""The hash functions that are accepted, by name. MD5 is not among them."""

_HASH_NAMES = {oid: name for name, oid in HASHES.items()}
_HASH_CLASSES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


@dataclass(frozen=True, slots=True)
class IssuerAndSerial:
    """An IssuerAndSerialNumber (RFC 5652 §10.2.4): the issuer's Name (DER) and the serial number."""

    issuer_der: bytes
    serial: int

    def encoded(self) -> bytes:
        return der.encode_sequence(self.issuer_der, der.integer(self.serial))


def read_content(data: bytes, kind: str, field: str) -> Tlv:
    """Return the content of a ContentInfo (RFC 5652 §3) of type `kind`, in BER or DER.

    Raises Malformed with `field` if it is too long, not BER, or of another type; DerError if it is not a ContentInfo.
    """
    if len(data) > MAX_OCTETS:
        raise Malformed.of(field, "cms.size", f"is longer than {MAX_OCTETS} octets")
    cursor = tlv.Cursor(tlv.read_whole(ber.to_der(data, field), tlv.SEQUENCE))
    found, content = read_oid(cursor.take(tlv.OBJECT_IDENTIFIER)), cursor.take(0xA0)
    cursor.end()
    if found != kind:
        raise Malformed.of(field, "cms.content_type", f"has content type {found}; expected {kind}")
    return tlv.read_only_child(content)


def write_content(kind: str, content: bytes) -> bytes:
    """Return a ContentInfo (DER) that contains DER content."""
    return der.encode_sequence(der.oid(kind), der.encode(0xA0, content))


def read_oid(element: Tlv) -> str:
    """Return an OBJECT IDENTIFIER as dotted text. Raises DerError or Malformed if it is not a valid one."""
    return der.read_oid(tlv.require_tag(element, tlv.OBJECT_IDENTIFIER).raw)


class Algorithm(NamedTuple):
    """The OID of an algorithm and its parameters."""

    oid: str
    parameters: Tlv | None


def read_algorithm(element: Tlv) -> Algorithm:
    """Return the OID and the parameters of an AlgorithmIdentifier. Raises DerError if it is malformed."""
    cursor = tlv.Cursor(element)
    found = read_oid(cursor.take(tlv.OBJECT_IDENTIFIER))
    parameters = cursor.take() if len(element.children()) > 1 else None
    cursor.end()
    return Algorithm(found, parameters)


def encode_algorithm(oid: str, parameters: bytes = b"") -> bytes:
    """Return an AlgorithmIdentifier (DER)."""
    return der.encode_sequence(der.oid(oid), parameters)


def read_hash(element: Tlv, field: str) -> str:
    """Return the name of the hash function of an AlgorithmIdentifier. Raises InvalidInput if it is unsupported."""
    oid, _ = read_algorithm(element)
    if oid not in _HASH_NAMES:
        raise InvalidInput.of(field, "cms.hash", f"uses the hash function {oid}, which is not supported; use SHA-256")
    return _HASH_NAMES[oid]


@lru_cache(maxsize=16)
def hash_algorithm(name: str) -> hashes.HashAlgorithm:
    """Return the pyca/cryptography object of a hash function by its name."""
    return _HASH_CLASSES[name]()


def compute_digest(name: str, data: bytes) -> bytes:
    """Return the hash of `data` with the hash function of that name."""
    hasher = hashes.Hash(hash_algorithm(name))
    hasher.update(data)
    return hasher.finalize()


def read_issuer_and_serial(element: Tlv) -> IssuerAndSerial:
    """Return an IssuerAndSerialNumber. Raises DerError if it is malformed."""
    cursor = tlv.Cursor(element)
    issuer, serial = cursor.take(tlv.SEQUENCE), cursor.take(tlv.INTEGER)
    cursor.end()
    return IssuerAndSerial(issuer.raw, tlv.read_integer(serial))


def read_octets(element: Tlv, primitive: int) -> bytes:
    """Return an OCTET STRING under an implicit tag, in one part or in several (constructed).

    Raises DerError if it is malformed.
    """
    if element.tag == primitive:
        return element.value
    tlv.require_tag(element, primitive | 0x20)
    return b"".join(tlv.require_tag(part, tlv.OCTET_STRING).value for part in element.children())


def build_malformed(field: str, error: DerError) -> InvalidInput:
    """Return a Malformed error with the text of a DerError."""
    return Malformed.of(field, "cms.form", f"is not the CMS structure that it should be: {error}")
