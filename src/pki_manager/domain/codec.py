"""Codecs that read JSON values strictly into domain values. Each has a JSON Schema (2020-12) of these values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass, replace
from enum import StrEnum
from typing import Any, TypeAlias

from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import FieldError, InvalidInput
from pki_manager.domain.names import AlternativeName

Schema: TypeAlias = dict[str, Any]

MAX_TEXT = 1000


@dataclass(frozen=True, slots=True)
class Codec:
    """A reader of JSON values. `decode` takes a value and its dotted field name.

    It returns a domain value or raises InvalidInput with the fields. `schema` describes the accepted values.
    """

    decode: Callable[[object, str], Any]
    schema: Schema

    def says(self, meaning: str, **schema: object) -> Codec:
        """Return the same codec with a description and further keywords in its schema."""
        return replace(self, schema={**self.schema, **schema, "description": meaning})


def text(maximum: int = MAX_TEXT, **schema: object) -> Codec:
    """Return a codec of text up to `maximum` characters. It raises InvalidInput for any other value."""

    def decode(value: object, at: str) -> str:
        if not isinstance(value, str):
            raise InvalidInput.of(at, "form.text", "must be text")
        if len(value) > maximum:
            raise InvalidInput.of(at, "form.length", f"must have at most {maximum} characters")
        return value

    return Codec(decode, {"type": "string", "maxLength": maximum, **schema})


def flag() -> Codec:
    """Return a codec of true and false. It raises InvalidInput for any other value."""

    def decode(value: object, at: str) -> bool:
        if not isinstance(value, bool):
            raise InvalidInput.of(at, "form.flag", "must be true or false")
        return value

    return Codec(decode, {"type": "boolean"})


def integer(minimum: int, maximum: int) -> Codec:
    """Return a codec of whole numbers. It raises InvalidInput for any other value. The caller checks the bounds."""

    def decode(value: object, at: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise InvalidInput.of(at, "form.integer", "must be a whole number")
        return value

    return Codec(decode, {"type": "integer", "minimum": minimum, "maximum": maximum})


def parsed(read: Callable[[str, str], Any], **schema: object) -> Codec:
    """Return a codec of text that `read(text, field)` converts."""
    plain = text()
    return Codec(lambda value, at: read(plain.decode(value, at), at), {**plain.schema, **schema})


def duration() -> Codec:
    """Return a codec of ISO 8601 durations."""
    return parsed(Duration.parse, pattern="^P")


def choice(options: type[StrEnum]) -> Codec:
    """Return a codec of the values of an enumeration. It raises InvalidInput for any other value."""

    def read(value: str, at: str) -> StrEnum:
        try:
            return options(value)
        except ValueError:
            known = ", ".join(options)
            raise InvalidInput.of(at, "form.choice", f"must be one of {known}, not {value!r}") from None

    return parsed(read, enum=[option.value for option in options])


def optional(codec: Codec) -> Codec:
    """Return a codec that also accepts null."""
    return Codec(
        lambda value, at: None if value is None else codec.decode(value, at),
        {"anyOf": [codec.schema, {"type": "null"}]},
    )


def items(codec: Codec, maximum: int) -> Codec:
    """Return a codec that reads a list without repeats as a tuple.

    It names the entries `field.0`, `field.1`. It raises InvalidInput for a repeat, more than `maximum` entries, or any
    other value.
    """

    def decode(value: object, at: str) -> tuple[object, ...]:
        if not isinstance(value, (list, tuple)):
            raise InvalidInput.of(at, "form.list", "must be a list")
        if len(value) > maximum:
            raise InvalidInput.of(at, "form.length", f"must have at most {maximum} entries")
        found = tuple(_all([(codec, item, f"{at}.{position}") for position, item in enumerate(value)]))
        if len(set(found)) != len(found):
            raise InvalidInput.of(at, "form.repeated", "contains a value twice")
        return found

    return Codec(decode, {"type": "array", "items": codec.schema, "maxItems": maximum, "uniqueItems": True})


def record(cls: type[Any], codecs: Mapping[str, Codec], renamed: Mapping[str, str] | None = None) -> Codec:
    """Return a codec that reads JSON objects as instances of a dataclass.

    Fields without a default are required, and unknown fields are refused. `renamed` are former names of fields; they
    are refused with the current name. It raises InvalidInput with all of the errors.
    """
    known: dict[str, Field[Any]] = {field.name: field for field in fields(cls)}
    required = [name for name in codecs if known[name].default is MISSING]

    def decode(value: object, at: str) -> Any:  # noqa: ANN401 - an instance of `cls`
        if not isinstance(value, Mapping):
            raise InvalidInput.of(at or "body", "form.object", "must be an object")
        prefix = f"{at}." if at else ""
        errors = [_unknown(f"{prefix}{key}", (renamed or {}).get(key)) for key in value.keys() - codecs.keys()]
        errors += [FieldError(f"{prefix}{key}", "form.missing", "is required") for key in required if key not in value]
        given = [name for name in codecs if name in value]
        found = _all([(codecs[name], value[name], f"{prefix}{name}") for name in given], errors)
        return cls(**dict(zip(given, found, strict=True)))

    properties = {name: _with_default(codec.schema, known[name].default) for name, codec in codecs.items()}
    schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return Codec(decode, schema)


def _unknown(at: str, current: str | None) -> FieldError:
    if current is None:
        return FieldError(at, "form.unknown", "is not a known field")
    return FieldError(at, "form.renamed", f"is the former name of the field `{current}`; use that name")


def _with_default(schema: Schema, default: object) -> Schema:
    """Return the schema with the default. A default of None is left out: omitting the field always means None."""
    return schema if default is MISSING or default is None else {**schema, "default": encode(default)}


def _all(steps: Iterable[tuple[Codec, object, str]], errors: Iterable[FieldError] = ()) -> list[Any]:
    """Return what each codec reads from its value.

    Raises InvalidInput, with `errors` and the errors of all codecs, if there are any.
    """
    faults = list(errors)
    found = []
    for codec, value, at in steps:
        try:
            found.append(codec.decode(value, at))
        except InvalidInput as error:
            faults += error.errors
    if faults:
        ordered = tuple(sorted(faults, key=lambda fault: fault.field))
        raise InvalidInput("; ".join(f"{fault.field}: {fault.message}" for fault in ordered), errors=ordered)
    return found


def encode(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a domain value as the JSON value that the codecs read.

    Enumerations become their values, durations and names text, tuples lists, and dataclasses objects.
    """
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, (Duration, AlternativeName)):
        return str(value)
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    if is_dataclass(value):
        return {field.name: encode(getattr(value, field.name)) for field in fields(value)}
    return value
