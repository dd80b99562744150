"""`pkim db`: the database's schema, on the machine itself."""

from __future__ import annotations

from pki_manager.cli.command import noun, verb
from pki_manager.cli.exits import Exit
from pki_manager.cli.output import Output, warn
from pki_manager.cli.session import CommandSession
from pki_manager.cli.transport import load_settings

app = noun("db")


@verb(app, "upgrade")
def upgrade(session: CommandSession) -> None:
    """Upgrade the database to the schema of this version, in one transaction."""
    from pki_manager.bootstrap import upgrade_database

    before, after = upgrade_database(load_settings(session.connection))
    _show(session, {"before": before, "after": after})


@verb(app, "check")
def check(session: CommandSession) -> Exit:
    """Check that the database opens and has the schema of this version. Exits with 1 if it must be upgraded."""
    from pki_manager.bootstrap import get_database_revision

    found, wanted = get_database_revision(load_settings(session.connection))
    _show(session, {"revision": found, "wanted": wanted, "current": found == wanted})
    return Exit.DONE if found == wanted else Exit.FAULT


def _show(session: CommandSession, facts: dict[str, object]) -> None:
    """With what the database lacks, as `pkim config check` shows its warnings."""
    from pki_manager.bootstrap import search_notice

    notice = search_notice(load_settings(session.connection))
    if session.output is not Output.TABLE:
        session.show({**facts, "warnings": [] if notice is None else [notice]})
        return
    session.show(facts)
    if notice is not None:
        warn(notice)
