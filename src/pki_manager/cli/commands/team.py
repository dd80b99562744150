"""`pkim team`: teams and their members."""

from __future__ import annotations

from typing import Annotated

import typer

from pki_manager.cli.command import CursorOption, LimitOption, noun, verb
from pki_manager.cli.session import Session

app = noun("team")

TeamArgument = Annotated[str, typer.Argument(metavar="TEAM")]
UserArgument = Annotated[str, typer.Argument(metavar="USER")]


@verb(app, "create")
def create(session: Session, team: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Make a team."""
    session.show(session.post("teams", body={"name": team}))


@verb(app, "list")
def list_teams(session: Session, cursor: CursorOption = None, limit: LimitOption = None) -> None:
    """All of them, newest first."""
    page = session.pages("teams", query={}, cursor=cursor, limit=limit)
    session.show_list(page, "id", "name", "created_by", "created_at")


@verb(app, "show")
def show(session: Session, team: TeamArgument) -> None:
    """One team with its members."""
    session.show(session.get("teams", team))


@verb(app, "add")
def add(session: Session, team: TeamArgument, user: UserArgument) -> None:
    """Take a user in."""
    session.show(session.put("teams", team, "members", user))


@verb(app, "remove")
def remove(session: Session, team: TeamArgument, user: UserArgument) -> None:
    """What he made in the team stays the team's."""
    session.delete("teams", team, "members", user)
