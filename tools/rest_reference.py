"""Write the page about the REST API, from its OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pki_manager.domain.page import MAX_LIMIT
from pki_manager.domain.rights.actor import Reach, Role
from pki_manager.domain.rights.permission import Permission
from pki_manager.policy.roles import BUILTIN
from pki_manager.protocols.rest.app import PREFIX, create_rest
from tools.markdown import code, page, table

EVERY = ("management", "tls", "status")
APPLICATION = ("management", "tls")
STATUS = ("status",)
OUTSIDE = (
    ("GET /healthz", EVERY, "Whether the process runs. No component is checked"),
    (
        "GET /readyz",
        APPLICATION,
        "Whether requests can be handled (503 if not), and the components for callers who can read metrics",
    ),
    ("GET /metrics", APPLICATION, "Prometheus text, from the loopback interface or with the permission `metrics:read`"),
    ("GET /docs", APPLICATION, "API reference as a web page, with an example for each operation"),
    ("POST /ocsp", STATUS, "OCSP (RFC 6960)"),
    ("GET /ocsp/{base64}", STATUS, "OCSP for caches (RFC 5019)"),
    ("GET /crl/{ca}/k{n}.crl", STATUS, "The newest full CRL of the CA's n-th key, DER"),
    ("GET /crl/{ca}.crl", STATUS, "The newest full CRL of its current key, DER"),
    ("GET /ca/{ca}/k{n}.cer", STATUS, "The certificate of the CA's n-th key, DER"),
    ("GET /ca/{ca}.cer", STATUS, "The certificate of its current key, DER"),
    ("GET /ca/{ca}.p7c", STATUS, "Its chain up to the root, PKCS #7"),
    ("GET /", STATUS, "Trust page: root certificates, fingerprints, and how devices trust them"),
    ("GET /root.pem", STATUS, "The root certificate, PEM. `/roots/{fingerprint}.pem` is another root"),
    ("GET /root.cer", STATUS, "The same, DER"),
    ("GET /root.mobileconfig", STATUS, "The same, as a configuration profile for Apple devices"),
    ("GET /fingerprint", STATUS, "SHA-256 fingerprint of the root certificate, 64 hexadecimal digits"),
    ("GET /trust.json", STATUS, "All root certificates: names, fingerprints, validity, and use"),
)
"""Paths of the listeners outside the API. `{ca}` is the ID of the CA. A test requests each from a running server."""


def document() -> dict[str, Any]:
    """Return the OpenAPI document. No operation is called, so no installation is opened."""

    def open_nothing() -> Any:  # noqa: ANN401
        raise AssertionError("the description opens no installation")

    return create_rest(open_nothing).openapi()


def rest() -> str:
    """Return the page: operations, roles, and every object of requests and responses."""
    described = document()
    schemas = described["components"]["schemas"]
    operations = [
        (path, method, operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    overview = [
        (code(f"{method.upper()} {PREFIX}{path}"), code(operation["x-permission"]), _link(operation["operationId"]))
        for path, method, operation in operations
    ]
    permissions = sorted({operation["x-permission"] for _, _, operation in operations})
    grants = [
        (code(permission), *(_reach(role, Permission(permission)) for role in BUILTIN)) for permission in permissions
    ]
    return page(
        "REST API",
        f"The API uses JSON under `{PREFIX}`, with `Authorization: Bearer <token>`. The OpenAPI 3.1 document is at "
        f"`{PREFIX}/openapi.json`. Unknown fields, parameters, and values are refused. Lists return "
        f"`{{items, next_cursor}}`; `limit` is at most {MAX_LIMIT}. Every POST that creates or changes something "
        "accepts an `Idempotency-Key`, which is kept for 24 hours. Errors are problem documents; their codes are in "
        "[errors](errors.md).",
        table(("Operation", "Permission", "ID"), overview),
        "## Roles and permissions",
        table(("Permission", *(role.value for role in BUILTIN)), grants),
        *(_operation(path, method, operation, schemas) for path, method, operation in operations),
        "## Outside the API",
        table(
            ("Request", "Listeners", "Response"),
            ((code(asked), ", ".join(where), what) for asked, where, what in OUTSIDE),
        ),
        "## Objects",
        *_objects(schemas),
    )


_REACHES = {Reach.ALL: "yes", Reach.TEAM: "own and team's", Reach.OWN: "own"}


def _reach(role: Role, permission: Permission) -> str:
    """Return on which objects a built-in role has the permission; empty if it does not have it."""
    reaches = [grant.scope.reach for grant in BUILTIN[role] if permission in grant.permissions]
    return next((text for reach, text in _REACHES.items() if reach in reaches), "")


def _objects(schemas: Mapping[str, Any]) -> list[str]:
    """Return every object with its fields; an enum in one line."""
    parts = []
    for name, schema in sorted(schemas.items()):
        rows = [(code(field), _type(one), _described(one)) for field, one in schema.get("properties", {}).items()]
        parts.append(f"### {name}\n\n" + (table(("Field", "Type", "Description"), rows) if rows else _type(schema)))
    return parts


def _link(name: str) -> str:
    return f"[{name}](#{name})"


def _operation(path: str, method: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    parameters = [
        (
            code(one["name"]),
            one["in"],
            _type(one["schema"]),
            "yes" if one.get("required") else "",
            one.get("description", ""),
        )
        for one in operation.get("parameters", [])
    ]
    parameters += _body(operation, schemas)
    parts = [
        f"## {operation['operationId']}",
        code(f"{method.upper()} {PREFIX}{path}") + f" · permission {code(operation['x-permission'])}",
        operation.get("description", ""),
        table(("Name", "In", "Type", "Required", "Description"), parameters) if parameters else "",
        f"Returns {_answers(operation)}. Errors: {code(*operation['x-error-codes'])}.",
        _waits(operation),
    ]
    return "\n\n".join(part for part in parts if part)


def _waits(operation: Mapping[str, Any]) -> str:
    gates = operation.get("x-approval")
    return f"Requires approval (202, `Waiting`) if an approval rule covers {code(*gates)}." if gates else ""


def _answers(operation: Mapping[str, Any]) -> str:
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            return f"{status}: " + ", ".join(
                f"{code(media)}{_named(content.get('schema', {}))}"
                for media, content in answer.get("content", {}).items()
            )
    raise AssertionError("an operation without a success")


def _named(schema: Mapping[str, Any]) -> str:
    return f" ({schema['$ref'].rpartition('/')[2]})" if "$ref" in schema else ""


def _body(operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> list[tuple[str, str, str, str, str]]:
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return []
    if "application/json" not in content:
        return [(code("(file)"), "body", " or ".join(map(code, content)), "yes", "")]
    body = schemas[content["application/json"]["schema"]["$ref"].rpartition("/")[2]]
    required = body.get("required", ())
    return [
        (code(name), "body", _type(one), "yes" if name in required else "", _described(one))
        for name, one in body["properties"].items()
    ]


def _described(schema: Mapping[str, Any]) -> str:
    text = schema.get("description", "")
    return text or next((_described(one) for one in schema.get("anyOf", ()) if _described(one)), "")


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " or ".join(_type(one) for one in schema[union] if one.get("type") != "null")
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    if "enum" in schema:
        return code(*schema["enum"])
    return str(schema.get("format") or schema.get("type", "any"))
