"""`pkim team`: teams and their members."""

from __future__ import annotations

from typing import Annotated

import typer

from pki_manager.cli.command import CursorOption, LimitOption, noun, verb
from pki_manager.cli.session import CommandSession

app = noun("team")

TeamArgument = Annotated[str, typer.Argument(metavar="TEAM")]
UserArgument = Annotated[str, typer.Argument(metavar="USER")]


@verb(app, "create")
def create(session: CommandSession, team: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Create a team."""
    session.show(session.post("teams", body={"name": team}))


@verb(app, "list", lists=True)
def list_teams(session: CommandSession, cursor: CursorOption = None, limit: LimitOption = None) -> None:
    """List teams, newest first."""
    page = session.pages("teams", query={}, cursor=cursor, limit=limit)
    session.show_list(page, "name", "created_at")


@verb(app, "show")
def show(session: CommandSession, team: TeamArgument) -> None:
    """Show a team and its members."""
    session.show(session.get("teams", team))


@verb(app, "add")
def add(session: CommandSession, team: TeamArgument, user: UserArgument) -> None:
    """Add a user to a team."""
    session.show(session.put("teams", team, "members", user))


@verb(app, "remove")
def remove(session: CommandSession, team: TeamArgument, user: UserArgument) -> None:
    """Remove a user from a team. Objects created for the team stay with it."""
    session.delete("teams", team, "members", user)
