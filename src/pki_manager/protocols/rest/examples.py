"""Examples in the OpenAPI document for each request and response body, generated from its schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pki_manager.protocols.rest import example_values
from pki_manager.protocols.rest.example_values import FILES, OPTIONAL, VALUES
from pki_manager.protocols.rest.problems import MEDIA_TYPE

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "null": (type(None),),
}
_FORMATS: Mapping[str, Callable[[str], object]] = {"uuid": UUID, "date-time": datetime.fromisoformat}


def add_examples(document: dict[str, Any], titles: Mapping[str, str]) -> None:
    """Add an example to every JSON or text body. `titles` are the titles of errors by code."""
    maker = _Maker(document["components"]["schemas"])
    for methods in document["paths"].values():
        for operation in methods.values():
            name = operation["operationId"]
            for media_type, body in operation.get("requestBody", {}).get("content", {}).items():
                body.update(maker.example(media_type, body["schema"], OPTIONAL.get(name, ())))
            for status, response in operation["responses"].items():
                for media_type, body in response.get("content", {}).items():
                    if media_type == MEDIA_TYPE:
                        body["example"] = _problem(int(status), response["description"], titles)
                    else:
                        body.update(maker.example(media_type, body["schema"], None))


def _problem(status: int, description: str, titles: Mapping[str, str]) -> dict[str, Any]:
    code = description.partition("`: ")[0].lstrip("`")
    return {
        "type": f"urn:pki-manager:problem:{code}",
        "title": titles[code],
        "status": status,
        "detail": f"{titles[code]}.",
        "code": code,
        "errors": [],
        "request_id": example_values.UUID,
    }


class _Maker:
    """Generator of example values that fit schemas."""

    def __init__(self, schemas: Mapping[str, Any]) -> None:
        self._schemas = schemas
        self._within: list[str | None] = []

    def example(self, media_type: str, schema: Mapping[str, Any], optional: Collection[str] | None) -> dict[str, Any]:
        """Return `{"example": …}`, empty for a binary file. `optional`: optional members to include, None for all."""
        if schema.get("format") == "binary":
            return {}
        if schema.get("type") == "string":
            return {"example": FILES[media_type]}
        return {"example": self._object(self._resolved(schema), optional)}

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            schema = self._schemas[schema["$ref"].rpartition("/")[2]]
        return schema

    def _object(self, schema: Mapping[str, Any], optional: Collection[str] | None) -> object:
        union = [one for one in self._options(schema) if "properties" in one]
        chosen = union[0] if union else schema
        properties = chosen.get("properties", {})
        included = {*chosen.get("required", ()), *(properties if optional is None else optional)}
        title = chosen.get("title", "")
        return {
            name: self._value(name, one, optional, VALUES.get(f"{title}.{name}", VALUES.get(name, ())))
            for name, one in properties.items()
            if name in included
        }

    def _options(self, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Yield the alternatives of a union schema, or the schema itself if it is not a union."""
        resolved = self._resolved(schema)
        options = resolved.get("anyOf", resolved.get("oneOf"))
        if options is None:
            yield resolved
        else:
            for one in options:
                yield from self._options(one)

    def _value(
        self, name: str, schema: Mapping[str, Any], optional: Collection[str] | None, candidates: Iterable[Any]
    ) -> object:
        options = list(self._options(schema))
        for candidate in candidates:
            if any(_fits(candidate, one) for one in options):
                return candidate
        is_nullable = any(one.get("type") == "null" for one in options)
        if is_nullable and not any("items" in one or "enum" in one for one in options):
            return None
        return self._made(name, options[0], optional, candidates)

    def _made(
        self, name: str, schema: Mapping[str, Any], optional: Collection[str] | None, candidates: Iterable[Any]
    ) -> object:
        for fixed in ("const", "default"):
            if fixed in schema:
                return schema[fixed]
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type")
        if kind == "array":
            return self._items(name, schema["items"], optional, candidates)
        if kind == "object":
            return self._object(schema, optional if optional is None else ())
        if kind == "string":
            return _string(name, schema)
        return {"integer": int(schema.get("minimum", 1)), "number": 1.5, "boolean": False}.get(str(kind))

    def _items(
        self, name: str, items: Mapping[str, Any], optional: Collection[str] | None, candidates: Iterable[Any]
    ) -> list[Any]:
        kind = items.get("$ref")
        if name in _EMPTY or (kind is not None and kind in self._within):
            return []
        self._within.append(kind)
        made = [self._value(name, items, optional, candidates)]
        self._within.pop()
        return made


_EMPTY = frozenset({"warnings"})
"""Names of lists that are usually empty, and therefore also in examples."""


def _string(name: str, schema: Mapping[str, Any]) -> str:
    by_format = {"uuid": example_values.UUID, "date-time": example_values.TIME}.get(schema.get("format", ""))
    if by_format is None:
        raise LookupError(f"The member {name} needs a value in the table of example values.")
    return by_format


def _fits(value: object, schema: Mapping[str, Any]) -> bool:
    if not isinstance(value, _TYPES.get(schema.get("type", ""), ())):
        return False
    if value not in schema.get("enum", [schema.get("const", value)]):
        return False
    return not isinstance(value, str) or _is_of_form(value, schema)


def _is_of_form(value: str, schema: Mapping[str, Any]) -> bool:
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        return False
    if re.search(schema.get("pattern", ""), value) is None:
        return False
    parse = _FORMATS.get(schema.get("format", ""))
    try:
        return parse is None or bool(parse(value))
    except ValueError:
        return False
