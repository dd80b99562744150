"""Rules for subjects: permitted attributes, their values, and the source of the common name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.names import (
    ATTRIBUTE_BOUNDS,
    AlternativeName,
    DistinguishedName,
    NameAttribute,
    NameKind,
)
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.profiles.terms import CommonName, SubjectRule, UnlistedHandling
from pki_manager.policy import names
from pki_manager.policy.characters import find_hidden
from pki_manager.policy.names import Fault
from pki_manager.policy.reasons import Findings

_COUNTRY = re.compile(r"[A-Z]{2}")
_PRINTABLE = re.compile(r"[A-Za-z0-9 '()+,./:=?-]+")
_REPEATABLE = frozenset({"OU", "DC", "STREET"})


def drop_fixed(subject: DistinguishedName, rule: SubjectRule, findings: Findings) -> DistinguishedName:
    """Return the subject without the attributes that the profile sets. Other requested values are noted or refused."""
    if not rule.fixed:
        return subject
    types = {attribute.type for attribute in rule.fixed}
    other = tuple(dict.fromkeys(a.type for a in subject.attributes() if a.type in types and a not in rule.fixed))
    if other and rule.unlisted_attributes is UnlistedHandling.REFUSE:
        findings.refuse(
            "subject", "subject.fixed", f"must not contain {', '.join(other)} with another value than the profile sets"
        )
    elif other:
        findings.note(f"set by the profile, not as requested: {', '.join(other)}")
    return _without(subject, types)


def add_fixed(subject: DistinguishedName, rule: SubjectRule) -> DistinguishedName:
    """Return the subject with the attributes that the profile sets in front."""
    if not rule.fixed:
        return subject
    return DistinguishedName((*((attribute,) for attribute in rule.fixed), *subject.rdns))


def remove_unlisted(subject: DistinguishedName, rule: SubjectRule, findings: Findings) -> DistinguishedName:
    """Return the subject without the attributes that are not listed. They are dropped with a note, or refused."""
    unlisted = tuple(dict.fromkeys(a.type for a in subject.attributes() if a.type not in rule.attributes))
    if not unlisted:
        return subject
    names = ", ".join(unlisted)
    if rule.unlisted_attributes is UnlistedHandling.REFUSE:
        findings.refuse("subject", "subject.attribute", f"must not contain {names}, which the profile does not allow")
    else:
        findings.note(f"left out of the subject: {names}")
    return _without(subject, unlisted)


def _without(subject: DistinguishedName, types: Collection[str]) -> DistinguishedName:
    rdns = (tuple(a for a in rdn if a.type not in types) for rdn in subject.rdns)
    return DistinguishedName(tuple(rdn for rdn in rdns if rdn))


def derive_sans(subject: DistinguishedName, profile: Profile, findings: Findings) -> tuple[AlternativeName, ...]:
    """Return the alternative name for a single common name that is a host or an address; else an empty tuple.

    This applies to profiles whose common name comes from the alternative names. Old tools write the host only into the
    CN, which clients no longer read (RFC 6125 §6.4.4).
    """
    values = subject.values("CN")
    if profile.subject.common_name is not CommonName.FROM_SANS or len(values) != 1:
        return ()
    for kind, fault in ((NameKind.IP, names.find_ip_fault), (NameKind.DNS, names.find_dns_fault)):
        name = _as_name(kind, values[0])
        if kind in profile.sans.kinds and name is not None and fault(name.value) is None:
            findings.note(f"the alternative name {name} was taken from the common name")
            return (name,)
    return ()


def judge_subject(
    subject: DistinguishedName, sans: tuple[AlternativeName, ...], profile: Profile, findings: Findings
) -> DistinguishedName:
    """Check each attribute, and return the subject of the certificate.

    If the profile takes the CN from the alternative names, the CN gets the spelling of the one that it repeats.
    """
    for attribute in subject.attributes():
        _judge_value(attribute, findings)
    for kind in dict.fromkeys(a.type for a in subject.attributes()):
        if kind not in _REPEATABLE and len(subject.values(kind)) > 1:
            findings.refuse("subject", "subject.repeated", f"must contain {kind} only once")
    for kind in profile.subject.required:
        if not subject.values(kind):
            findings.refuse("subject", "subject.required", f"must contain {kind}")
    if not sans and not profile.is_ca() and not subject.values("CN"):
        findings.refuse("subject", "subject.empty", "must contain a common name, or an alternative name must be set")
    if profile.is_ca() and subject.is_empty():
        findings.refuse("subject", "subject.empty", "must not be empty for a CA")
    if profile.subject.common_name is CommonName.FROM_SANS:
        return _common_name_from_sans(subject, sans, findings)
    return subject


def judge_required(profile: Profile, findings: Findings) -> None:
    """Refuse a profile that requires attributes other than CN that it does not set itself.

    A request with only a common name cannot contain them.
    """
    brought = {"CN", *(attribute.type for attribute in profile.subject.fixed)}
    for kind in profile.subject.required:
        if kind not in brought:
            findings.refuse("subject", "subject.required", f"must contain {kind}, which the profile does not set")


def _judge_value(attribute: NameAttribute, findings: Findings) -> None:
    kind, value = attribute.type, attribute.value
    bound = ATTRIBUTE_BOUNDS.get(kind)
    if bound is None:
        findings.refuse("subject", "subject.attribute", f"must contain only supported attributes; {kind} is not")
        return
    if not value or len(value) > bound:
        findings.refuse("subject", "subject.length", f"must have 1 to {bound} characters in {kind}")
        return
    hidden = find_hidden(value)
    if hidden or value != value.strip():
        what = ", ".join(hidden) or "a space at an end"
        findings.refuse("subject", "subject.characters", f"must not contain {what}: the attribute {kind} is {value!r}")
    elif not unicodedata.is_normalized("NFC", value):
        findings.refuse("subject", "subject.normal_form", f"must be in Unicode NFC in {kind}, {value!r}")
    elif kind in _SHAPES and (fault := _SHAPES[kind](value)):
        findings.refuse("subject", fault[0], f"has an invalid {kind}, {value!r}: {fault[1]}")


def _country_fault(value: str) -> Fault | None:
    return None if _COUNTRY.fullmatch(value) else ("subject.country", "is not two upper-case letters")


def _printable_fault(value: str) -> Fault | None:
    return None if _PRINTABLE.fullmatch(value) else ("subject.printable", "is not printable ASCII")


def _domain_component_fault(value: str) -> Fault | None:
    if "." in value:
        return "subject.domain_component", "must be exactly one label"
    # A number is a valid label (`DC=1234,DC=example`): only whole names are checked for the form of an IP address.
    fault = names.find_label_fault(value.lower())
    return ("subject.domain_component", fault[1]) if fault else None


_SHAPES: dict[str, Callable[[str], Fault | None]] = {
    "C": _country_fault,
    "serialNumber": _printable_fault,
    "dnQualifier": _printable_fault,
    "DC": _domain_component_fault,
    "emailAddress": names.find_email_fault,
}


def _common_name_from_sans(
    subject: DistinguishedName, sans: tuple[AlternativeName, ...], findings: Findings
) -> DistinguishedName:
    spelled: dict[str, str] = {}
    for value in subject.values("CN"):
        found = next((name.value for name in sans if _as_name(name.kind, value) == name), None)
        if found is None:
            findings.refuse(
                "subject",
                "subject.common_name",
                f"must have a CN that is one of the alternative names; {value!r} is not",
            )
        elif found != value:
            spelled[value] = found
    if not spelled:
        return subject
    return DistinguishedName(
        tuple(
            tuple(NameAttribute(a.type, spelled.get(a.value, a.value)) if a.type == "CN" else a for a in rdn)
            for rdn in subject.rdns
        )
    )


def _as_name(kind: NameKind, value: str) -> AlternativeName | None:
    try:
        return AlternativeName.of(kind, value)
    except InvalidInput:
        return None
