"""A certificate as lint rules read it: parsed once, with extensions that are decoded when they are first used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import NamedTuple

from pki_manager.x509.asn1 import oid_octets, tlv
from pki_manager.x509.asn1.frame import OF_THE_SUBJECT, CertificateFrame, kept_frame
from pki_manager.x509.asn1.structures import (
    DNS,
    AlgorithmIdentifier,
    Attribute,
    Extension,
    GeneralName,
    Time,
    read_algorithm,
    read_extensions,
    read_general_names,
    read_name,
    read_signed,
    read_time,
    remember_results,
)
from pki_manager.x509.asn1.text_forms import text_of
from pki_manager.x509.asn1.tlv import DerError, Tlv

_SHORT, _SHORT_KEY = 1024, 3072
"""Maximum octets of a certificate without its key, and of the key, up to which the frame is cached.

With these limits, uploads cannot fill the memory.
"""


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
        fields = tlv.fields(tlv.whole(self.bits, tlv.SEQUENCE), tlv.SEQUENCE, 2)
        return RsaKey(tlv.integer(fields[0]), tlv.integer(fields[1]))


@dataclass(frozen=True, eq=False)
class CertificateView(CertificateFrame):
    """All fields of a TBSCertificate. `size` is its length in octets."""

    serial: bytes
    not_before: Time
    not_after: Time
    subject: bytes
    public_key: PublicKey
    size: int

    @classmethod
    def read(cls, data: bytes, issuer: CertificateView | None = None) -> CertificateView:
        """Parse a Certificate (DER). Raises DerError if it is malformed."""
        signed = read_signed(tlv.whole(data, tlv.SEQUENCE))
        if signed.rest:
            raise DerError("a Certificate has three fields")
        cursor = tlv.Cursor(signed.tbs)
        version = cursor.optional(0xA0)
        serial, signature, name = cursor.take(tlv.INTEGER), cursor.take(tlv.SEQUENCE), cursor.take(tlv.SEQUENCE)
        not_before, not_after = _validity(cursor.take(tlv.SEQUENCE))
        subject, public_key = cursor.take(tlv.SEQUENCE), cursor.take(tlv.SEQUENCE)
        unique_ids = (cursor.optional(0x81), cursor.optional(0x82))
        extensions = cursor.optional(0xA3)
        cursor.end()
        number = 1 if version is None else _version(version.raw)
        algorithm, key = read_algorithm(signature), _public_key(public_key)
        return cls(
            version=number,
            serial=serial.value,
            signature=algorithm,
            signature_algorithm=signed.algorithm,
            issuer=name.raw,
            not_before=not_before,
            not_after=not_after,
            subject=subject.raw,
            public_key=key,
            key_algorithm=key.algorithm,
            size=signed.tbs.end - signed.tbs.start,
            has_unique_ids=unique_ids != (None, None),
            extensions=() if extensions is None else read_extensions(tlv.only(extensions)),
            issuer_certificate=issuer,
        )

    @property
    def issued_on(self) -> date | None:
        return self.not_before.day

    @cached_property
    def frame(self) -> CertificateFrame:
        """Return the part of the certificate that it shares with other certificates.

        A rule that receives only the frame cannot read the other parts.
        """
        issuer = self.issuer_certificate
        make = kept_frame if self.is_short and (issuer is None or issuer.is_short) else CertificateFrame
        return make(
            self.version,
            self.signature,
            self.signature_algorithm,
            self.issuer,
            self.key_algorithm,
            self.has_unique_ids,
            tuple([_hollow(one) if one.oid in OF_THE_SUBJECT else one for one in self.extensions]),
            issuer,
        )

    @property
    def is_short(self) -> bool:
        """Return whether the certificate is short enough for its frame to be cached."""
        key = len(self.public_key.raw)
        return self.size - key <= _SHORT and key <= _SHORT_KEY

    @cached_property
    def subject_attributes(self) -> tuple[Attribute, ...]:
        return tuple(attribute for rdn in read_name(self.subject) for attribute in rdn)

    @cached_property
    def subject_alt_names(self) -> tuple[GeneralName, ...] | None:
        value = self._value(oid_octets.SUBJECT_ALT_NAME)
        return None if value is None else read_general_names(tlv.whole(value, tlv.SEQUENCE).children())

    @cached_property
    def dns_names(self) -> tuple[tuple[int, str], ...]:
        """Return each dNSName with its position among the alternative names. Non-ASCII octets are escaped."""
        names = enumerate(self.subject_alt_names or ())
        return tuple([(position, text_of(value)) for position, (choice, value) in names if choice == DNS])

    @cached_property
    def subject_key_identifier(self) -> bytes | None:
        value = self._value(oid_octets.SUBJECT_KEY_IDENTIFIER)
        return None if value is None else tlv.whole(value, tlv.OCTET_STRING).value

    @property
    def is_self_issued(self) -> bool:
        return self.subject == self.issuer

    @property
    def is_self_signed(self) -> bool:
        """Return whether the certificate is self-issued and has the key of its issuer, if the issuer is known.

        The signature is not verified.
        """
        issuer = self.issuer_certificate
        return self.is_self_issued and (issuer is None or issuer.public_key.raw == self.public_key.raw)


@lru_cache(maxsize=64)
def read_issuer(data: bytes) -> CertificateView:
    """Return a CA certificate (DER), parsed. Raises DerError if it is malformed.

    It is cached, because each signature of the CA needs it.
    """
    return CertificateView.read(data)


def _hollow(extension: Extension) -> Extension:
    return Extension(extension.oid, extension.critical, extension.explicit_false, b"")


@remember_results
def _version(raw: bytes) -> int:
    return tlv.integer(tlv.only(tlv.whole(raw, 0xA0))) + 1


def _validity(element: Tlv) -> tuple[Time, Time]:
    not_before, not_after = tlv.fields(element, tlv.SEQUENCE, 2)[:2]
    return read_time(not_before), read_time(not_after)


def _public_key(element: Tlv) -> PublicKey:
    fields = tlv.fields(element, tlv.SEQUENCE, 2)
    unused, octets = tlv.bits(fields[1])
    if unused:
        raise DerError("a public key ends within an octet")
    return PublicKey(element.raw, read_algorithm(fields[0]), octets)
