"""`pkim service-account`: service accounts."""

from __future__ import annotations

from typing import Annotated

import typer

from pki_manager.cli.command import CursorOption, LimitOption, noun, verb
from pki_manager.cli.session import CommandSession

app = noun("service-account")

AccountArgument = Annotated[str, typer.Argument(metavar="ID|NAME")]


@verb(app, "create")
def create(
    session: CommandSession,
    name: Annotated[str, typer.Argument(metavar="NAME")],
    role: Annotated[str, typer.Option(help="Role of the account, with at most your own permissions")],
    user: Annotated[str | None, typer.Option(help="User who owns the account")] = None,
    team: Annotated[str | None, typer.Option(help="Team that owns the account")] = None,
) -> None:
    """Create a service account. To create a token for it, use `pkim token create --service-account`."""
    session.show(session.post("service-accounts", body={"name": name, "role": role, "user": user, "team": team}))


@verb(app, "list", lists=True)
def list_accounts(session: CommandSession, cursor: CursorOption = None, limit: LimitOption = None) -> None:
    """List service accounts, newest first."""
    page = session.pages("service-accounts", query={}, cursor=cursor, limit=limit)
    session.show_list(page, "name", "role", "state", "created_at")


@verb(app, "show")
def show(session: CommandSession, account: AccountArgument) -> None:
    """Show a service account."""
    session.show(session.get("service-accounts", account))


@verb(app, "disable")
def disable(session: CommandSession, account: AccountArgument) -> None:
    """Disable a service account permanently. Its tokens stop working."""
    session.show(session.post("service-accounts", account, "disable"))
