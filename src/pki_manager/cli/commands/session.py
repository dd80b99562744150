"""`pkim session`: active sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from pki_manager.cli.command import CursorOption, LimitOption, noun, verb
from pki_manager.cli.failure import Failure
from pki_manager.cli.output import Output
from pki_manager.cli.session import CommandSession
from pki_manager.cli.table import Layout

app = noun("session")


@verb(app, "list", lists=True)
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
    if session.output is Output.TABLE and session.layout is Layout.SHORT:
        page = {**page, "items": _with_logins(session, page["items"])}
    session.show_list(page, "id", "user", "method", "peer", "last_seen_at")


@verb(app, "revoke")
def revoke(session: CommandSession, identifier: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """End a session."""
    session.show(session.post("sessions", identifier, "revoke"))


def _with_logins(session: CommandSession, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows with usernames in place of user IDs. An ID stays if the caller cannot see that user."""
    logins = {user: _login(session, user) for user in {row["user"] for row in rows}}
    return [{**row, "user": logins[row["user"]]} for row in rows]


def _login(session: CommandSession, user: str) -> str:
    try:
        login: str = session.get("users", user)["login"]
    except Failure:
        return user
    return login
