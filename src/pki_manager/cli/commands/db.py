"""`pkim db`: the schema and copies of the database. The commands work only on the host itself."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from pki_manager.cli.command import noun, verb
from pki_manager.cli.exits import Exit
from pki_manager.cli.output import Output, warn
from pki_manager.cli.progress import choose_progress
from pki_manager.cli.session import CommandSession
from pki_manager.cli.transport import build_local_actor, load_settings, open_local

if TYPE_CHECKING:
    from pki_manager.bootstrap.database_copy import Comparison

app = noun("db")


@verb(app, "upgrade")
def upgrade(session: CommandSession) -> None:
    """Upgrade the database to the schema of this version, in one transaction."""
    from pki_manager.bootstrap import upgrade_database

    before, after = upgrade_database(load_settings(session.connection))
    _show(session, {"before": before, "after": after})


@verb(app, "check")
def check(session: CommandSession) -> Exit:
    """Check that the database opens and has a schema that this version can use. Exits with 1 if it has not."""
    from pki_manager.bootstrap import get_database_revision, get_row_security, get_schema_state
    from pki_manager.storage.engine.schema import SchemaState

    settings = load_settings(session.connection)
    found, wanted = get_database_revision(settings)
    state = get_schema_state(settings)
    is_usable = state in {SchemaState.CURRENT, SchemaState.NEWER_USABLE}
    security = {"row_security": get_row_security(settings).value} if is_usable else {}
    is_current = state is SchemaState.CURRENT
    shown = {"revision": found, "wanted": wanted, "state": state.value, "current": is_current, "usable": is_usable}
    _show(session, {**shown, **security})
    return Exit.DONE if is_usable else Exit.FAULT


@verb(app, "grant")
def grant(
    session: CommandSession,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="PostgreSQL role, which must own no tables")],
) -> None:
    """Let another PostgreSQL role use the tables of this database, under row-level security. Can be repeated.

    The role can read and write rows, and cannot change the schema. Run it as the owner of the tables.
    """
    from pki_manager.bootstrap import grant_database

    grant_database(load_settings(session.connection), role)
    session.show({"role": role, "granted": True})


@verb(app, "copy")
def copy(
    session: CommandSession,
    to: Annotated[
        str,
        typer.Option("--to", help="URL of an empty database: postgresql+psycopg://… or file:// and an absolute path"),
    ],
    resume: Annotated[bool, typer.Option("--resume", help="Continue a copy that was interrupted")] = False,
) -> Exit:
    """Copy the database into another one, of the same engine or the other. The server must not run.

    Each row is read again from the target and compared. The database of the installation stays as it is. The server
    uses the copy when the setting database_url names it.
    """
    from pki_manager.bootstrap.database_copy import copy_database, hide_password

    settings = load_settings(session.connection)
    try:
        with open_local(settings) as installation:
            found = copy_database(
                installation, build_local_actor(settings), to, resume=resume, progress=choose_progress(session.output)
            )
    except KeyboardInterrupt:
        print(
            f"pkim: The copy was interrupted. Run it again with --to '{hide_password(to)}' --resume.", file=sys.stderr
        )
        return Exit.FAULT
    _show_comparison(session, found)
    return Exit.DONE


@verb(app, "verify")
def verify(
    session: CommandSession,
    against: Annotated[str, typer.Option("--against", help="URL of the other database, as for `pkim db copy`")],
) -> Exit:
    """Compare all rows of the database with those of a copy. Exits with 1 if they differ."""
    from pki_manager.bootstrap.database_copy import verify_copy

    settings = load_settings(session.connection)
    with open_local(settings, only_reads=True) as installation:
        found = verify_copy(
            installation, build_local_actor(settings), against, progress=choose_progress(session.output)
        )
    _show_comparison(session, found)
    return Exit.FAULT if found.differences else Exit.DONE


def _show_comparison(session: CommandSession, found: Comparison) -> None:
    tables: object = len(found.equal_tables)
    if session.output is not Output.TABLE:
        tables = [{"name": name, "rows": one.rows, "sha256": one.sha256} for name, one in found.equal_tables.items()]
    document = {"target": found.target, "rows": found.rows, "equal_tables": tables}
    session.show({**document, "differences": found.differences, "first_differences": list(found.shown)})


def _show(session: CommandSession, facts: dict[str, object]) -> None:
    """Print the facts and, as warnings, what the database lacks, as `pkim config check` does."""
    from pki_manager.bootstrap import list_database_notices

    notices = list_database_notices(load_settings(session.connection))
    if session.output is not Output.TABLE:
        session.show({**facts, "warnings": notices})
        return
    session.show(facts)
    for notice in notices:
        warn(notice)
