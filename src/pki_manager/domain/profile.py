"""Profiles: what a certificate of a kind may contain, as one checked, versioned value."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from pki_manager.domain.duration import Duration
from pki_manager.domain.names import NameKind


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
