"""The frame of a certificate: the part that is the same in all certificates of its profile and issuer key.

Each frame is read and linted only once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pki_manager.x509.asn1 import oid_octets, tlv
from pki_manager.x509.asn1.policies import Policy, read_policies
from pki_manager.x509.asn1.structures import (
    AccessDescription,
    AlgorithmIdentifier,
    AuthorityKeyIdentifier,
    DistributionPoint,
    Extension,
    GeneralName,
    read_access_descriptions,
    read_authority_key_identifier,
    read_distribution_points,
    read_general_name,
    read_general_names,
    remember_results,
)
from pki_manager.x509.asn1.tlv import Tlv

if TYPE_CHECKING:
    from pki_manager.x509.asn1.certificate_view import CertificateView

T = TypeVar("T")

OF_THE_SUBJECT = frozenset({oid_octets.SUBJECT_ALT_NAME, oid_octets.SUBJECT_KEY_IDENTIFIER})
"""The extensions whose values differ from certificate to certificate."""

KEY_USAGE_BITS = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)


class BasicConstraintsView(NamedTuple):
    """A decoded basicConstraints extension."""

    ca: bool
    path_length: int | None
    explicit_false: bool


class Subtree(NamedTuple):
    """One GeneralSubtree. `has_limits` is true if minimum or maximum is present."""

    base: GeneralName
    has_limits: bool


class NameConstraintsView(NamedTuple):
    """A decoded nameConstraints extension."""

    permitted: tuple[Subtree, ...]
    excluded: tuple[Subtree, ...]


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
        return None if value is None else _basic_constraints(value)

    @cached_property
    def key_usage(self) -> frozenset[str] | None:
        """Return the names of the RFC 5280 §4.2.1.3 bits that are set; None without the extension."""
        value = self._value(oid_octets.KEY_USAGE)
        return None if value is None else _key_usage(value)

    @cached_property
    def extended_key_usage(self) -> tuple[bytes, ...] | None:
        value = self._value(oid_octets.EXTENDED_KEY_USAGE)
        return None if value is None else _extended_key_usage(value)

    @cached_property
    def authority_key_identifier(self) -> AuthorityKeyIdentifier | None:
        value = self._value(oid_octets.AUTHORITY_KEY_IDENTIFIER)
        return None if value is None else read_authority_key_identifier(value)

    @cached_property
    def name_constraints(self) -> NameConstraintsView | None:
        value = self._value(oid_octets.NAME_CONSTRAINTS)
        if value is None:
            return None
        cursor = tlv.Cursor(tlv.whole(value, tlv.SEQUENCE))
        permitted, excluded = cursor.optional(0xA0), cursor.optional(0xA1)
        cursor.end()
        return NameConstraintsView(_subtrees(permitted), _subtrees(excluded))

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
        if value is None:
            return None
        pairs = (tlv.fields(item, tlv.SEQUENCE, 2) for item in tlv.whole(value, tlv.SEQUENCE).children())
        return tuple((_oid(pair[0]), _oid(pair[1])) for pair in pairs)

    @cached_property
    def policy_constraints(self) -> tuple[int | None, int | None] | None:
        """Return requireExplicitPolicy and inhibitPolicyMapping, each None if absent; None without the extension."""
        value = self._value(oid_octets.POLICY_CONSTRAINTS)
        if value is None:
            return None
        cursor = tlv.Cursor(tlv.whole(value, tlv.SEQUENCE))
        require, inhibit = cursor.optional(0x80), cursor.optional(0x81)
        cursor.end()
        return (
            None if require is None else tlv.signed(require.value),
            None if inhibit is None else tlv.signed(inhibit.value),
        )

    @cached_property
    def inhibit_any_policy(self) -> int | None:
        value = self._value(oid_octets.INHIBIT_ANY_POLICY)
        return None if value is None else tlv.integer(tlv.whole(value, tlv.INTEGER))

    @cached_property
    def issuer_alt_names(self) -> tuple[GeneralName, ...] | None:
        value = self._value(oid_octets.ISSUER_ALT_NAME)
        return None if value is None else read_general_names(tlv.whole(value, tlv.SEQUENCE).children())

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


@remember_results
def _basic_constraints(value: bytes) -> BasicConstraintsView:
    cursor = tlv.Cursor(tlv.whole(value, tlv.SEQUENCE))
    ca, length = cursor.optional(tlv.BOOLEAN), cursor.optional(tlv.INTEGER)
    cursor.end()
    is_ca = ca is not None and tlv.boolean(ca)
    return BasicConstraintsView(is_ca, None if length is None else tlv.integer(length), ca is not None and not is_ca)


@remember_results
def _key_usage(value: bytes) -> frozenset[str]:
    _, octets = tlv.bits(tlv.whole(value, tlv.BIT_STRING))
    number = int.from_bytes(octets[:2].ljust(2, b"\0"), "big")
    return frozenset(name for position, name in enumerate(KEY_USAGE_BITS) if number >> (15 - position) & 1)


@remember_results
def _extended_key_usage(value: bytes) -> tuple[bytes, ...]:
    purposes = tlv.whole(value, tlv.SEQUENCE).children()
    return tuple(tlv.expect(purpose, tlv.OBJECT_IDENTIFIER).value for purpose in purposes)


def _oid(element: Tlv) -> bytes:
    return tlv.expect(element, tlv.OBJECT_IDENTIFIER).value


def _subtrees(element: Tlv | None) -> tuple[Subtree, ...]:
    if element is None:
        return ()
    trees = (tlv.fields(item, tlv.SEQUENCE, 1) for item in element.children())
    return tuple(Subtree(read_general_name(tree[0]), len(tree) > 1) for tree in trees)
