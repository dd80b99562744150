"""The version of the database schema. Alembic manages it from within the package."""

from __future__ import annotations

import logging
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from pki_manager.domain.errors import Conflict, HomeUnusable
from pki_manager.storage.engine import text_index
from pki_manager.storage.engine.compiled_statement import get_driver
from pki_manager.storage.engine.failures import translate_errors
from pki_manager.storage.engine.transaction import begin

_UPGRADE_LOCK = 0x504B494E

_INCOMPLETE = "incomplete-copy"
"""Revision of a database while a copy is written into it. No version of PKI Manager opens such a database."""
_REVISION = sa.table("alembic_version", sa.column("version_num"), sa.column("compatible_since"))
_OWNS_TABLES = "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('alembic_version')"

_log = logging.getLogger(__name__)


class SchemaState(StrEnum):
    """The schema of a database, compared with the one that this program needs."""

    CURRENT = "current"
    EMPTY = "empty"
    OLDER = "older"
    NEWER_USABLE = "newer, usable"
    """A newer version has upgraded the database, and this program can still use it."""
    NEWER = "newer"
    INCOMPLETE = "incomplete"
    """A copy is being written into the database."""


class Revisions(NamedTuple):
    """The schema revision before and after a migration. `before` is None for an empty database."""

    before: str | None
    after: str


@lru_cache(maxsize=1)
def get_head() -> str:
    """Return the schema revision that this program needs. Raises LookupError if the package has no migration."""
    revision = ScriptDirectory.from_config(build_configuration()).get_current_head()
    if revision is None:
        raise LookupError("the package holds no migration")
    return revision


def get_current(engine: sa.Engine) -> str | None:
    """Return the schema revision of the database, or None if it has no schema."""
    with translate_errors(), engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def get_state(engine: sa.Engine) -> SchemaState:
    """Compare the schema of the database with the one that this program needs."""
    with translate_errors(), engine.connect() as connection:
        return _compare(connection)


def _compare(connection: sa.Connection) -> SchemaState:
    found = MigrationContext.configure(connection).get_current_revision()
    if found is None:
        return SchemaState.EMPTY
    if found == _INCOMPLETE:
        return SchemaState.INCOMPLETE
    if is_known(found):
        return SchemaState.CURRENT if found == get_head() else SchemaState.OLDER
    # A newer database has the column, because the schema of this program has it.
    if all(column["name"] != "compatible_since" for column in sa.inspect(connection).get_columns(_REVISION.name)):
        return SchemaState.NEWER
    since = connection.execute(sa.select(_REVISION.c.compatible_since)).scalar_one()
    return SchemaState.NEWER_USABLE if since is not None and is_known(since) else SchemaState.NEWER


def require_usable(engine: sa.Engine) -> None:
    """Raise HomeUnusable, with what to do, unless this program can use the database.

    The schema is the current one (Alembic's `head`), or a newer one that the newer version has declared compatible.
    """
    state = get_state(engine)
    if state is SchemaState.NEWER_USABLE:
        _log.info("database has a newer schema", extra={"revision": get_current(engine), "wanted": get_head()})
    elif state is not SchemaState.CURRENT:
        raise _build_error(state, get_current(engine))


def require_not_empty(engine: sa.Engine) -> None:
    """Raise HomeUnusable if the database has no schema."""
    if get_state(engine) is SchemaState.EMPTY:
        raise _build_error(SchemaState.EMPTY, None)


def require_complete_copy(connection: sa.Connection) -> None:
    """Raise Conflict if the database has a newer schema, of which this program does not know all tables and columns.

    A copy or a backup would lack them.
    """
    if _compare(connection) is SchemaState.NEWER_USABLE:
        raise Conflict(
            "The database has a newer schema than this version of PKI Manager, so a copy of it would be incomplete. "
            "Use the newer version."
        )


