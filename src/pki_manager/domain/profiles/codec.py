"""JSON form of certificate profiles, the same when they are stored, returned, and read from files.

The form has the field names of `Profile`. Fields with a default can be omitted; unknown fields and values are errors.
`schema` describes what `from_dict` reads.
"""

from __future__ import annotations

from typing import Any

from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.domain.codec import (
    Codec,
    choice,
    duration,
    encode,
    flag,
    integer,
    items,
    optional,
    parsed,
    record,
    text,
)
from pki_manager.domain.names import ATTRIBUTE_BOUNDS, NameAttribute, NameConstraints, NameKind
from pki_manager.domain.profiles.checks import MAX_DESCRIPTION, MAX_PATH_LENGTH, MAX_SANS
from pki_manager.domain.profiles.extensions import (
    MAX_EXTENSIONS,
    MAX_PATTERN,
    MAX_VALUE,
    CustomExtension,
    ExtensionType,
    RequestField,
)
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.profiles.terms import (
    KEY_USAGE_BITS,
    CommonName,
    Criticality,
    KeyReuse,
    LintDepth,
    LintException,
    PastIssuerHandling,
    PolicyInformation,
    ProfileKind,
    SanRule,
    SubjectRule,
    UnlistedHandling,
    ValidityRule,
)
from pki_manager.domain.renames import PROFILE_FIELDS

MAX_ITEMS = 100
"""Maximum number of entries in any list of a profile."""


def to_dict(profile: Profile) -> dict[str, object]:
    """Return the complete JSON form of a profile, without its state.

    `from_dict(to_dict(p)) == p` if the profile is active.
    """
    return {name: encode(getattr(profile, name)) for name in FIELDS}


def from_dict(body: object) -> Profile:
    """Return the active profile that a JSON form describes.

    Raises InvalidInput with every error and its field, for example `validity.default`.
    """
    profile: Profile = _PROFILE.decode(body, "")
    return profile


def build_schema() -> dict[str, Any]:
    """Return the JSON Schema of the JSON form of profiles."""
    return _PROFILE.schema


def _list(codec: Codec) -> Codec:
    return items(codec, MAX_ITEMS)


_OID = text(pattern=r"^[0-2](\.(0|[1-9][0-9]*))+$")
_ATTRIBUTE = text(enum=list(ATTRIBUTE_BOUNDS))
_BIT = text(enum=list(KEY_USAGE_BITS))

_SUBJECT = record(
    SubjectRule,
    {
        "attributes": _list(_ATTRIBUTE).says("Attribute types that a request may contain"),
        "required": _list(_ATTRIBUTE).says("Attribute types that a request must contain"),
        "common_name": choice(CommonName).says("`from-sans`: CN must be one of the alternative names"),
        "unlisted_attributes": choice(UnlistedHandling).says("Handling of attributes that the profile does not list"),
        "fixed": _list(record(NameAttribute, {"type": _ATTRIBUTE, "value": text()})).says(
            "Attributes that the profile sets, in this order, in front of the request's"
        ),
    },
    renamed=PROFILE_FIELDS,
)

_SANS = record(
    SanRule,
    {
        "kinds": _list(choice(NameKind)).says("Kinds of alternative names that a request may contain"),
        "minimum": integer(0, MAX_SANS).says("Minimum number of alternative names"),
        "maximum": integer(0, MAX_SANS).says("Maximum number of alternative names"),
        "wildcards": flag().says("Whether a DNS name may be a wildcard"),
        "permitted": _list(parsed(NameConstraints.subtree)).says(
            "Permitted subtrees, as in name constraints: `DNS:example.com`, `IP:10.0.0.0/8`, "
            "`email:example.com`, `email:.example.com`, `URI:.example.com`. Default: all names"
        ),
        "other_names": _list(_OID).says(
            "Type-ids that a name of the kind `otherName` may have: `1.3.6.1.4.1.311.20.2.3` (UPN), "
            "`1.3.6.1.5.5.7.8.9` (SmtpUTF8Mailbox), or any other"
        ),
    },
)

_VALIDITY = record(
    ValidityRule,
    {
        "default": duration().says("Validity if the request contains no end, as an ISO 8601 duration"),
        "maximum": duration().says("Longest validity, both ends included, as an ISO 8601 duration"),
        "backdate": optional(duration()).says(
            "How far in the past the validity begins if the request contains no beginning"
        ),
        "backdate_limit": duration().says("How far in the past a requested beginning may be"),
        "future_limit": duration().says("How far in the future a requested beginning may be"),
        "past_issuer": choice(PastIssuerHandling).says("Handling of an end after the issuer's: shorten it, or refuse"),
    },
)

