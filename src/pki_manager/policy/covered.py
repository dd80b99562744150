"""The names of a certificate that a grant limited by names must cover, the same for all certificates.

These are each alternative name and everything in the subject. A common name counts as the host name, IP address, or
mailbox that clients can read it as. No grant covers any other subject attribute, unless the profile sets it, and none
covers a value of a custom extension that the requester set.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.names import AlternativeName, DistinguishedName, NameAttribute, NameKind
from pki_manager.domain.profiles.extensions import FIELD, FieldValue
from pki_manager.policy import constraints, names
from pki_manager.policy.access import Target


def build_target(
    *,
    ca: UUID,
    profile: str,
    owner: str | None,
    team: UUID | None,
    subject: DistinguishedName,
    sans: tuple[AlternativeName, ...],
    fixed: Collection[NameAttribute],
    fields: Iterable[FieldValue] = (),
) -> Target:
    """Return the access target of a certificate.

    `fixed` are the subject attributes that its profile sets, and `fields` the values of custom extensions that the
    requester set.
    """
    found: list[AlternativeName] = list(sans)
    claims = list_field_claims(fields)
    for attribute in subject.attributes():
        if attribute in fixed or _repeats(attribute, sans):
            continue
        name = _read(attribute.value) if attribute.type == "CN" else None
        if name is None:
            claims.append(attribute)
        else:
            found.append(name)
    return Target(
        ca=ca,
        profile=profile,
        owner=owner,
        team=team,
        names=tuple(dict.fromkeys(found)),
        claims=tuple(dict.fromkeys(claims)),
    )


def list_field_claims(fields: Iterable[FieldValue]) -> list[NameAttribute]:
    """Return the values of request fields as claims, beside subject attributes. Both are unverified."""
    return [NameAttribute(f"{FIELD}{one.name}", one.value) for one in fields]


_REPEATING = {"CN": frozenset(NameKind) - {NameKind.OTHER}, "emailAddress": frozenset({NameKind.EMAIL})}
"""Attribute types whose value can repeat an alternative name of these kinds. The check of that name then covers it."""


def _repeats(attribute: NameAttribute, sans: tuple[AlternativeName, ...]) -> bool:
    kinds = _REPEATING.get(attribute.type, frozenset())
    return any(name.kind in kinds and _as_name(name.kind, attribute.value) == name for name in sans)


def _read(common_name: str) -> AlternativeName | None:
    """Return the name that clients can read a common name as: an IP address, a mailbox, or a host; else None."""
    if names.is_address(common_name):
        return _as_name(NameKind.IP, common_name)
    if "@" in common_name:
        mailbox = _as_name(NameKind.EMAIL, common_name)
        return mailbox if mailbox is not None and names.find_email_fault(mailbox.value) is None else None
    return constraints.parse_host(common_name)


def _as_name(kind: NameKind, value: str) -> AlternativeName | None:
    try:
        return AlternativeName.of(kind, value)
    except InvalidInput:
        return None
