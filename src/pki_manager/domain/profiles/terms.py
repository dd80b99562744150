"""The terms in which a profile says what a certificate may contain: choices, rules and well-known identifiers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pki_manager.domain.duration import Duration
from pki_manager.domain.names import AlternativeName, NameAttribute, NameKind

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

ANY_EXTENDED_KEY_USAGE = "2.5.29.37.0"
SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
SMART_CARD_LOGON = "1.3.6.1.4.1.311.20.2.2"
PKINIT_CLIENT = "1.3.6.1.5.2.3.4"
CODE_SIGNING = "1.3.6.1.5.5.7.3.3"
EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4"
TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"
CMC_RA = "1.3.6.1.5.5.7.3.28"
DOCUMENT_SIGNING = "1.3.6.1.5.5.7.3.36"
"""RFC 5280 §4.2.1.12, RFC 6402 (CMC_RA), RFC 9336 (DOCUMENT_SIGNING), RFC 4556 (PKINIT_CLIENT), MS-WCCE."""

SIGN_IN_PURPOSES = frozenset({CLIENT_AUTH, SMART_CARD_LOGON, PKINIT_CLIENT})
"""With one of these, servers let the holder of a certificate sign in as its subject."""


class ProfileKind(StrEnum):
    END_ENTITY = "end-entity"
    CA = "ca"
    ROOT = "root"
    OCSP_RESPONDER = "ocsp-responder"
    REGISTRATION_AUTHORITY = "registration-authority"


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
    """Own rules and pkilint, or the own rules alone. CA and OCSP signer certificates always get both."""

    FULL = "full"
    RULES = "rules"


class KeyReuse(StrEnum):
    """Whether a public key that an earlier certificate has may be certified again: by anybody, by its owner, never."""

    ALLOW = "allow"
    SAME_OWNER = "same-owner"
    REFUSE = "refuse"


class Criticality(StrEnum):
    """Extensions whose critical flag is the profile's to say; all others have the one that RFC 5280 gives them."""

    KEY_USAGE = "keyUsage"
    EXTENDED_KEY_USAGE = "extendedKeyUsage"
    CERTIFICATE_POLICIES = "certificatePolicies"


class ProfileState(StrEnum):
    """A retired profile issues nothing any more; certificates made with it live on."""

    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class SubjectRule:
    """`attributes` are the DN attribute types that are taken from the request, by short name.

    `fixed` are those that the profile sets itself; they stand first, in this order, and a request cannot change them.
    """

    attributes: tuple[str, ...]
    required: tuple[str, ...] = ()
    common_name: CommonName = CommonName.FREE
    surplus: Surplus = Surplus.REFUSE
    fixed: tuple[NameAttribute, ...] = ()


@dataclass(frozen=True, slots=True)
class SanRule:
    """Which kinds of alternative names, and how many.

    `permitted` are subtrees as in name constraints (`DNS:example.com`, `IP:10.0.0.0/8`), matched in the same way; with
    any of them, each kind needs its own. `other_names` are the type-ids (dotted OIDs) that an otherName may have.
    """

    kinds: tuple[NameKind, ...]
    minimum: int = 0
    maximum: int = 100
    wildcards: bool = False
    permitted: tuple[AlternativeName, ...] = ()
    other_names: tuple[str, ...] = ()


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
class PolicyInformation:
    """One certificate policy (RFC 5280 §4.2.1.4): a dotted OID and where its practice statement is published.

    There is no userNotice: RFC 5280 advises against it, and clients do not show it.
    """

    oid: str
    cps: str | None = None


@dataclass(frozen=True, slots=True)
class Excuse:
    """A lint finding that the profile accepts, with the written reason."""

    rule: str
    reason: str
