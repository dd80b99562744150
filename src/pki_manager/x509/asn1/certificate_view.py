"""A certificate as lint rules read it: parsed once, with extensions that are decoded when they are first used.

Its frame is the part that is the same in all certificates of its profile and issuer key. Each frame is read and linted
only once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, TypeVar

from pki_manager.x509.asn1 import oid_octets, tlv
from pki_manager.x509.asn1.extension_values import (
    BasicConstraintsView,
    NameConstraintsView,
    read_basic_constraints,
    read_extended_key_usage,
    read_key_usage,
    read_name_constraints,
    read_policy_constraints,
    read_policy_mappings,
)
from pki_manager.x509.asn1.policies import Policy, read_policies
from pki_manager.x509.asn1.public_key import PublicKey, read_public_key
from pki_manager.x509.asn1.structures import (
    DNS,
    AccessDescription,
    AlgorithmIdentifier,
    Attribute,
    AuthorityKeyIdentifier,
    DistributionPoint,
    Extension,
    GeneralName,
    Time,
    read_access_descriptions,
    read_algorithm,
    read_authority_key_identifier,
    read_distribution_points,
    read_extensions,
    read_general_names,
    read_name,
    read_signed,
    read_time,
    remember_results,
)
from pki_manager.x509.asn1.text_forms import escape_octets
from pki_manager.x509.asn1.tlv import DerError, Tlv

T = TypeVar("T")

OF_THE_SUBJECT = frozenset(
    {oid_octets.SUBJECT_ALT_NAME, oid_octets.SUBJECT_KEY_IDENTIFIER, oid_octets.SECURITY_IDENTIFIER}
)
"""The extensions whose values differ from certificate to certificate."""

_SHORT, _SHORT_KEY = 1024, 3072
"""Maximum octets of a certificate without its key, and of the key, up to which the frame is cached.

