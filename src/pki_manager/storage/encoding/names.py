"""Distinguished names, alternative names, name constraints, and certificate policies as JSON text."""

from __future__ import annotations

import json
from collections.abc import Iterable

from pki_manager.domain.names import (
    AlternativeName,
    DistinguishedName,
    NameAttribute,
    NameConstraints,
    NameKind,
)
from pki_manager.domain.profiles.terms import PolicyInformation

_COMPACT = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


def dump(value: object) -> str:
    """Return compact JSON text."""
    return _COMPACT.encode(value)


def subject_to_json(name: DistinguishedName) -> str:
    """Return a distinguished name as JSON text."""
    return dump(_rdns(name))


def subject_from_json(text: str) -> DistinguishedName:
    """Read a distinguished name from JSON text."""
    return _name(json.loads(text))


def sans_to_json(names: Iterable[AlternativeName]) -> str:
    """Return alternative names as JSON text."""
    return dump(_pairs(names))


def sans_from_json(text: str) -> tuple[AlternativeName, ...]:
    """Read alternative names from JSON text."""
    return _names(json.loads(text))


def constraints_to_json(constraints: NameConstraints) -> str:
    """Return name constraints as JSON text."""
    value: dict[str, object] = {
        "permitted": _pairs(constraints.permitted),
        "excluded": _pairs(constraints.excluded),
    }
    if constraints.permitted_directories:
        value["permitted_directories"] = [_rdns(base) for base in constraints.permitted_directories]
    if constraints.excluded_directories:
        value["excluded_directories"] = [_rdns(base) for base in constraints.excluded_directories]
    return dump(value)


def constraints_from_json(text: str) -> NameConstraints:
    """Read name constraints from JSON text."""
    value = json.loads(text)
    return NameConstraints(
        _names(value["permitted"]),
        _names(value["excluded"]),
        tuple(_name(rdns) for rdns in value.get("permitted_directories", ())),
        tuple(_name(rdns) for rdns in value.get("excluded_directories", ())),
    )


def policies_to_json(policies: Iterable[PolicyInformation]) -> str | None:
    """Return certificate policies as JSON text, or None if there are none."""
    return dump([[policy.oid, policy.cps] for policy in policies]) if policies else None


def policies_from_json(text: str | None) -> tuple[PolicyInformation, ...]:
    """Read certificate policies from JSON text. None means that there are none."""
    return tuple(PolicyInformation(oid, cps) for oid, cps in json.loads(text)) if text else ()


def _rdns(name: DistinguishedName) -> list[list[list[str]]]:
    return [[[attribute.type, attribute.value] for attribute in rdn] for rdn in name.rdns]


def _name(rdns: list[list[list[str]]]) -> DistinguishedName:
    return DistinguishedName(tuple(tuple(NameAttribute(kind, value) for kind, value in rdn) for rdn in rdns))


def _pairs(names: Iterable[AlternativeName]) -> list[list[str]]:
    return [[name.kind.value, name.value] for name in names]


def _names(pairs: list[list[str]]) -> tuple[AlternativeName, ...]:
    return tuple(AlternativeName(NameKind(kind), value) for kind, value in pairs)
