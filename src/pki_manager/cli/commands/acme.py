"""`pkim acme`: EAB keys and ACME accounts."""

from __future__ import annotations

from typing import Annotated

import typer

from pki_manager.cli.command import CursorOption, LimitOption, noun, verb
from pki_manager.cli.commands.role import CaOption, NameOption, ProfileOption, ReachOption, limits
from pki_manager.cli.session import CommandSession

app = noun("acme")
keys = noun("eab", "EAB keys")
accounts = noun("account", "ACME accounts")
app.add_typer(keys)
app.add_typer(accounts)

AccountArgument = Annotated[str, typer.Argument(metavar="ID")]


@verb(keys, "create")
def create_key(
    session: CommandSession,
    name: Annotated[str, typer.Option(help="Description of the key")],
    expires: Annotated[str, typer.Option(help="Lifetime as an ISO 8601 duration, for example P1Y")],
    role: Annotated[
        str, typer.Option(help="Role of the key, with at most your own permissions")
    ] = "registration-authority",
    ca: CaOption = None,
    profile: ProfileOption = None,
    name_pattern: NameOption = None,
    reach: ReachOption = "all",
    service_account: Annotated[str | None, typer.Option(help="Service account that owns the key. Default: you")] = None,
    team: Annotated[str | None, typer.Option(help="Team that owns the objects created with the key")] = None,
    is_open: Annotated[bool, typer.Option("--open", help="Allow ACME clients to register without EAB, too")] = False,
) -> None:
    """Create an EAB key and print its key ID (--eab-kid) and HMAC key (--eab-hmac-key). They are shown only once."""
    owner = {"service_account": service_account, "team": team}
    body = {"name": name, "role": role, "expires": expires, "open": is_open, **owner}
    session.show(session.post("acme", "eab-keys", body=body | limits(ca, profile, name_pattern, reach)))


@verb(accounts, "list", lists=True)
def list_accounts(session: CommandSession, cursor: CursorOption = None, limit: LimitOption = None) -> None:
    """List ACME accounts, newest first."""
    page = session.pages("acme", "accounts", query={}, cursor=cursor, limit=limit)
    session.show_list(page, "id", "state", "token_name", "token_expires", "contacts")


@verb(accounts, "show")
def show_account(session: CommandSession, account: AccountArgument) -> None:
    """Show an ACME account."""
    session.show(session.get("acme", "accounts", account))


@verb(accounts, "revoke")
def revoke_account(session: CommandSession, account: AccountArgument) -> None:
    """Revoke an ACME account permanently. To revoke all accounts of an EAB key, use `pkim token revoke`."""
    session.show(session.post("acme", "accounts", account, "revoke"))
