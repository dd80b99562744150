"""A certificate as the rules see it: read once, its extensions decoded when first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import NamedTuple

from pki_manager.x509.lint import der, oids
from pki_manager.x509.lint.der import DerError, Tlv
from pki_manager.x509.lint.policies import Policy, read_policies
from pki_manager.x509.lint.structures import (
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
    read_general_name,
    read_general_names,
    read_name,
    read_signed,
    read_time,
    remembered,
)

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


class BasicConstraints(NamedTuple):
    ca: bool
    path_length: int | None
    explicit_false: bool


class Subtree(NamedTuple):
    """One GeneralSubtree; `has_limits` when minimum or maximum is written out."""

    base: GeneralName
    has_limits: bool


class NameConstraints(NamedTuple):
    permitted: tuple[Subtree, ...]
    excluded: tuple[Subtree, ...]


class RsaKey(NamedTuple):
    modulus: int
    exponent: int


@dataclass(frozen=True, slots=True)
class PublicKey:
    """SubjectPublicKeyInfo: its algorithm, and the content of its BIT STRING."""

    raw: bytes
    algorithm: AlgorithmIdentifier
    bits: bytes

    @property
    def rsa(self) -> RsaKey:
        """Modulus and exponent (RFC 8017 A.1.1); DerError when the bits are no RSA key."""
        fields = der.fields(der.whole(self.bits, der.SEQUENCE), der.SEQUENCE, 2)
        return RsaKey(der.integer(fields[0]), der.integer(fields[1]))


@dataclass(frozen=True, eq=False)
class CertificateView:
    """The fields of a TBSCertificate in the words of RFC 5280 §4.1; `version` counts as the text does (3 is v3).

    `issuer_certificate` is that of the issuer when the caller gave it. Decoded extensions are None when absent; reading
    one that is no DER raises DerError.
    """

    version: int
    serial: bytes
    signature: AlgorithmIdentifier
    signature_algorithm: AlgorithmIdentifier
    issuer: bytes
    not_before: Time
    not_after: Time
    subject: bytes
    public_key: PublicKey
    has_unique_ids: bool
    extensions: tuple[Extension, ...]
    issuer_certificate: CertificateView | None

    @classmethod
    def read(cls, data: bytes, issuer: CertificateView | None = None) -> CertificateView:
        """Parse the DER of a Certificate; DerError when it is not one."""
        signed = read_signed(der.whole(data, der.SEQUENCE))
        if signed.rest:
            raise DerError("a Certificate has three fields")
        cursor = der.Cursor(signed.tbs)
        version = cursor.optional(0xA0)
        serial, signature, name = cursor.take(der.INTEGER), cursor.take(der.SEQUENCE), cursor.take(der.SEQUENCE)
        not_before, not_after = _validity(cursor.take(der.SEQUENCE))
        subject, public_key = cursor.take(der.SEQUENCE), cursor.take(der.SEQUENCE)
        unique_ids = (cursor.optional(0x81), cursor.optional(0x82))
        extensions = cursor.optional(0xA3)
        cursor.end()
        return cls(
            version=1 if version is None else der.integer(der.only(version)) + 1,
            serial=serial.value,
            signature=read_algorithm(signature),
            signature_algorithm=signed.algorithm,
            issuer=name.raw,
            not_before=not_before,
            not_after=not_after,
            subject=subject.raw,
            public_key=_public_key(public_key),
            has_unique_ids=unique_ids != (None, None),
            extensions=() if extensions is None else read_extensions(der.only(extensions)),
            issuer_certificate=issuer,
        )

    @property
    def issued_on(self) -> date | None:
        return self.not_before.day

    @cached_property
    def by_oid(self) -> dict[bytes, Extension]:
        """Extensions by OID; of repeats the first."""
        return {extension.oid: extension for extension in reversed(self.extensions)}

    def _value(self, oid: bytes) -> bytes | None:
        extension = self.by_oid.get(oid)
        return extension.value if extension else None

    @cached_property
    def subject_attributes(self) -> tuple[Attribute, ...]:
        return tuple(attribute for rdn in read_name(self.subject) for attribute in rdn)

    @cached_property
    def basic_constraints(self) -> BasicConstraints | None:
        value = self._value(oids.BASIC_CONSTRAINTS)
        return None if value is None else _basic_constraints(value)

    @cached_property
    def key_usage(self) -> frozenset[str] | None:
        """RFC 5280 §4.2.1.3 bit names."""
        value = self._value(oids.KEY_USAGE)
        return None if value is None else _key_usage(value)

    @cached_property
    def extended_key_usage(self) -> tuple[bytes, ...] | None:
        value = self._value(oids.EXTENDED_KEY_USAGE)
        return None if value is None else _extended_key_usage(value)

    @cached_property
    def subject_alt_names(self) -> tuple[GeneralName, ...] | None:
        value = self._value(oids.SUBJECT_ALT_NAME)
        return None if value is None else read_general_names(der.whole(value, der.SEQUENCE).children())

    @cached_property
    def subject_key_identifier(self) -> bytes | None:
        value = self._value(oids.SUBJECT_KEY_IDENTIFIER)
        return None if value is None else der.whole(value, der.OCTET_STRING).value

    @cached_property
    def authority_key_identifier(self) -> AuthorityKeyIdentifier | None:
        value = self._value(oids.AUTHORITY_KEY_IDENTIFIER)
        return None if value is None else read_authority_key_identifier(value)

    @cached_property
    def name_constraints(self) -> NameConstraints | None:
        value = self._value(oids.NAME_CONSTRAINTS)
        if value is None:
            return None
        cursor = der.Cursor(der.whole(value, der.SEQUENCE))
        permitted, excluded = cursor.optional(0xA0), cursor.optional(0xA1)
        cursor.end()
        return NameConstraints(_subtrees(permitted), _subtrees(excluded))

    @cached_property
    def distribution_points(self) -> tuple[DistributionPoint, ...] | None:
        value = self._value(oids.CRL_DISTRIBUTION_POINTS)
        return None if value is None else read_distribution_points(value)

    @cached_property
    def freshest_crl(self) -> tuple[DistributionPoint, ...] | None:
        value = self._value(oids.FRESHEST_CRL)
        return None if value is None else read_distribution_points(value)

    @cached_property
    def policies(self) -> tuple[Policy, ...] | None:
        value = self._value(oids.CERTIFICATE_POLICIES)
        return None if value is None else read_policies(value)

    @cached_property
    def policy_mappings(self) -> tuple[tuple[bytes, bytes], ...] | None:
        """Pairs of issuerDomainPolicy and subjectDomainPolicy, as OID content octets."""
        value = self._value(oids.POLICY_MAPPINGS)
        if value is None:
            return None
        pairs = (der.fields(item, der.SEQUENCE, 2) for item in der.whole(value, der.SEQUENCE).children())
        return tuple((_oid(pair[0]), _oid(pair[1])) for pair in pairs)

    @cached_property
    def policy_constraints(self) -> tuple[int | None, int | None] | None:
        """requireExplicitPolicy and inhibitPolicyMapping, each None when absent."""
        value = self._value(oids.POLICY_CONSTRAINTS)
        if value is None:
            return None
        cursor = der.Cursor(der.whole(value, der.SEQUENCE))
        require, inhibit = cursor.optional(0x80), cursor.optional(0x81)
        cursor.end()
        return (
            None if require is None else der.signed(require.value),
            None if inhibit is None else der.signed(inhibit.value),
        )

    @cached_property
    def inhibit_any_policy(self) -> int | None:
        value = self._value(oids.INHIBIT_ANY_POLICY)
        return None if value is None else der.integer(der.whole(value, der.INTEGER))

    @cached_property
    def issuer_alt_names(self) -> tuple[GeneralName, ...] | None:
        value = self._value(oids.ISSUER_ALT_NAME)
        return None if value is None else read_general_names(der.whole(value, der.SEQUENCE).children())

    @cached_property
    def authority_info_access(self) -> tuple[AccessDescription, ...] | None:
        value = self._value(oids.AUTHORITY_INFO_ACCESS)
        return None if value is None else read_access_descriptions(value)

    @property
    def is_ca(self) -> bool:
        return self.basic_constraints is not None and self.basic_constraints.ca

    @property
    def is_leaf(self) -> bool:
        return not self.is_ca

    @property
    def is_self_issued(self) -> bool:
        return self.subject == self.issuer

    @property
    def is_self_signed(self) -> bool:
        """Self-issued and, where the issuer is at hand, with its key; signature values are not looked at."""
        issuer = self.issuer_certificate
        return self.is_self_issued and (issuer is None or issuer.public_key.raw == self.public_key.raw)

    @property
    def is_ocsp_signer(self) -> bool:
        return self.is_leaf and oids.OCSP_SIGNING in (self.extended_key_usage or ())


@lru_cache(maxsize=64)
def read_issuer(data: bytes) -> CertificateView:
    """A CA's certificate; kept, because each is asked for again at its every signature. DerError as `read`."""
    return CertificateView.read(data)


