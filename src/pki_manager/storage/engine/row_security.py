"""Row-level security of PostgreSQL: the second check that a caller reads only certificates and requests in their scope.

Policies compare the owner and the team of a row with settings of the transaction. Connections of PKI Manager begin with
`SESSION`, in which all rows are visible. A connection without these settings sees none. A transaction that reads for an
actor narrows the settings until it ends, so that they never pass on to the next user of the connection.

PostgreSQL does not apply policies to the owner of the tables. They take effect if the role of the installation owns no
table.
"""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.rights.fence import Fence
from pki_manager.storage.engine.failures import translate_errors

SESSION = {"pkim.certificates": "all", "pkim.requests": "all"}
"""Settings with which every connection begins."""

TABLES = ("certificates", "enrolments")
"""Tables with policies."""

_NONE = "none"
_NARROW = sa.text(
    "SELECT set_config('pkim.certificates', :certificates, true), set_config('pkim.requests', :requests, true),"
    " set_config('pkim.owner', :owner, true), set_config('pkim.teams', :teams, true)"
)
_IS_ACTIVE = " AND ".join(f"row_security_active('{table}')" for table in TABLES)
_ROLE = sa.text(
    "SELECT rolsuper OR rolbypassrls AS bypasses, pg_has_role(CAST(:role AS name), current_user, 'MEMBER') AS owns"
    " FROM pg_roles WHERE rolname = :role"
)


class RowSecurity(StrEnum):
    """Whether the policies take effect for the role of the installation."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    NOT_AVAILABLE = "not available"
    """The database is not PostgreSQL."""


def narrow(connection: sa.Connection, fence: Fence) -> None:
    """Limit what this transaction can read. Only on PostgreSQL; the limit ends with the transaction."""
    if connection.dialect.name != "postgresql" or fence.is_open:
        return
    values = {
        "certificates": _NONE if fence.certificates is None else fence.certificates.value,
        "requests": _NONE if fence.requests is None else fence.requests.value,
        "owner": fence.owner,
        "teams": ",".join(team.hex for team in sorted(fence.teams)),
    }
    connection.execute(_NARROW, values)


def get_row_security(engine: sa.Engine) -> RowSecurity:
    """Return whether the policies take effect for the role of the engine."""
    if engine.dialect.name != "postgresql":
        return RowSecurity.NOT_AVAILABLE
    with translate_errors(), engine.connect() as connection:
        is_active = connection.exec_driver_sql(f"SELECT {_IS_ACTIVE}").scalar_one()
    return RowSecurity.ACTIVE if is_active else RowSecurity.INACTIVE


def grant(engine: sa.Engine, role: str) -> None:
    """Let a role read and write the tables of the engine's role, now and after later upgrades. Can be repeated.

    Raises InvalidInput if the role does not exist, or if policies would not apply to it.
    """
    with translate_errors(), engine.begin() as connection:
        found = connection.execute(_ROLE, {"role": role}).one_or_none()
        if found is None:
            raise InvalidInput.of("role", "database.role", "must be an existing role of the PostgreSQL server")
        if found.bypasses or found.owns:
            message = "must not be a superuser, have BYPASSRLS, or be a member of the role that owns the tables"
            raise InvalidInput.of("role", "database.role", message)
        quoted = connection.dialect.identifier_preparer.quote_identifier(role)
        schema = connection.dialect.identifier_preparer.quote_identifier(_get_schema(connection))
        rows, numbers = "SELECT, INSERT, UPDATE, DELETE ON", "USAGE, SELECT ON"
        for statement in (
            f"GRANT USAGE ON SCHEMA {schema} TO {quoted}",
            f"GRANT {rows} ALL TABLES IN SCHEMA {schema} TO {quoted}",
            f"GRANT {numbers} ALL SEQUENCES IN SCHEMA {schema} TO {quoted}",
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT {rows} TABLES TO {quoted}",
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT {numbers} SEQUENCES TO {quoted}",
        ):
            connection.exec_driver_sql(statement)


def _get_schema(connection: sa.Connection) -> str:
    return str(connection.exec_driver_sql("SELECT current_schema()").scalar_one())
