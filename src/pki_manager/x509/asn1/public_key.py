"""Public keys of certificates: the parts of a SubjectPublicKeyInfo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from pki_manager.x509.asn1 import tlv
from pki_manager.x509.asn1.structures import AlgorithmIdentifier, read_algorithm
from pki_manager.x509.asn1.tlv import DerError, Tlv


class RsaKey(NamedTuple):
    """The modulus and exponent of an RSA key."""

    modulus: int
    exponent: int


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A SubjectPublicKeyInfo: its algorithm, and the contents of its BIT STRING."""

    raw: bytes
    algorithm: AlgorithmIdentifier
    bits: bytes

    @property
    def rsa(self) -> RsaKey:
        """Return the modulus and exponent (RFC 8017 A.1.1). Raises DerError if the bits are not an RSA key."""
        fields = tlv.read_fields(tlv.read_whole(self.bits, tlv.SEQUENCE), tlv.SEQUENCE, 2)
        return RsaKey(tlv.read_integer(fields[0]), tlv.read_integer(fields[1]))


def read_public_key(element: Tlv) -> PublicKey:
    """Decode a SubjectPublicKeyInfo. Raises DerError if it is malformed."""
    fields = tlv.read_fields(element, tlv.SEQUENCE, 2)
    unused, octets = tlv.read_bits(fields[1])
    if unused:
        raise DerError("a public key ends within an octet")
    return PublicKey(element.raw, read_algorithm(fields[0]), octets)