@remembered
def _basic_constraints(value: bytes) -> BasicConstraints:
    cursor = der.Cursor(der.whole(value, der.SEQUENCE))
    ca, length = cursor.optional(der.BOOLEAN), cursor.optional(der.INTEGER)
    cursor.end()
    is_ca = ca is not None and der.boolean(ca)
    return BasicConstraints(is_ca, None if length is None else der.integer(length), ca is not None and not is_ca)


@remembered
def _key_usage(value: bytes) -> frozenset[str]:
    _, octets = der.bits(der.whole(value, der.BIT_STRING))
    number = int.from_bytes(octets[:2].ljust(2, b"\0"), "big")
    return frozenset(name for position, name in enumerate(KEY_USAGE_BITS) if number >> (15 - position) & 1)


@remembered
def _extended_key_usage(value: bytes) -> tuple[bytes, ...]:
    purposes = der.whole(value, der.SEQUENCE).children()
    return tuple(der.expect(purpose, der.OBJECT_IDENTIFIER).value for purpose in purposes)


def _validity(element: Tlv) -> tuple[Time, Time]:
    not_before, not_after = der.fields(element, der.SEQUENCE, 2)[:2]
    return read_time(not_before), read_time(not_after)


def _public_key(element: Tlv) -> PublicKey:
    fields = der.fields(element, der.SEQUENCE, 2)
    unused, octets = der.bits(fields[1])
    if unused:
        raise DerError("a public key ends within an octet")
    return PublicKey(element.raw, read_algorithm(fields[0]), octets)


def _oid(element: Tlv) -> bytes:
    return der.expect(element, der.OBJECT_IDENTIFIER).value


def _subtrees(element: Tlv | None) -> tuple[Subtree, ...]:
    if element is None:
        return ()
    trees = (der.fields(item, der.SEQUENCE, 1) for item in element.children())
    return tuple(Subtree(read_general_name(tree[0]), len(tree) > 1) for tree in trees)
