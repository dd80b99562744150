"""Public names: the stored permissions, profile fields, and session stages get the names that they have from here on.

Audit events and approvals keep theirs: they are signed, or frozen with a digest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

revision = "20261128_public_names"
down_revision = "20261128_text_search"

OLD_PERMISSION, NEW_PERMISSION = "approval:give", "approval:approve"
FIELDS = {
    "crl_pointer": "include_crl_url",
    "excuses": "lint_exceptions",
    "ocsp_pointer": "include_ocsp_url",
}
SUBJECT_FIELDS = {"surplus": "unlisted_attributes"}

META = sa.table("meta", sa.column("key"))
SESSIONS = sa.table("sessions", sa.column("stage"))
IDEMPOTENCY = sa.table("idempotency", sa.column("operation"))
ROLES = sa.table("roles", sa.column("name"), sa.column("version"), sa.column("permissions"))
TOKENS = sa.table("tokens", sa.column("id", sa.LargeBinary()), sa.column("permissions"))
PROFILES = sa.table("profiles", sa.column("name"), sa.column("version"), sa.column("body"))


def upgrade() -> None:
    _replace(META, "key", "initialised", "initialized")
    _replace(SESSIONS, "stage", "enrolment", "second-factor-setup")
    _replace(IDEMPOTENCY, "operation", "create_acme_key", "create_eab_key")
    _rename_permission(ROLES, "name", "version")
    _rename_permission(TOKENS, "id")
    for row in op.get_bind().execute(sa.select(PROFILES)).all():
        body = _renamed(json.loads(row.body), FIELDS)
        subject = body.get("subject")
        if isinstance(subject, dict):
            body["subject"] = _renamed(subject, SUBJECT_FIELDS)
        this = (PROFILES.c.name == row.name, PROFILES.c.version == row.version)
        op.execute(sa.update(PROFILES).where(*this).values(body=_dump(body)))


def _replace(table: sa.TableClause, column: str, old: str, new: str) -> None:
    op.execute(sa.update(table).where(table.c[column] == old).values({column: new}))


def _rename_permission(table: sa.TableClause, *key: str) -> None:
    """Rename it in lists of permissions, which are sorted."""
    found = sa.select(table).where(table.c.permissions.contains(f'"{OLD_PERMISSION}"', autoescape=True))
    for row in op.get_bind().execute(found).all():
        permissions = {NEW_PERMISSION if one == OLD_PERMISSION else one for one in json.loads(row.permissions)}
        this = (table.c[name] == getattr(row, name) for name in key)
        op.execute(sa.update(table).where(*this).values(permissions=_dump(sorted(permissions))))


def _renamed(record: Mapping[str, object], names: Mapping[str, str]) -> dict[str, object]:
    return {names.get(name, name): value for name, value in record.items()}


def _dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