def upgrade(engine: sa.Engine) -> None:
    """Migrate the database to the current schema (Alembic's `head`) in one transaction.

    A failed migration changes nothing. Parallel calls of several processes wait for each other. A newer schema stays if
    this program can use it. Raises HomeUnusable if it cannot, or if the role of the engine does not own the tables.
    """
    with translate_errors(), engine.connect() as connection:
        begin(connection, write=True)
        if connection.dialect.name == "postgresql":
            # A migration of a large table, or of another process that is waited for, takes its time.
            get_driver(connection).deadline = None
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
        state = _compare(connection)
        if state in {SchemaState.NEWER, SchemaState.INCOMPLETE}:
            raise _build_error(state, MigrationContext.configure(connection).get_current_revision())
        if state in {SchemaState.EMPTY, SchemaState.OLDER, SchemaState.CURRENT}:
            _require_owner(connection, state)
            bring_to_head(connection)
        connection.commit()


def _require_owner(connection: sa.Connection, state: SchemaState) -> None:
    """Raise HomeUnusable if the role cannot change the tables that an upgrade changes."""
    if state is not SchemaState.OLDER or connection.dialect.name != "postgresql":
        return
    if not connection.exec_driver_sql(_OWNS_TABLES).scalar_one():
        raise HomeUnusable(
            "The PostgreSQL role in database_url does not own the tables, so it cannot upgrade them. Run `pkim db "
            "upgrade` with PKIM_DATABASE_URL set to the URL of the role that owns them."
        )


def bring_to_head(connection: sa.Connection) -> None:
    """Run the missing migrations in the transaction of the connection, and create the search index if possible."""
    command.upgrade(build_configuration(connection), "head")
    connection.execute(sa.update(_REVISION).values(compatible_since=find_compatible_since()))
    text_index.ensure(connection)


def find_compatible_since() -> str:
    """Return the revision of the oldest program that can use the current schema.

    A migration that older programs do not notice has the attribute `compatible_since` with the revision of the oldest
    of them. Without it, only programs that have the migration can use the database. The newest of these revisions
    counts. Raises ValueError if a migration names an unknown revision.
    """
    scripts = list(ScriptDirectory.from_config(build_configuration()).walk_revisions())
    order = [script.revision for script in reversed(scripts)]
    return max((getattr(script.module, "compatible_since", script.revision) for script in scripts), key=order.index)


def mark_incomplete(connection: sa.Connection) -> None:
    """Mark the database as incomplete, so that no version opens it until `mark_complete`."""
    connection.execute(sa.update(_REVISION).values(version_num=_INCOMPLETE))


def mark_complete(connection: sa.Connection) -> None:
    """Mark an incomplete database as complete, so that this version can open it."""
    connection.execute(sa.update(_REVISION).values(version_num=get_head()))


def _build_error(state: SchemaState, found: str | None) -> HomeUnusable:
    return HomeUnusable(_ERRORS[state], found=found)


_ERRORS = {
    SchemaState.EMPTY: "The database is empty. For a new installation, run `pkim init`. Otherwise, restore a backup.",
    SchemaState.OLDER: "The database has an older schema. Run `pkim db upgrade`.",
    SchemaState.NEWER: (
        "The database has a newer schema, which this version of PKI Manager cannot use. Install the newer version."
    ),
    SchemaState.INCOMPLETE: "The database is an incomplete copy. Complete it with `pkim db copy --resume`.",
}


def search_notice(engine: sa.Engine) -> str | None:
    """Return why searches find only the start of a name, or None if they find any part of it.

    Also returns None before an upgrade of the schema.
    """
    if get_current(engine) != get_head():
        return None
    with translate_errors(), engine.connect() as connection:
        return None if text_index.exists(connection) else text_index.NOTICE


def build_configuration(connection: sa.Connection | None = None) -> Config:
    """Return Alembic's configuration. Migrations run on `connection`, inside its transaction."""
    config = Config()
    config.set_main_option("script_location", "pki_manager.storage:migrations")
    config.attributes["connection"] = connection
    return config


def is_known(revision: str) -> bool:
    """Return whether this version of PKI Manager has the migration with that revision."""
    scripts = ScriptDirectory.from_config(build_configuration())
    return any(script.revision == revision for script in scripts.walk_revisions())
