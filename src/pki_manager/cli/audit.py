"""`pkim audit`: the audit trail."""

from __future__ import annotations

from typing import Annotated

import typer

from pki_manager.cli.command import CursorOption, LimitOption, noun, verb
from pki_manager.cli.exits import Exit
from pki_manager.cli.session import Session
from pki_manager.cli.transport import load_settings, open_local

app = noun("audit", "The audit trail")


@verb(app, "list")
def list_events(
    session: Session,
    action: Annotated[str | None, typer.Option(help="Such as certificate.issued")] = None,
    actor: Annotated[str | None, typer.Option(help="An actor's id")] = None,
    object_id: Annotated[str | None, typer.Option(help="Id of what was acted on")] = None,
    since: Annotated[str | None, typer.Option(help="RFC 3339 time")] = None,
    until: Annotated[str | None, typer.Option(help="RFC 3339 time")] = None,
    cursor: CursorOption = None,
    limit: LimitOption = None,
) -> None:
    """Newest first."""
    where = {"action": action, "actor": actor, "object_id": object_id, "since": since, "until": until}
    page = session.pages("audit", query=where, cursor=cursor, limit=limit)
    session.show_list(page, "time", "action", "outcome", "actor.id", "object.kind", "object.id", "reason")


@verb(app, "verify")
def verify(session: Session) -> Exit:
    """Every record, MAC and checkpoint; exit 1 when something does not hold."""
    report = session.get("audit", "verify")
    session.show(report)
    return Exit.DONE if report["valid"] else Exit.FAULT


@verb(app, "checkpoint")
def checkpoint(session: Session) -> None:
    """Sign where every chain stands, now; on the machine itself."""
    from pki_manager.authority.audit import write_checkpoint

    with open_local(load_settings(session.connection)) as installation:
        written = write_checkpoint(installation.authority)
    session.show({"written": written})
