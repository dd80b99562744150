"""The OpenAPI 3.1 document: FastAPI's document with the problem schema and the security schemes."""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from pki_manager.authority.kernel.access import PUBLIC
from pki_manager.protocols.rest.browser import COOKIE, CSRF_HEADER
from pki_manager.protocols.rest.examples import add_examples
from pki_manager.protocols.rest.problems import STATUS

_PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457 problem document",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "errors", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable error code for programs"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldError"}},
        "request_id": {"type": "string"},
    },
}

_FIELD_ERROR: dict[str, Any] = {
    "title": "FieldError",
    "type": "object",
    "required": ["field", "rule", "message"],
    "properties": {
        "field": {
            "type": "string",
            "description": "Name of the field, dotted if nested, for example `validity.not_after`",
        },
        "rule": {"type": "string", "description": "Stable identifier of the rule"},
        "message": {"type": "string"},
    },
}


_SUFFIX = "Response"


def _without_suffix(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with schema names as clients see them: `UserResponse` in the code becomes `User`."""
    schemas: dict[str, Any] = document.get("components", {}).get("schemas", {})
    names = {name: name.removesuffix(_SUFFIX) for name in schemas}
    if len(set(names.values())) < len(names):
        raise ValueError("Two schemas of the OpenAPI document have the same name.")
    text = json.dumps(document)
    for name, short in names.items():
        text = text.replace(f'"#/components/schemas/{name}"', f'"#/components/schemas/{short}"')
    renamed: dict[str, Any] = json.loads(text)
    for name, short in names.items():
        schema = renamed["components"]["schemas"].pop(name)
        if schema.get("title") == name:
            schema["title"] = short
        renamed["components"]["schemas"][short] = schema
    return renamed


def describe(app: FastAPI, prefix: str) -> dict[str, Any]:
    """Return the OpenAPI document of an application that is mounted at `prefix`."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        routes=app.routes,
        servers=[{"url": prefix}],
        summary="Manage a private CA",
    )
    document = _without_suffix(document)
    components = document.setdefault("components", {})
    components.setdefault("schemas", {}).update(Problem=_PROBLEM, FieldError=_FIELD_ERROR)
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": COOKIE,
            "description": "Over TLS with the prefix `__Host-`. "
            f"Requests that change something require the header {CSRF_HEADER}",
        },
    }
    document["security"] = [{"bearer": []}, {"session": []}]
    for operations in document["paths"].values():
        for declared in operations.values():
            if declared["x-permission"] in PUBLIC:
                declared["security"] = []
    add_examples(document, {kind.code: kind.title for kind in STATUS})
    return document
