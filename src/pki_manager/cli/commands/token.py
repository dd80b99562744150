"""`pkim token`: API tokens."""

from __future__ import annotations

from typing import Annotated

import typer

from pki_manager.cli.command import CursorOption, LimitOption, noun, verb
from pki_manager.cli.commands.role import CaOption, NameOption, ProfileOption, ReachOption, limits
from pki_manager.cli.session import Session

app = noun("token")

TokenArgument = Annotated[str, typer.Argument(metavar="ID")]


@verb(app, "create")
def create(
    session: Session,
    name: Annotated[str, typer.Option(help="What it is for")],
    role: Annotated[str, typer.Option(help="Its rights: at most your own")],
    expires: Annotated[str, typer.Option(help="After which duration, such as P30D")],
    allow: Annotated[list[str] | None, typer.Option("--allow", help="Of the role's permissions, this; repeat")] = None,
    ca: CaOption = None,
    profile: ProfileOption = None,
    name_pattern: NameOption = None,
    reach: ReachOption = "all",
    service_account: Annotated[str | None, typer.Option(help="Whose it is; else your own")] = None,
    team: Annotated[str | None, typer.Option(help="The team that what it makes belongs to")] = None,
) -> None:
    """Make a token. This is the only time that it is shown."""
    body = {"name": name, "role": role, "expires": expires, "permissions": allow or None}
    whose = {"service_account": service_account, "team": team}
    session.show(session.post("tokens", body=body | whose | limits(ca, profile, name_pattern, reach)))


@verb(app, "list")
def list_tokens(session: Session, cursor: CursorOption = None, limit: LimitOption = None) -> None:
    """All of them, without their secrets."""
    page = session.pages("tokens", query={}, cursor=cursor, limit=limit)
    session.show_list(page, "id", "name", "role", "owner", "expires", "revoked_at", "last_used_at", "prefix")


@verb(app, "rotate")
def rotate(
    session: Session,
    token: TokenArgument,
    overlap: Annotated[str, typer.Option(help="How long the old secret works yet; a week at most")] = "PT1H",
) -> None:
    """A new secret for the same token. This is the only time that it is shown."""
    session.show(session.post("tokens", token, "rotate", body={"overlap": overlap}))


@verb(app, "revoke")
def revoke(session: Session, token: TokenArgument) -> None:
    """It works no longer from now on."""
    session.show(session.post("tokens", token, "revoke"))
