"""The API reference: one HTML page, rendered from the OpenAPI document, without scripts and without other files."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
:root { color-scheme: light dark; }
h2 { margin-top: 3rem; border-top: 1px solid; padding-top: 1rem; overflow-wrap: anywhere; }
pre { overflow-x: auto; border: 1px solid; padding: .5rem; }
table { border-collapse: collapse; }
th, td { border: 1px solid; padding: .25rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode("ascii")

POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Content security policy of the page: only the style of the page itself is allowed."""

_CODE = re.compile(r"`([^`]+)`")
_FIRST_ERROR = "400"


def render_reference(document: Mapping[str, Any]) -> str:
    """Return the API reference as HTML. Each operation has its ID as an anchor."""
    prefix = document["servers"][0]["url"]
    operations = [
        (f"{method.upper()} {prefix}{path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    title = escape(f"{document['info']['title']} {document['info']['version']}: API reference")
    parts = [
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>',
        f"<h1>{title}</h1>",
        f'<p>For programs: the <a href="{prefix}/openapi.json">OpenAPI document</a>, which also has the schemas.</p>',
        '<nav aria-label="Operations"><ul>',
        *(f'<li><a href="#{_id(one)}">{escape(request_line)}</a></li>' for request_line, one in operations),
        "</ul></nav><main>",
        *(part for request_line, one in operations for part in _operation(request_line, one)),
        "</main></body></html>",
    ]
    return "\n".join(parts)


def _id(operation: Mapping[str, Any]) -> str:
    return escape(operation["operationId"])


def _operation(request_line: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f'<section><h2 id="{_id(operation)}">{escape(request_line)}</h2>'
    for paragraph in operation.get("description", operation.get("summary", "")).split("\n\n"):
        yield f"<p>{_text(paragraph)}</p>"
    yield f"<p>Permission: <code>{escape(operation['x-permission'])}</code></p>"
    parameters = operation.get("parameters", [])
    if parameters:
        rows = [(one["name"], one["in"], one.get("description", "")) for one in parameters]
        yield _table(("Parameter", "In", "Meaning"), rows)
    for media_type, body in operation.get("requestBody", {}).get("content", {}).items():
        yield from _body("Request body", media_type, body)
    responses = operation["responses"].items()
    for status, response in responses:
        if status < _FIRST_ERROR:
            if not response.get("content"):
                yield f"<h3>Response {status}</h3><p>No content.</p>"
            for media_type, body in response.get("content", {}).items():
                yield from _body(f"Response {status}", media_type, body)
    errors = [(status, one["description"]) for status, one in responses if status >= _FIRST_ERROR]
    yield "<h3>Errors</h3>" + _table(("Status", "Codes"), errors) + "</section>"


def _body(heading: str, media_type: str, body: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h3>{heading}, <code>{escape(media_type)}</code></h3>"
    if "example" not in body:
        yield "<p>Binary file.</p>"
        return
    example = body["example"]
    shown = example if isinstance(example, str) else json.dumps(example, indent=2, ensure_ascii=False)
    yield f'<pre tabindex="0">{escape(shown)}</pre>'


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    header = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    lines = ("".join(f"<td>{_text(cell)}</td>" for cell in row) for row in rows)
    return f"<table><tr>{header}</tr>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


def _text(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text))
