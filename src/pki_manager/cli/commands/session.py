"""`pkim session`: who is signed in."""

from __future__ import annotations

from typing import Annotated

import typer

from pki_manager.cli.command import CursorOption, LimitOption, noun, verb
from pki_manager.cli.session import CommandSession

app = noun("session")


@verb(app, "list")
def list_sessions(
    session: CommandSession,
    user: Annotated[
        str | None, typer.Option(help="User whose sessions to list, by ID or username. Default: all users")
    ] = None,
    cursor: CursorOption = None,
    limit: LimitOption = None,
) -> None:
    """List active sessions, newest first."""
    page = session.pages("sessions", query={"user": user}, cursor=cursor, limit=limit)
    session.show_list(page, "id", "user", "method", "peer", "created_at", "last_seen_at", "ends")


@verb(app, "revoke")
def revoke(session: CommandSession, identifier: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """End a session."""
    session.show(session.post("sessions", identifier, "revoke"))
