"""Profiles: what a certificate of a kind may contain, as one checked, versioned value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from pki_manager.domain.algorithms import KEY_TYPES, KeyFamily, Use
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import FieldError, InvalidInput
from pki_manager.domain.names import ATTRIBUTE_BOUNDS, NameKind

KEY_USAGE_BITS = (
    "digitalSignature",
    "contentCommitment",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)
"""RFC 5280 §4.2.1.3, by bit number; contentCommitment is the newer name of nonRepudiation."""

CA_BITS = frozenset({"keyCertSign", "cRLSign"})
ENCIPHER_BITS = frozenset({"keyEncipherment", "dataEncipherment"})

ANY_EXTENDED_KEY_USAGE = "2.5.29.37.0"
SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]{0,38})){1,31}")


class ProfileKind(StrEnum):
    END_ENTITY = "end-entity"
    CA = "ca"
    ROOT = "root"
    OCSP_RESPONDER = "ocsp-responder"


class CommonName(StrEnum):
    """Where a subject's CN may come from."""

    FROM_SANS = "from-sans"
    FREE = "free"


class Surplus(StrEnum):
    """What happens to things asked for that the profile does not list."""

    IGNORE = "ignore"
    REFUSE = "refuse"


class PastIssuer(StrEnum):
    """What happens when the wanted end is after the issuer's own."""

    CLAMP = "clamp"
    REFUSE = "refuse"


class LintDepth(StrEnum):
    FULL = "full"
    RULES = "rules"


@dataclass(frozen=True, slots=True)
class SubjectRule:
    """`attributes` are the DN attribute types that may appear, by short name."""

    attributes: tuple[str, ...]
    required: tuple[str, ...] = ()
    common_name: CommonName = CommonName.FREE
    surplus: Surplus = Surplus.REFUSE


@dataclass(frozen=True, slots=True)
class SanRule:
    """Which kinds of alternative names, and how many."""

    kinds: tuple[NameKind, ...]
    minimum: int = 0
    maximum: int = 100
    wildcards: bool = False


@dataclass(frozen=True, slots=True)
class ValidityRule:
    """`backdate` is subtracted from now when no notBefore is asked for (clock skew of the clients).

    `backdate_limit` and `future_limit` bound an explicit notBefore around now.
    """

    default: Duration
    maximum: Duration
    backdate: Duration | None = None
    backdate_limit: Duration = Duration(0, 3600)
    future_limit: Duration = Duration(0, 86400)
    past_issuer: PastIssuer = PastIssuer.CLAMP


@dataclass(frozen=True, slots=True)
class Excuse:
    """A lint finding that the profile accepts, with the written reason."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One version of a profile.

    `key_usage` are RFC 5280 bit names; `key_usage_rsa` those added for RSA keys only; `extended_key_usage` dotted OIDs.
    `path_length` is the default for CA profiles. Status pointers are left out where False.
    """

    name: str
    version: int
    kind: ProfileKind
    description: str
    key_types: tuple[str, ...]
    subject: SubjectRule
    sans: SanRule
    validity: ValidityRule
    key_usage: tuple[str, ...]
    key_usage_rsa: tuple[str, ...] = ()
    extended_key_usage: tuple[str, ...] = ()
    requested_extensions: Surplus = Surplus.IGNORE
    crl_pointer: bool = True
    ocsp_pointer: bool = True
    ocsp_nocheck: bool = False
    path_length: int | None = None
    lint: LintDepth = LintDepth.FULL
    excuses: tuple[Excuse, ...] = field(default=())

    def __post_init__(self) -> None:
        """A profile that could never work does not come into being: InvalidInput with every fault."""
        faults = tuple(fault for check in _CHECKS for fault in check(self))
        if faults:
            told = "; ".join(f"{fault.field}: {fault.message}" for fault in faults)
            raise InvalidInput(f"profile {self.name!r} cannot work: {told}", errors=faults)

    def is_ca(self) -> bool:
        return self.kind in (ProfileKind.CA, ProfileKind.ROOT)


def _naming(profile: Profile) -> Iterator[FieldError]:
    if not _NAME.fullmatch(profile.name):
        yield FieldError("name", "profile.name", "must be 1 to 63 of a-z, 0-9 and -, and start with a letter or digit")
    if profile.version < 1:
        yield FieldError("version", "profile.version", "counts from 1")
    for excuse in profile.excuses:
        if not excuse.rule.strip() or not excuse.reason.strip():
            yield FieldError("excuses", "profile.excuse", "every excuse names a lint rule and gives its reason")


def _keys(profile: Profile) -> Iterator[FieldError]:
    if not profile.key_types:
        yield FieldError("key_types", "profile.key_types", "at least one key type must be allowed")
    use = Use.CA if profile.is_ca() else Use.LEAF
    for name in profile.key_types:
        if name not in KEY_TYPES or use not in KEY_TYPES[name].uses:
            yield FieldError("key_types", "profile.key_types", f"{name!r} is not a key type that a {use} can have")


def _subject(profile: Profile) -> Iterator[FieldError]:
    for name in profile.subject.attributes:
        if name not in ATTRIBUTE_BOUNDS:
            known = ", ".join(ATTRIBUTE_BOUNDS)
            yield FieldError("subject.attributes", "profile.attribute", f"{name!r} is unknown; known are {known}")
    for name in profile.subject.required:
        if name not in profile.subject.attributes:
            yield FieldError("subject.required", "profile.attribute", f"{name} is required but not allowed")
    if profile.is_ca() and not profile.subject.attributes:
        message = "a CA's subject must not be empty (RFC 5280 §4.1.2.6)"
        yield FieldError("subject.attributes", "profile.attribute", message)