_FIELD = record(
    RequestField,
    {
        "name": text(pattern="^[a-z][a-z0-9_]{0,31}$").says("Name of the field in `fields` of a request"),
        "required": flag().says("Whether a request must contain the field"),
        "pattern": text(MAX_PATTERN).says("Pattern of the value with `*`, `?`, and `[…]`"),
        "maximum": integer(1, MAX_VALUE).says("Maximum number of characters of the value"),
    },
)

_EXTENSION = record(
    CustomExtension,
    {
        "oid": _OID.says("OID of the extension. OIDs that PKI Manager sets itself are refused"),
        "type": choice(ExtensionType).says("ASN.1 type of the value"),
        "value": optional(text(MAX_VALUE)).says("The value as text, in the form that the type requires"),
        "critical": flag().says("Whether clients that do not know the extension must reject the certificate"),
        "field": optional(_FIELD).says("Field of requests that contains the value, instead of `value`"),
    },
)

_PROFILE = record(
    Profile,
    {
        "name": text(pattern=r"^(?=.{1,63}$)[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)?$").says(
            "Unique name, which cannot be changed"
        ),
        "version": integer(1, 2**31 - 1).says("Version number, counted from 1"),
        "kind": choice(ProfileKind).says(
            "Purpose of the certificates. The CA itself issues those of kind `ca`, `root`, `ocsp-responder`, and"
            " `registration-authority`"
        ),
        "description": text(MAX_DESCRIPTION).says("Description for people"),
        "key_types": _list(text(enum=list(KEY_TYPES))).says("Key types that may be certified", minItems=1),
        "key_reuse": choice(KeyReuse).says("Whether a key that an earlier certificate has may be certified again"),
        "subject": _SUBJECT.says("Rules for the distinguished name"),
        "sans": _SANS.says("Rules for the alternative names"),
        "validity": _VALIDITY.says("Rules for the validity period"),
        "key_usage": _list(_BIT).says("KeyUsage bits (RFC 5280 §4.2.1.3)"),
        "key_usage_rsa": _list(_BIT).says("Additional bits for RSA keys"),
        "key_usage_ec": _list(_BIT).says("Additional bits for EC keys"),
        "extended_key_usage": _list(_OID).says("Purposes as dotted OIDs (RFC 5280 §4.2.1.12)"),
        "critical": _list(choice(Criticality)).says("Further extensions that are critical"),
        "policies": _list(record(PolicyInformation, {"oid": _OID, "cps": optional(text())})).says(
            "Certificate policies (RFC 5280 §4.2.1.4), each with the address of its practice statement"
        ),
        "requested_extensions": choice(UnlistedHandling).says("Handling of other requested extensions"),
        "requestable_extensions": _list(_OID).says(
            "Extensions that a request may contain. Their values are those of the profile"
        ),
        "extensions": items(_EXTENSION, MAX_EXTENSIONS).says(
            "Further extensions of every certificate, only for the kind `end-entity`"
        ),
        "include_crl_url": flag().says("Whether certificates contain cRLDistributionPoints"),
        "include_ocsp_url": flag().says("Whether certificates contain the URL of the OCSP responder"),
        "ocsp_nocheck": flag().says("id-pkix-ocsp-nocheck (RFC 6960 §4.2.2.2.1), for OCSP responders"),
        "no_rev_avail": flag().says("noRevAvail (RFC 9608): no revocation status is published"),
        "path_length": optional(integer(0, MAX_PATH_LENGTH)).says("Path length constraint of CA certificates"),
        "public_tls": flag().says("Whether the lint rules of the CA/Browser Forum apply as well"),
        "lint": choice(LintDepth).says("`full`: built-in rules and pkilint; `rules`: built-in rules"),
        "lint_exceptions": _list(record(LintException, {"rule": text(), "reason": text()})).says(
            "Lint findings that are accepted, each with the reason"
        ),
    },
    renamed=PROFILE_FIELDS,
)

FIELDS: tuple[str, ...] = tuple(_PROFILE.schema["properties"])
"""Field names of the JSON form of a profile, in the order of the form."""
