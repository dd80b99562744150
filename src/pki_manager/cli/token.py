"""`pkim token`: API tokens."""

from __future__ import annotations

from typing import Annotated

import typer

from pki_manager.cli.command import CursorOption, LimitOption, noun, verb
from pki_manager.cli.session import Session

app = noun("token", "API tokens")


@verb(app, "create")
def create(
    session: Session,
    name: Annotated[str, typer.Option(help="What it is for")],
    role: Annotated[str, typer.Option(help="Its rights: at most your own")],
    expires: Annotated[str, typer.Option(help="After which duration, such as P30D")],
) -> None:
    """Make a token. This is the only time that it is shown."""
    session.show(session.post("tokens", body={"name": name, "role": role, "expires": expires}))


@verb(app, "list")
def list_tokens(session: Session, cursor: CursorOption = None, limit: LimitOption = None) -> None:
    """All of them, without their secrets."""
    page = session.pages("tokens", query={}, cursor=cursor, limit=limit)
    session.show_list(page, "id", "name", "role", "expires", "revoked_at", "last_used_at", "prefix")


@verb(app, "revoke")
def revoke(session: Session, token: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """It works no longer from now on."""
    session.show(session.post("tokens", token, "revoke"))
