"""The page about the REST API, from its OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pki_manager.domain.page import MAX_LIMIT
from pki_manager.domain.rights.actor import Reach, Role
from pki_manager.domain.rights.permission import Permission
from pki_manager.policy.roles import STANDING
from pki_manager.protocols.rest.app import PREFIX, create_rest
from tools.markdown import code, page, table

EVERY = ("management", "tls", "status")
APPLICATION = ("management", "tls")
STATUS = ("status",)
OUTSIDE = (
    ("GET /healthz", EVERY, "the process is alive; no part is asked"),
    (
        "GET /readyz",
        APPLICATION,
        "whether requests can be answered (503 if not), and the components for callers who may read metrics",
    ),
    ("GET /metrics", APPLICATION, "Prometheus text; from loopback, or with the permission `metrics:read`"),
    ("POST /ocsp", STATUS, "OCSP (RFC 6960)"),
    ("GET /ocsp/{base64}", STATUS, "OCSP, for caches (RFC 5019)"),
    ("GET /crl/{ca}/k{n}.crl", STATUS, "the newest full CRL of the CA's n-th key, DER"),
    ("GET /crl/{ca}.crl", STATUS, "that of its current key"),
    ("GET /ca/{ca}/k{n}.cer", STATUS, "the certificate of the CA's n-th key, DER"),
    ("GET /ca/{ca}.cer", STATUS, "that of its current key"),
    ("GET /ca/{ca}.p7c", STATUS, "its chain up to the root, PKCS#7"),
)
"""What the listeners answer beside the API. `{ca}` is the CA's id. A test asks a running server for each."""


def document() -> dict[str, Any]:
    """The OpenAPI document. No operation is called, so there is no authority behind it."""

    def nobody() -> Any:  # noqa: ANN401
        raise AssertionError("describing the door opens nothing")

    return create_rest(nobody).openapi()


def rest() -> str:
    """The page: operations, roles, and every object that goes over the wire."""
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
        (code(permission), *(_reach(role, Permission(permission)) for role in STANDING)) for permission in permissions
    ]
    return page(
        "REST API",
        f"JSON under `{PREFIX}`, with `Authorization: Bearer <token>`; the OpenAPI 3.1 document is at "
        f"`{PREFIX}/openapi.json`. Unknown fields, parameters and values are refused. Lists answer "
        f"`{{items, next_cursor}}`; `limit` is at most {MAX_LIMIT}. POSTs that make or change something take an "
        "`Idempotency-Key`, remembered for 24 hours. Errors are problem documents; their codes are in "
        "[errors](errors.md).",
        table(("operation", "permission", "id"), overview),
        "## Roles and permissions",
        table(("permission", *(role.value for role in STANDING)), grants),
        *(_operation(path, method, operation, schemas) for path, method, operation in operations),
        "## Outside the API",
        table(
            ("request", "listener", "what"), ((code(asked), ", ".join(where), what) for asked, where, what in OUTSIDE)
        ),
        "## Objects",
        *_objects(schemas),
    )


_REACHES = {Reach.ALL: "yes", Reach.TEAM: "own and team's", Reach.OWN: "own"}


def _reach(role: Role, permission: Permission) -> str:
    """On whose objects a standing role has the permission; nothing where it has not."""
    reaches = [grant.scope.reach for grant in STANDING[role] if permission in grant.permissions]
    return next((told for reach, told in _REACHES.items() if reach in reaches), "")


def _objects(schemas: Mapping[str, Any]) -> list[str]:
    """Everything that is sent or answered, field by field; an enum in one line."""
    told = []
    for name, schema in sorted(schemas.items()):
        rows = [(code(field), _type(one), _described(one)) for field, one in schema.get("properties", {}).items()]
        told.append(f"### {name}\n\n" + (table(("field", "type", "meaning"), rows) if rows else _type(schema)))
    return told


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
    told = [
        f"## {operation['operationId']}",
        code(f"{method.upper()} {PREFIX}{path}") + f" · permission {code(operation['x-permission'])}",
        operation.get("description", ""),
        table(("name", "in", "type", "required", "meaning"), parameters) if parameters else "",
        f"Answers {_answers(operation)}. Errors: {code(*operation['x-error-codes'])}.",
        _waits(operation),
    ]
    return "\n\n".join(part for part in told if part)


def _waits(operation: Mapping[str, Any]) -> str:
    gates = operation.get("x-approval")
    return f"Waits (202, `Waiting`) where an approval rule is about {code(*gates)}." if gates else ""


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
    told = schema.get("description", "")
    return told or next((_described(one) for one in schema.get("anyOf", ()) if _described(one)), "")


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