def _sans(profile: Profile) -> Iterator[FieldError]:
    rule = profile.sans
    if not 0 <= rule.minimum <= rule.maximum:
        yield FieldError("sans.minimum", "profile.san_count", "must lie between 0 and the maximum")
    if rule.minimum and not rule.kinds:
        yield FieldError("sans.kinds", "profile.san_count", "alternative names are required but no kind is allowed")
    if rule.wildcards and NameKind.DNS not in rule.kinds:
        yield FieldError("sans.wildcards", "profile.san_wildcard", "wildcards need the kind DNS")
    if not rule.kinds and not profile.subject.attributes:
        yield FieldError("sans.kinds", "profile.nameless", "neither a subject nor an alternative name is allowed")


def _validity(profile: Profile) -> Iterator[FieldError]:
    rule = profile.validity
    if not rule.default.never_exceeds(rule.maximum):
        message = f"{rule.default} can be longer than the maximum, {rule.maximum}"
        yield FieldError("validity.default", "profile.validity", message)
    if rule.backdate is not None and not rule.backdate.never_exceeds(rule.backdate_limit):
        message = f"{rule.backdate} can be longer than the limit, {rule.backdate_limit}"
        yield FieldError("validity.backdate", "profile.validity", message)


def _usage(profile: Profile) -> Iterator[FieldError]:
    usage = (*profile.key_usage, *profile.key_usage_rsa)
    for bit in usage:
        if bit not in KEY_USAGE_BITS:
            known = ", ".join(KEY_USAGE_BITS)
            yield FieldError("key_usage", "profile.key_usage", f"{bit!r} is no KeyUsage bit; they are {known}")
    if not usage:
        yield FieldError("key_usage", "profile.key_usage", "at least one bit must be set (RFC 5280 §4.2.1.3)")
    if profile.is_ca() and "keyCertSign" not in profile.key_usage:
        yield FieldError("key_usage", "profile.key_usage", "a CA needs keyCertSign (RFC 5280 §4.2.1.9)")
    if not profile.is_ca() and CA_BITS & set(usage):
        message = "keyCertSign and cRLSign are for CAs only (RFC 5280 §4.2.1.9)"
        yield FieldError("key_usage", "profile.key_usage", message)
    yield from _usage_by_family(profile)


def _usage_by_family(profile: Profile) -> Iterator[FieldError]:
    families = {KEY_TYPES[name].family for name in profile.key_types if name in KEY_TYPES}
    if families - {KeyFamily.RSA} and ENCIPHER_BITS & set(profile.key_usage):
        message = "only RSA keys encipher: put the bit in key_usage_rsa (RFC 3279 §2.3.1, RFC 5480 §3)"
        yield FieldError("key_usage", "profile.key_usage", message)
    if families - {KeyFamily.EC} and "keyAgreement" in (*profile.key_usage, *profile.key_usage_rsa):
        message = "only EC keys agree on keys, and key_types has others (RFC 3279 §2.3.1, RFC 8410 §5)"
        yield FieldError("key_usage", "profile.key_usage", message)
    if {"encipherOnly", "decipherOnly"} & set(profile.key_usage) and "keyAgreement" not in profile.key_usage:
        message = "encipherOnly and decipherOnly need keyAgreement (RFC 5280 §4.2.1.3)"
        yield FieldError("key_usage", "profile.key_usage", message)


def _extended_usage(profile: Profile) -> Iterator[FieldError]:
    purposes = profile.extended_key_usage
    for oid in purposes:
        if not _OID.fullmatch(oid):
            yield FieldError("extended_key_usage", "profile.eku", f"{oid!r} is not a dotted OID")
    if not purposes and not profile.is_ca():
        message = "at least one purpose: a certificate without any is good for everything (RFC 5280 §4.2.1.12)"
        yield FieldError("extended_key_usage", "profile.eku", message)
    if ANY_EXTENDED_KEY_USAGE in purposes:
        yield FieldError(
            "extended_key_usage", "profile.eku", "anyExtendedKeyUsage is good for everything: name purposes"
        )
    responder = profile.kind is ProfileKind.OCSP_RESPONDER
    if responder and purposes != (OCSP_SIGNING,):
        message = "an OCSP responder has OCSPSigning and nothing else (RFC 6960 §4.2.2.2)"
        yield FieldError("extended_key_usage", "profile.eku", message)
    if not responder and OCSP_SIGNING in purposes:
        message = "OCSPSigning lets its holder vouch for all certificates of the CA: for responders only"
        yield FieldError("extended_key_usage", "profile.eku", f"{message} (RFC 6960 §4.2.2.2)")


def _kind(profile: Profile) -> Iterator[FieldError]:
    if profile.ocsp_nocheck and profile.kind is not ProfileKind.OCSP_RESPONDER:
        yield FieldError("ocsp_nocheck", "profile.kind", "is for OCSP responders only (RFC 6960 §4.2.2.2.1)")
    if profile.path_length is not None and not profile.is_ca():
        yield FieldError("path_length", "profile.kind", "is for CAs only (RFC 5280 §4.2.1.9)")
    if profile.path_length is not None and profile.path_length < 0:
        yield FieldError("path_length", "profile.kind", "must not be negative (RFC 5280 §4.2.1.9)")
    if profile.kind is ProfileKind.ROOT and (profile.crl_pointer or profile.ocsp_pointer):
        message = "a root does not vouch for its own status (RFC 5280 §6.1: revocation ends below the trust anchor)"
        yield FieldError("crl_pointer" if profile.crl_pointer else "ocsp_pointer", "profile.kind", message)


_CHECKS = (_naming, _keys, _subject, _sans, _validity, _usage, _extended_usage, _kind)
