"""The version of the database schema. Alembic manages it from within the package."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from pki_manager.domain.errors import HomeUnusable
from pki_manager.storage.engine import text_index
from pki_manager.storage.engine.compiled_statement import get_driver
from pki_manager.storage.engine.failures import translate_errors
from pki_manager.storage.engine.transaction import begin

_UPGRADE_LOCK = 0x504B494E

_INCOMPLETE = "incomplete-copy"
"""Revision of a database while a copy is written into it. No version of PKI Manager opens such a database."""
_REVISION = sa.table("alembic_version", sa.column("version_num"))


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


def require_current(engine: sa.Engine) -> None:
    """Raise HomeUnusable, with what to do, unless the database has the current schema (Alembic's `head`)."""
    found = get_current(engine)
    if found == get_head():
        return
    if found is None:
        raise HomeUnusable("The database is empty. Set it up with `pkim init`.")
    if is_known(found):
        raise HomeUnusable("The database has an older schema. Run `pkim db upgrade`.", found=found)
    raise _build_unknown_error(found)


def upgrade(engine: sa.Engine) -> None:
    """Migrate the database to the current schema (Alembic's `head`) in one transaction.

    A failed migration changes nothing. Parallel calls of several processes wait for each other. Raises HomeUnusable if
    the database is newer than this program.
    """
    with translate_errors(), engine.connect() as connection:
        begin(connection, write=True)
        if connection.dialect.name == "postgresql":
            # A migration of a large table, or of another process that is waited for, takes its time.
            get_driver(connection).deadline = None
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
        found = MigrationContext.configure(connection).get_current_revision()
        if found is not None and not is_known(found):
            raise _build_unknown_error(found)
        bring_to_head(connection)
        connection.commit()


def bring_to_head(connection: sa.Connection) -> None:
    """Run the missing migrations in the transaction of the connection, and create the search index if possible."""
    command.upgrade(build_configuration(connection), "head")
    text_index.ensure(connection)


def mark_incomplete(connection: sa.Connection) -> None:
    """Mark the database as incomplete, so that no version opens it until `mark_complete`."""
    connection.execute(sa.update(_REVISION).values(version_num=_INCOMPLETE))


def mark_complete(connection: sa.Connection) -> None:
    """Mark an incomplete database as complete, so that this version can open it."""
    connection.execute(sa.update(_REVISION).values(version_num=get_head()))


def _build_unknown_error(found: str) -> HomeUnusable:
    if found == _INCOMPLETE:
        return HomeUnusable("The database is an incomplete copy. Complete it with `pkim db copy --resume`.")
    return HomeUnusable(
        "The database has a newer schema than this version of PKI Manager. Install a newer version.", found=found
    )


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
