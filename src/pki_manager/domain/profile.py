"""Profiles: what a certificate of a kind may contain, as one checked, versioned value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pki_manager.domain.algorithms import KEY_TYPES, KeyFamily
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import InvalidInput
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
CODE_SIGNING = "1.3.6.1.5.5.7.3.3"
EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4"
TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"
DOCUMENT_SIGNING = "1.3.6.1.5.5.7.3.36"
"""RFC 5280 §4.2.1.12; id-kp-documentSigning is RFC 9336's."""


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
    """Own rules and pkilint, or the own rules alone. CA and OCSP signer certificates get both whatever this says."""

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

    There is no userNotice: RFC 5280 advises against it, and nobody shows it.
    """

    oid: str
    cps: str | None = None


@dataclass(frozen=True, slots=True)
class Excuse:
    """A lint finding that the profile accepts, with the written reason."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One version of a profile.

    `key_usage` are RFC 5280 bit names; `key_usage_rsa` and `key_usage_ec` those added for keys of that family only.
    `extended_key_usage` are dotted OIDs, and so are `requestable_extensions`: what a request may ask beside alternative
    names without being an objection, though the values stay the profile's. `path_length` is the default for CA
    profiles. Status pointers are left out where False. `public_tls` has the CA/Browser Forum's lint rules judge too.

    `state` is no part of the definition: it says what has become of the profile since.
    """

    name: str
    version: int = 1
    kind: ProfileKind
    description: str
    key_types: tuple[str, ...]
    key_reuse: KeyReuse = KeyReuse.ALLOW
    subject: SubjectRule
    sans: SanRule
    validity: ValidityRule
    key_usage: tuple[str, ...]
    key_usage_rsa: tuple[str, ...] = ()
    key_usage_ec: tuple[str, ...] = ()
    extended_key_usage: tuple[str, ...] = ()
    critical: tuple[Criticality, ...] = (Criticality.KEY_USAGE,)
    policies: tuple[PolicyInformation, ...] = ()
    requested_extensions: Surplus = Surplus.IGNORE
    requestable_extensions: tuple[str, ...] = ()
    crl_pointer: bool = True
    ocsp_pointer: bool = True
    ocsp_nocheck: bool = False
    no_rev_avail: bool = False
    path_length: int | None = None
    public_tls: bool = False
    lint: LintDepth = LintDepth.FULL
    excuses: tuple[Excuse, ...] = ()
    state: ProfileState = ProfileState.ACTIVE

    def __post_init__(self) -> None:
        """A profile that could never work does not come into being: InvalidInput with every fault."""
        from pki_manager.domain.profile_checks import faults_of

        faults = tuple(faults_of(self))
        if faults:
            told = "; ".join(f"{fault.field}: {fault.message}" for fault in faults)
            raise InvalidInput(f"profile {self.name!r} cannot work: {told}", errors=faults)

    def is_ca(self) -> bool:
        return self.kind in (ProfileKind.CA, ProfileKind.ROOT)

    def key_usage_of(self, key_type: str) -> tuple[str, ...]:
        """The KeyUsage bits of a certificate for a key of that type (a name of the algorithm table)."""
        more = {KeyFamily.RSA: self.key_usage_rsa, KeyFamily.EC: self.key_usage_ec}
        return self.key_usage + more.get(KEY_TYPES[key_type].family, ())