With these limits, uploads cannot fill the memory.
"""


@dataclass(frozen=True, eq=False)
class CertificateFrame:
    """A certificate without serial number, validity, subject, key, alternative names, and key identifier.

    Extensions in OF_THE_SUBJECT have only their position and critical flag here, with empty values. `version` counts as
    in RFC 5280's text (3 is v3). `issuer_certificate` is the issuer's certificate, if known. Decoded extensions are
    None if absent; reading one that is not DER raises DerError.
    """

    version: int
    signature: AlgorithmIdentifier
    signature_algorithm: AlgorithmIdentifier
    issuer: bytes
    key_algorithm: AlgorithmIdentifier
    has_unique_ids: bool
    extensions: tuple[Extension, ...]
    issuer_certificate: CertificateView | None

    def once(self, question: Callable[[CertificateFrame], T]) -> T:
        """Return the result of a function of the frame. It is called only once while the frame is cached."""
        if question not in self._answers:
            self._answers[question] = question(self)
        answer: T = self._answers[question]
        return answer

    @cached_property
    def _answers(self) -> dict[Callable[[CertificateFrame], Any], Any]:
        return {}

    @cached_property
    def by_oid(self) -> dict[bytes, Extension]:
        """Return the extensions by OID. Of repeated extensions, the first is returned."""
        return {extension.oid: extension for extension in reversed(self.extensions)}

    def _value(self, oid: bytes) -> bytes | None:
        extension = self.by_oid.get(oid)
        return extension.value if extension else None

    @cached_property
    def basic_constraints(self) -> BasicConstraintsView | None:
        value = self._value(oid_octets.BASIC_CONSTRAINTS)
        return None if value is None else read_basic_constraints(value)

    @cached_property
    def key_usage(self) -> frozenset[str] | None:
        """Return the names of the RFC 5280 §4.2.1.3 bits that are set; None without the extension."""
        value = self._value(oid_octets.KEY_USAGE)
        return None if value is None else read_key_usage(value)

    @cached_property
    def extended_key_usage(self) -> tuple[bytes, ...] | None:
        value = self._value(oid_octets.EXTENDED_KEY_USAGE)
        return None if value is None else read_extended_key_usage(value)

    @cached_property
    def authority_key_identifier(self) -> AuthorityKeyIdentifier | None:
        value = self._value(oid_octets.AUTHORITY_KEY_IDENTIFIER)
        return None if value is None else read_authority_key_identifier(value)

    @cached_property
    def name_constraints(self) -> NameConstraintsView | None:
        value = self._value(oid_octets.NAME_CONSTRAINTS)
        return None if value is None else read_name_constraints(value)

    @cached_property
    def distribution_points(self) -> tuple[DistributionPoint, ...] | None:
        value = self._value(oid_octets.CRL_DISTRIBUTION_POINTS)
        return None if value is None else read_distribution_points(value)

    @cached_property
    def freshest_crl(self) -> tuple[DistributionPoint, ...] | None:
        value = self._value(oid_octets.FRESHEST_CRL)
        return None if value is None else read_distribution_points(value)

    @cached_property
    def policies(self) -> tuple[Policy, ...] | None:
        value = self._value(oid_octets.CERTIFICATE_POLICIES)
        return None if value is None else read_policies(value)

    @cached_property
    def policy_mappings(self) -> tuple[tuple[bytes, bytes], ...] | None:
        """Return pairs of issuerDomainPolicy and subjectDomainPolicy as OID content octets; None if absent."""
        value = self._value(oid_octets.POLICY_MAPPINGS)
        return None if value is None else read_policy_mappings(value)

    @cached_property
    def policy_constraints(self) -> tuple[int | None, int | None] | None:
        """Return requireExplicitPolicy and inhibitPolicyMapping, each None if absent; None without the extension."""
        value = self._value(oid_octets.POLICY_CONSTRAINTS)
        return None if value is None else read_policy_constraints(value)

    @cached_property
    def inhibit_any_policy(self) -> int | None:
        value = self._value(oid_octets.INHIBIT_ANY_POLICY)
        return None if value is None else tlv.read_integer(tlv.read_whole(value, tlv.INTEGER))

    @cached_property
    def issuer_alt_names(self) -> tuple[GeneralName, ...] | None:
        value = self._value(oid_octets.ISSUER_ALT_NAME)
        return None if value is None else read_general_names(tlv.read_whole(value, tlv.SEQUENCE).children())

    @cached_property
    def authority_info_access(self) -> tuple[AccessDescription, ...] | None:
        value = self._value(oid_octets.AUTHORITY_INFO_ACCESS)
        return None if value is None else read_access_descriptions(value)

    @property
    def has_alt_names(self) -> bool:
        """Return whether the certificate has a subjectAltName. Its value is not part of the frame."""
        return oid_octets.SUBJECT_ALT_NAME in self.by_oid

    @property
    def is_ca(self) -> bool:
        return self.basic_constraints is not None and self.basic_constraints.ca

    @property
    def is_leaf(self) -> bool:
        return not self.is_ca

    @property
    def is_ocsp_signer(self) -> bool:
        return self.is_leaf and oid_octets.OCSP_SIGNING in (self.extended_key_usage or ())


kept_frame = lru_cache(maxsize=512)(CertificateFrame)
"""A cached constructor: for equal parts, it returns the same frame with its cached results.

Call it only with short parts, because they stay in memory.
"""


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
        signed = read_signed(tlv.read_whole(data, tlv.SEQUENCE))
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
        algorithm, key = read_algorithm(signature), read_public_key(public_key)
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
            extensions=() if extensions is None else read_extensions(tlv.read_only_child(extensions)),
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
        return None if value is None else read_general_names(tlv.read_whole(value, tlv.SEQUENCE).children())

    @cached_property
    def dns_names(self) -> tuple[tuple[int, str], ...]:
        """Return each dNSName with its position among the alternative names. Non-ASCII octets are escaped."""
        names = enumerate(self.subject_alt_names or ())
        return tuple([(position, escape_octets(value)) for position, (choice, value) in names if choice == DNS])

    @cached_property
    def subject_key_identifier(self) -> bytes | None:
        value = self._value(oid_octets.SUBJECT_KEY_IDENTIFIER)
        return None if value is None else tlv.read_whole(value, tlv.OCTET_STRING).value

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
    return tlv.read_integer(tlv.read_only_child(tlv.read_whole(raw, 0xA0))) + 1


def _validity(element: Tlv) -> tuple[Time, Time]:
    not_before, not_after = tlv.read_fields(element, tlv.SEQUENCE, 2)[:2]
    return read_time(not_before), read_time(not_after)
