"""The parts of a profile: choices and rules."""

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
"""Names of the keyUsage bits by bit number (RFC 5280 §4.2.1.3); contentCommitment was nonRepudiation."""

ANY_EXTENDED_KEY_USAGE = "2.5.29.37.0"
SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
SMART_CARD_LOGON = "1.3.6.1.4.1.311.20.2.2"
PKINIT_CLIENT = "1.3.6.1.5.2.3.4"
PKINIT_KDC = "1.3.6.1.5.2.3.5"
CODE_SIGNING = "1.3.6.1.5.5.7.3.3"
EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4"
TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"
CMC_RA = "1.3.6.1.5.5.7.3.28"
DOCUMENT_SIGNING = "1.3.6.1.5.5.7.3.36"
"""Purpose of document signing.

Sources of this and the OIDs above: RFC 5280 §4.2.1.12, RFC 6402 (CMC_RA), RFC 9336 (DOCUMENT_SIGNING), RFC 4556
(PKINIT_CLIENT, PKINIT_KDC), MS-WCCE.
"""

SIGN_IN_PURPOSES = frozenset({CLIENT_AUTH, SMART_CARD_LOGON, PKINIT_CLIENT})
"""Extended key usages with which servers let the holder of a certificate sign in as its subject."""


class ProfileKind(StrEnum):
    """The kind of certificate that a profile issues."""

    END_ENTITY = "end-entity"
    CA = "ca"
    ROOT = "root"
    OCSP_RESPONDER = "ocsp-responder"
    REGISTRATION_AUTHORITY = "registration-authority"


class CommonName(StrEnum):
    """Where the CN of a subject can come from: only the alternative names, or the request without limits."""

    FROM_SANS = "from-sans"
    FREE = "free"


class UnlistedHandling(StrEnum):
    """How requested contents that the profile does not list are handled: ignored, or the request is refused."""

    IGNORE = "ignore"
    REFUSE = "refuse"


class PastIssuerHandling(StrEnum):
    """How a requested expiration after that of the issuer is handled: shortened, or the request is refused."""

    CLAMP = "clamp"
    REFUSE = "refuse"


class LintDepth(StrEnum):
    """How certificates are linted: by built-in rules and pkilint, or by built-in rules only.

    CA and OCSP signing certificates are always linted by both.
    """

    FULL = "full"
    RULES = "rules"


class KeyReuse(StrEnum):
    """Whether a key of an earlier certificate can be certified again: for everyone, only for its owner, or never."""

    ALLOW = "allow"
    SAME_OWNER = "same-owner"
    REFUSE = "refuse"


class Criticality(StrEnum):
    """Extensions whose critical flag the profile can set. All others have the flag of RFC 5280."""

    KEY_USAGE = "keyUsage"
    EXTENDED_KEY_USAGE = "extendedKeyUsage"
    CERTIFICATE_POLICIES = "certificatePolicies"


class ProfileState(StrEnum):
    """The state of a profile. A retired profile issues nothing; its certificates stay valid."""

    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class SubjectRule:
    """Rules for the subject. `attributes` are the short names of the attribute types that are taken from the request.

    `fixed` are attributes that the profile sets, in front of the others and in this order; a request cannot change
    them.
    """

    attributes: tuple[str, ...]
    required: tuple[str, ...] = ()
    common_name: CommonName = CommonName.FREE
    unlisted_attributes: UnlistedHandling = UnlistedHandling.REFUSE
    fixed: tuple[NameAttribute, ...] = ()


@dataclass(frozen=True, slots=True)
class SanRule:
    """Permitted kinds and maximum number of alternative names.

    `permitted` are subtrees as in name constraints (`DNS:example.com`, `IP:10.0.0.0/8`), matched in the same way. If
    there are any, names of a kind without a subtree are refused. `other_names` are the permitted type-ids (dotted OIDs)
    of otherName.
    """

    kinds: tuple[NameKind, ...]
    minimum: int = 0
    maximum: int = 100
    wildcards: bool = False
    permitted: tuple[AlternativeName, ...] = ()
    other_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ValidityRule:
    """Limits of the validity period.

    If no notBefore is requested, it is `backdate` before now, which allows for slow clocks of clients. `backdate_limit`
    and `future_limit` are how far a requested notBefore can be before and after now.
    """

    default: Duration
    maximum: Duration
    backdate: Duration | None = None
    backdate_limit: Duration = Duration(0, 3600)
    future_limit: Duration = Duration(0, 86400)
    past_issuer: PastIssuerHandling = PastIssuerHandling.CLAMP


@dataclass(frozen=True, slots=True)
class PolicyInformation:
    """One certificate policy (RFC 5280 §4.2.1.4): a dotted OID and the URL of its practice statement.

    userNotice is not supported: RFC 5280 advises against it, and clients do not show it.
    """

    oid: str
    cps: str | None = None


@dataclass(frozen=True, slots=True)
class LintException:
    """A lint finding that the profile accepts, with the documented reason."""

    rule: str
    reason: str
