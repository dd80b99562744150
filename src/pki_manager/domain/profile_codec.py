"""Profiles as JSON: how they are stored, answered and read from files.

The form has the field names of `Profile`; durations are ISO 8601 text, enumerations their values, tuples lists. Fields
with a default may be left out; unknown fields and values are refused, never ignored or guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from enum import StrEnum
from typing import Any, TypeAlias

from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import FieldError, InvalidInput
from pki_manager.domain.names import NameKind
from pki_manager.domain.profile import (
    CommonName,
    Excuse,
    LintDepth,
    PastIssuer,
    Profile,
    ProfileKind,
    SanRule,
    SubjectRule,
    Surplus,
    ValidityRule,
)

Decoder: TypeAlias = Callable[[object, str], Any]
"""From a JSON value and its dotted field name to a domain value; InvalidInput naming that field."""


def to_dict(profile: Profile) -> dict[str, object]:
    """The complete JSON-able form: `from_dict(to_dict(p)) == p`."""
    return _record_to_dict(profile)


def from_dict(body: Mapping[str, object]) -> Profile:
    """Read that form; InvalidInput with every fault, each naming its field (`validity.default`)."""
    profile: Profile = _PROFILE(body, "")
    return profile


def _record_to_dict(record: Any) -> dict[str, object]:  # noqa: ANN401 - any of the dataclasses of a profile
    return {field.name: _to_json(getattr(record, field.name)) for field in fields(record)}


def _to_json(value: object) -> object:
    if isinstance(value, Duration):
        return str(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_to_json(item) for item in value]
    if isinstance(value, (SubjectRule, SanRule, ValidityRule, Excuse)):
        return _record_to_dict(value)
    return value


def _record(cls: type[Any], decoders: Mapping[str, Decoder]) -> Decoder:
    """A JSON object as a dataclass: what the class gives no default must be there, what it does not know must not."""
    required = {field.name for field in fields(cls) if field.default is MISSING}

    def decode(value: object, at: str) -> Any:  # noqa: ANN401 - an instance of `cls`
        if not isinstance(value, Mapping):
            raise InvalidInput.of(at or "profile", "profile.form", "must be an object")
        prefix = f"{at}." if at else ""
        errors = [FieldError(f"{prefix}{key}", "profile.unknown", "no such field") for key in value.keys() - decoders]
        errors += [FieldError(f"{prefix}{name}", "profile.missing", "is missing") for name in required - value.keys()]
        known: dict[str, object] = {}
        for name, decoder in decoders.items():
            try:
                if name in value:
                    known[name] = decoder(value[name], f"{prefix}{name}")
            except InvalidInput as error:
                errors += error.errors
        if errors:
            raise _invalid(errors)
        return cls(**known)

    return decode


def _invalid(errors: list[FieldError]) -> InvalidInput:
    found = tuple(sorted(errors, key=lambda error: error.field))
    told = "; ".join(f"{error.field}: {error.message}" for error in found)
    return InvalidInput(f"not a profile: {told}", errors=found)


def _text(value: object, at: str) -> str:
    if not isinstance(value, str):
        raise InvalidInput.of(at, "profile.form", "must be text")
    return value


def _flag(value: object, at: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput.of(at, "profile.form", "must be true or false")
    return value


def _integer(value: object, at: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidInput.of(at, "profile.form", "must be a whole number")
    return value


def _duration(value: object, at: str) -> Duration:
    return Duration.parse(_text(value, at), at)


def _choice(options: type[StrEnum]) -> Decoder:
    def decode(value: object, at: str) -> StrEnum:
        try:
            return options(_text(value, at))
        except ValueError:
            known = ", ".join(options)
            raise InvalidInput.of(at, "profile.choice", f"{value!r} is unknown; known are {known}") from None

    return decode


def _optional(decoder: Decoder) -> Decoder:
    return lambda value, at: None if value is None else decoder(value, at)


def _list(decoder: Decoder) -> Decoder:
    def decode(value: object, at: str) -> tuple[object, ...]:
        if not isinstance(value, (list, tuple)):
            raise InvalidInput.of(at, "profile.form", "must be a list")
        items = tuple(decoder(item, at) for item in value)
        if len(set(items)) != len(items):
            raise InvalidInput.of(at, "profile.repeated", "holds a value twice")
        return items

    return decode


_texts = _list(_text)

_PROFILE = _record(
    Profile,
    {
        "name": _text,
        "version": _integer,
        "kind": _choice(ProfileKind),
        "description": _text,
        "key_types": _texts,
        "subject": _record(
            SubjectRule,
            {
                "attributes": _texts,
                "required": _texts,
                "common_name": _choice(CommonName),
                "surplus": _choice(Surplus),
            },
        ),
        "sans": _record(
            SanRule,
            {"kinds": _list(_choice(NameKind)), "minimum": _integer, "maximum": _integer, "wildcards": _flag},
        ),
        "validity": _record(
            ValidityRule,
            {
                "default": _duration,
                "maximum": _duration,
                "backdate": _optional(_duration),
                "backdate_limit": _duration,
                "future_limit": _duration,
                "past_issuer": _choice(PastIssuer),
            },
        ),
        "key_usage": _texts,
        "key_usage_rsa": _texts,
        "extended_key_usage": _texts,
        "requested_extensions": _choice(Surplus),
        "crl_pointer": _flag,
        "ocsp_pointer": _flag,
        "ocsp_nocheck": _flag,
        "path_length": _optional(_integer),
        "lint": _choice(LintDepth),
        "excuses": _list(_record(Excuse, {"rule": _text, "reason": _text})),
    },
)
