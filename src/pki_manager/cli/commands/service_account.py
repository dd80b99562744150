"""`pkim service-account`: who automation is."""

from __future__ import annotations

from typing import Annotated

import typer

from pki_manager.cli.command import CursorOption, LimitOption, noun, verb
from pki_manager.cli.session import Session

app = noun("service-account")

AccountArgument = Annotated[str, typer.Argument(metavar="ID|NAME")]


@verb(app, "create")
def create(
    session: Session,
    name: Annotated[str, typer.Argument(metavar="NAME")],
    role: Annotated[str, typer.Option(help="Its rights: at most your own")],
    user: Annotated[str | None, typer.Option(help="The user who answers for it")] = None,
    team: Annotated[str | None, typer.Option(help="The team that answers for it")] = None,
) -> None:
    """Make an account; `pkim token create --service-account` gives it a token."""
    session.show(session.post("service-accounts", body={"name": name, "role": role, "user": user, "team": team}))


@verb(app, "list")
def list_accounts(session: Session, cursor: CursorOption = None, limit: LimitOption = None) -> None:
    """All of them, newest first."""
    page = session.pages("service-accounts", query={}, cursor=cursor, limit=limit)
    session.show_list(page, "id", "name", "role", "user", "team", "state")


@verb(app, "show")
def show(session: Session, account: AccountArgument) -> None:
    """One account."""
    session.show(session.get("service-accounts", account))


@verb(app, "disable")
def disable(session: Session, account: AccountArgument) -> None:
    """Its tokens are dead from now on, for good."""
    session.show(session.post("service-accounts", account, "disable"))
