"""`pkim acme`: keys for ACME clients, and the accounts that were made by them."""

from __future__ import annotations

from typing import Annotated

import typer

from pki_manager.cli.command import CursorOption, LimitOption, noun, verb
from pki_manager.cli.commands.role import CaOption, NameOption, ProfileOption, ReachOption, limits
from pki_manager.cli.session import Session

app = noun("acme")
keys = noun("key", "Keys that accounts are bound by")
accounts = noun("account", "What ACME clients have registered")
app.add_typer(keys)
app.add_typer(accounts)

AccountArgument = Annotated[str, typer.Argument(metavar="ID")]


@verb(keys, "create")
def create_key(
    session: Session,
    name: Annotated[str, typer.Option(help="What it is for")],
    expires: Annotated[str, typer.Option(help="After which duration its accounts end, such as P1Y")],
    role: Annotated[str, typer.Option(help="Its rights: at most your own")] = "registration-authority",
    ca: CaOption = None,
    profile: ProfileOption = None,
    name_pattern: NameOption = None,
    reach: ReachOption = "all",
    service_account: Annotated[str | None, typer.Option(help="Whose it is; else your own")] = None,
    team: Annotated[str | None, typer.Option(help="The team that what it makes belongs to")] = None,
    is_open: Annotated[bool, typer.Option("--open", help="Clients that bring no key may act as it too")] = False,
) -> None:
    """Make a key: its id (--eab-kid) and HMAC key (--eab-hmac-key). This is the only time that it is shown."""
    owner = {"service_account": service_account, "team": team}
    body = {"name": name, "role": role, "expires": expires, "open": is_open, **owner}
    session.show(session.post("acme", "keys", body=body | limits(ca, profile, name_pattern, reach)))


@verb(accounts, "list")
def list_accounts(session: Session, cursor: CursorOption = None, limit: LimitOption = None) -> None:
    """All of them, newest first."""
    page = session.pages("acme", "accounts", query={}, cursor=cursor, limit=limit)
    session.show_list(page, "id", "state", "token_name", "token_expires", "token_revoked_at", "owner", "contacts")


@verb(accounts, "show")
def show_account(session: Session, account: AccountArgument) -> None:
    """One account."""
    session.show(session.get("acme", "accounts", account))


@verb(accounts, "revoke")
def revoke_account(session: Session, account: AccountArgument) -> None:
    """It may do nothing from now on, for good; `pkim token revoke` ends all accounts of a key, and the key."""
    session.show(session.post("acme", "accounts", account, "revoke"))
