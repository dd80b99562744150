"""Validity checks of a profile's fields, each with its source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from pki_manager.domain.algorithms import KEY_TYPES, KeyFamily, Use
from pki_manager.domain.dotted_oid import is_dotted_oid
from pki_manager.domain.errors import FieldError
from pki_manager.domain.names import ATTRIBUTE_BOUNDS, NameKind
from pki_manager.domain.other_names import SMTP_UTF8_MAILBOX
from pki_manager.domain.profiles.contents import ProfileContents
from pki_manager.domain.profiles.extensions import find_extension_faults
from pki_manager.domain.profiles.terms import (
    ANY_EXTENDED_KEY_USAGE,
    KEY_USAGE_BITS,
    OCSP_SIGNING,
    SERVER_AUTH,
    TIME_STAMPING,
    CommonName,
    Criticality,
    PolicyInformation,
    ProfileKind,
    SanRule,
    UnlistedHandling,
)

CA_BITS = frozenset({"keyCertSign", "cRLSign"})
ENCIPHER_BITS = frozenset({"keyEncipherment", "dataEncipherment"})
MAX_DESCRIPTION = 500
MAX_PATH_LENGTH = 32
MAX_SANS = 1000

_NAME = re.compile(r"(?=.{1,63}$)[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)?")
_CPS = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~:/?@!$&'()*+,;=%-]*)?")
_MAX_CPS = 500


def find_faults(profile: ProfileContents) -> Iterator[FieldError]:
    """Yield every error of the profile, each with its dotted field."""
    for check in _CHECKS:
        yield from check(profile)


def _naming(profile: ProfileContents) -> Iterator[FieldError]:
    if not _NAME.fullmatch(profile.name):
        yield FieldError(
            "name",
            "profile.name",
            "must have 1 to 63 characters of a-z, 0-9, -, and at most one period, and start with a letter or digit",
        )
    if profile.version < 1:
        yield FieldError("version", "profile.version", "must be at least 1")
    if len(profile.description) > MAX_DESCRIPTION or not profile.description.isprintable():
        message = f"must have at most {MAX_DESCRIPTION} printable characters"
        yield FieldError("description", "profile.description", message)
    for exception in profile.lint_exceptions:
        if not exception.rule.strip() or not exception.reason.strip():
            yield FieldError(
                "lint_exceptions", "profile.lint_exception", "must name a lint rule and a reason for each exception"
            )


def _keys(profile: ProfileContents) -> Iterator[FieldError]:
    if not profile.key_types:
        yield FieldError("key_types", "profile.key_types", "must contain at least one key type")
    use = Use.CA if profile.is_ca() else Use.LEAF
    for name in profile.key_types:
        if name not in KEY_TYPES or use not in KEY_TYPES[name].uses:
            yield FieldError(
                "key_types", "profile.key_types", f"must contain key types for a {use}; {name!r} is not one"
            )


def _subject(profile: ProfileContents) -> Iterator[FieldError]:
    rule = profile.subject
    yield from _attribute_types("subject.attributes", rule.attributes)
    for name in rule.required:
        if name not in rule.attributes:
            yield FieldError(
                "subject.required", "profile.attribute", f"contains {name}, which is not an allowed attribute"
            )
    if not profile.is_ca():
        return
    if not rule.attributes:
        message = "must not be empty for a CA (RFC 5280 §4.1.2.6)"
        yield FieldError("subject.attributes", "profile.attribute", message)
    if rule.unlisted_attributes is not UnlistedHandling.REFUSE or rule.common_name is not CommonName.FREE or rule.fixed:
        message = "must have unlisted_attributes refuse, common_name free, and nothing fixed for a CA"
        yield FieldError("subject", "profile.ca_subject", message)


def _fixed(profile: ProfileContents) -> Iterator[FieldError]:
    rule = profile.subject
    fixed = [attribute.type for attribute in rule.fixed]
    yield from _attribute_types("subject.fixed", fixed)
    for attribute in rule.fixed:
        bound = ATTRIBUTE_BOUNDS.get(attribute.type, 1)
        if not 1 <= len(attribute.value) <= bound:
            message = f"must have 1 to {bound} characters in {attribute.type} (RFC 5280 appendix A.1)"
            yield FieldError("subject.fixed", "profile.fixed", message)
        if attribute.type in rule.attributes:
            message = f"must not contain {attribute.type}, which has a fixed value"
            yield FieldError("subject.attributes", "profile.fixed", message)
    if "CN" in fixed and rule.common_name is CommonName.FROM_SANS:
        yield FieldError("subject.common_name", "profile.fixed", "must not be from-sans, because CN has a fixed value")


def _attribute_types(field: str, names: Iterable[str]) -> Iterator[FieldError]:
    for name in names:
        if name not in ATTRIBUTE_BOUNDS:
            known = ", ".join(ATTRIBUTE_BOUNDS)
            yield FieldError(field, "profile.attribute", f"must be one of {known}, not {name!r}")


def _sans(profile: ProfileContents) -> Iterator[FieldError]:
    rule = profile.sans
    if not 0 <= rule.minimum <= rule.maximum:
        yield FieldError("sans.minimum", "profile.san_count", "must be between 0 and the maximum")
    if rule.maximum > MAX_SANS:
        yield FieldError("sans.maximum", "profile.san_count", f"must be at most {MAX_SANS}")
    if rule.minimum and not rule.kinds:
        yield FieldError(
            "sans.kinds", "profile.san_count", "must contain at least one kind, because alternative names are required"
        )
    if rule.wildcards and NameKind.DNS not in rule.kinds:
        yield FieldError("sans.wildcards", "profile.san_wildcard", "requires the kind DNS")
    yield from _other_names(rule)
    if not (rule.kinds or profile.subject.attributes or profile.subject.fixed):
        yield FieldError(
            "sans.kinds", "profile.nameless", "must contain at least one kind, because no subject attribute is allowed"
        )
    limited = {base.kind for base in rule.permitted}
    for kind in sorted(limited - set(rule.kinds)):
        yield FieldError(
            "sans.permitted", "profile.san_permitted", f"must contain only allowed kinds; {kind} is not one"
        )
    for kind in rule.kinds:
        is_mail = set(rule.other_names) == {SMTP_UTF8_MAILBOX} and NameKind.EMAIL in limited
        if limited and kind not in limited and not (kind is NameKind.OTHER and is_mail):
            message = f"must also limit the kind {kind}, or the kind must not be allowed"
            yield FieldError("sans.permitted", "profile.san_permitted", message)


def _other_names(rule: SanRule) -> Iterator[FieldError]:
    if (NameKind.OTHER in rule.kinds) is not bool(rule.other_names):
        message = "must list type-ids exactly if the kind otherName is allowed"
        yield FieldError("sans.other_names", "profile.san_other", message)
    for type_id in rule.other_names:
        if not is_dotted_oid(type_id):
            yield FieldError("sans.other_names", "profile.oid", f"must be a dotted OID, not {type_id!r}")


def _validity(profile: ProfileContents) -> Iterator[FieldError]:
    rule = profile.validity
    if not rule.default.never_exceeds(rule.maximum):
        message = f"must not exceed the maximum, {rule.maximum}, but {rule.default} can"
        yield FieldError("validity.default", "profile.validity", message)
    if rule.backdate is not None and not rule.backdate.never_exceeds(rule.backdate_limit):
        message = f"must not exceed the limit, {rule.backdate_limit}, but {rule.backdate} can"
        yield FieldError("validity.backdate", "profile.validity", message)


def _usage(profile: ProfileContents) -> Iterator[FieldError]:
    fields = {
        "key_usage": profile.key_usage,
        "key_usage_rsa": profile.key_usage_rsa,
        "key_usage_ec": profile.key_usage_ec,
    }
    for field, bits in fields.items():
        for bit in bits:
            if bit not in KEY_USAGE_BITS:
                known = ", ".join(KEY_USAGE_BITS)
                yield FieldError(field, "profile.key_usage", f"must be one of {known}, not {bit!r}")
            elif field != "key_usage" and bit in profile.key_usage:
                yield FieldError(
                    field, "profile.key_usage", f"must not contain {bit}, which key_usage already contains"
                )
    for name in profile.key_types:
        if name in KEY_TYPES and not profile.key_usage_of(name):
            message = f"must contain at least one bit, also for {name} (RFC 5280 §4.2.1.3)"
            yield FieldError("key_usage", "profile.key_usage", message)
    every = {bit for bits in fields.values() for bit in bits}
    if profile.is_ca() and "keyCertSign" not in profile.key_usage:
        yield FieldError("key_usage", "profile.key_usage", "must contain keyCertSign for a CA (RFC 5280 §4.2.1.9)")
    if not profile.is_ca() and CA_BITS & every:
        message = "must not contain keyCertSign or cRLSign, which are for CAs (RFC 5280 §4.2.1.9)"
        yield FieldError("key_usage", "profile.key_usage", message)
    yield from _usage_by_family(profile)


def _usage_by_family(profile: ProfileContents) -> Iterator[FieldError]:
    families = {KEY_TYPES[name].family for name in profile.key_types if name in KEY_TYPES}
    agreed = "keyAgreement" in profile.key_usage
    if KeyFamily.ML_KEM in families and profile.key_usage != ("keyEncipherment",):
        message = "must contain keyEncipherment and nothing else for ML-KEM keys (RFC 9935 §5)"
        yield FieldError("key_usage", "profile.key_usage", message)
    if families - {KeyFamily.RSA, KeyFamily.ML_KEM} and ENCIPHER_BITS & set(profile.key_usage):
        message = "must not contain encipherment bits for all keys; use key_usage_rsa (RFC 3279 §2.3.1, RFC 5480 §3)"
        yield FieldError("key_usage", "profile.key_usage", message)
    if ENCIPHER_BITS & set(profile.key_usage_ec):
        yield FieldError(
            "key_usage_ec", "profile.key_usage", "must not contain encipherment bits for EC keys (RFC 5480 §3)"
        )
    if families - {KeyFamily.EC} and agreed:
        message = "must not contain keyAgreement for all keys; use key_usage_ec (RFC 3279 §2.3.1, RFC 8410 §5)"
        yield FieldError("key_usage", "profile.key_usage", message)
    if "keyAgreement" in profile.key_usage_rsa:
        yield FieldError(
            "key_usage_rsa", "profile.key_usage", "must not contain keyAgreement for RSA keys (RFC 3279 §2.3.1)"
        )
    only = {"encipherOnly", "decipherOnly"}
    if only & {*profile.key_usage, *profile.key_usage_rsa} and not agreed:
        message = "must contain keyAgreement for encipherOnly and decipherOnly (RFC 5280 §4.2.1.3)"
        yield FieldError("key_usage", "profile.key_usage", message)
    if only & set(profile.key_usage_ec) and not agreed and "keyAgreement" not in profile.key_usage_ec:
        message = "must contain keyAgreement for encipherOnly and decipherOnly (RFC 5280 §4.2.1.3)"
        yield FieldError("key_usage_ec", "profile.key_usage", message)


def _extended_usage(profile: ProfileContents) -> Iterator[FieldError]:
    purposes = profile.extended_key_usage
    yield from _oids("extended_key_usage", "profile.eku", purposes)
    if not purposes and not profile.is_ca():
        message = (
            "must contain at least one purpose; a certificate without a purpose is valid for all (RFC 5280 §4.2.1.12)"
        )
        yield FieldError("extended_key_usage", "profile.eku", message)
    if ANY_EXTENDED_KEY_USAGE in purposes:
        yield FieldError(
            "extended_key_usage",
            "profile.eku",
            "must not contain anyExtendedKeyUsage, which allows every purpose; list the purposes",
        )
    responder = profile.kind is ProfileKind.OCSP_RESPONDER
    if responder and purposes != (OCSP_SIGNING,):
        message = "must be exactly OCSPSigning for an OCSP responder (RFC 6960 §4.2.2.2)"
        yield FieldError("extended_key_usage", "profile.eku", message)
    if not responder and OCSP_SIGNING in purposes:
        message = (
            "must not contain OCSPSigning, which allows its holder to sign the status of all certificates of the CA"
        )
        yield FieldError("extended_key_usage", "profile.eku", f"{message} (RFC 6960 §4.2.2.2)")
    if TIME_STAMPING in purposes and not profile.is_ca():
        if len(purposes) > 1:
            yield FieldError(
                "extended_key_usage", "profile.eku", "must contain no other purpose beside timeStamping (RFC 3161 §2.3)"
            )
        if Criticality.EXTENDED_KEY_USAGE not in profile.critical:
            message = "must contain extendedKeyUsage for timeStamping (RFC 3161 §2.3)"
            yield FieldError("critical", "profile.critical", message)
    if profile.public_tls and SERVER_AUTH not in purposes:
        yield FieldError("public_tls", "profile.public_tls", "requires serverAuth in extended_key_usage")


def _extensions(profile: ProfileContents) -> Iterator[FieldError]:
    if Criticality.EXTENDED_KEY_USAGE in profile.critical and not profile.extended_key_usage:
        yield FieldError(
            "critical", "profile.critical", "cannot contain extendedKeyUsage, because extended_key_usage is empty"
        )
    if Criticality.CERTIFICATE_POLICIES in profile.critical and not profile.policies:
        yield FieldError(
            "critical", "profile.critical", "cannot contain certificatePolicies, because policies is empty"
        )
    yield from (FieldError("policies", "profile.policy", fault) for fault in find_policy_faults(profile.policies))
    yield from _oids("requestable_extensions", "profile.requestable", profile.requestable_extensions)
    if profile.extensions and profile.kind is not ProfileKind.END_ENTITY:
        yield FieldError("extensions", "profile.extension", "can be set only for end entities")
    yield from find_extension_faults(profile.extensions)


def find_policy_faults(policies: Sequence[PolicyInformation]) -> Iterator[str]:
    """Yield the message of every error in a list of certificate policies, of a profile or a CA."""
    identifiers = [policy.oid for policy in policies]
    yield from (f"{oid!r} is not a dotted OID" for oid in identifiers if not is_dotted_oid(oid))
    if len(set(identifiers)) != len(identifiers):
        yield "must not contain a policy twice (RFC 5280 §4.2.1.4)"
    for policy in policies:
        if policy.cps is not None and (len(policy.cps) > _MAX_CPS or not _CPS.fullmatch(policy.cps)):
            yield f"must have an HTTP or HTTPS URL in ASCII as CPS, not {policy.cps!r}"


def _oids(field: str, rule: str, values: Iterable[str]) -> Iterator[FieldError]:
    for oid in values:
        if not is_dotted_oid(oid):
            yield FieldError(field, rule, f"must be a dotted OID, not {oid!r}")


def _status(profile: ProfileContents) -> Iterator[FieldError]:
    """Yield errors of the fields about publishing certificate status, such as CRL and OCSP URLs."""
    pointers = {"include_crl_url": profile.include_crl_url, "include_ocsp_url": profile.include_ocsp_url}
    given = [field for field, pointer in pointers.items() if pointer]
    if profile.ocsp_nocheck and profile.kind is not ProfileKind.OCSP_RESPONDER:
        yield FieldError("ocsp_nocheck", "profile.kind", "can be set only for OCSP responders (RFC 6960 §4.2.2.2.1)")
    if profile.kind is ProfileKind.ROOT:
        for field in given:
            message = "must be false for a root CA, whose own status is not checked (RFC 5280 §6.1)"
            yield FieldError(field, "profile.kind", message)
    if not profile.no_rev_avail:
        return
    if profile.is_ca():
        yield FieldError("no_rev_avail", "profile.kind", "can be set only for end entities (RFC 9608 §2)")
    for field in given:
        yield FieldError(field, "profile.no_rev_avail", "cannot be set together with no_rev_avail (RFC 9608 §3)")


def _kind(profile: ProfileContents) -> Iterator[FieldError]:
    if profile.path_length is None:
        return
    if not profile.is_ca():
        yield FieldError("path_length", "profile.kind", "can be set only for CAs (RFC 5280 §4.2.1.9)")
    if not 0 <= profile.path_length <= MAX_PATH_LENGTH:
        yield FieldError("path_length", "profile.kind", f"must be 0 to {MAX_PATH_LENGTH} (RFC 5280 §4.2.1.9)")


_CHECKS = (_naming, _keys, _subject, _fixed, _sans, _validity, _usage, _extended_usage, _extensions, _status, _kind)
