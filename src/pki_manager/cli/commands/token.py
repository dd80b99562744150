"""`pkim token`: API tokens."""

from __future__ import annotations

from typing import Annotated

import typer

from pki_manager.cli.command import CursorOption, LimitOption, noun, verb
from pki_manager.cli.commands.role import CaOption, NameOption, ProfileOption, ReachOption, limits
from pki_manager.cli.session import CommandSession

app = noun("token")

TokenArgument = Annotated[str, typer.Argument(metavar="ID")]


@verb(app, "create")
def create(
    session: CommandSession,
    name: Annotated[str, typer.Option(help="Description of the token")],
    role: Annotated[str, typer.Option(help="Role of the token, with at most your own permissions")],
    expires: Annotated[str, typer.Option(help="Lifetime as an ISO 8601 duration, for example P30D")],
    allow: Annotated[
        list[str] | None,
        typer.Option("--allow", help="Permission of the token, one of its role. Default: all of them. Can be repeated"),
    ] = None,
    ca: CaOption = None,
    profile: ProfileOption = None,
    name_pattern: NameOption = None,
    reach: ReachOption = "all",
    service_account: Annotated[
        str | None, typer.Option(help="Service account that owns the token. Default: you")
    ] = None,
    team: Annotated[str | None, typer.Option(help="Team that owns the objects created with the token")] = None,
) -> None:
    """Create an API token and print its secret. The secret is shown only once."""
    body = {"name": name, "role": role, "expires": expires, "permissions": allow or None}
    whose = {"service_account": service_account, "team": team}
    session.show(session.post("tokens", body=body | whose | limits(ca, profile, name_pattern, reach)))


@verb(app, "list", lists=True)
def list_tokens(session: CommandSession, cursor: CursorOption = None, limit: LimitOption = None) -> None:
    """List API tokens, without their secrets."""
    page = session.pages("tokens", query={}, cursor=cursor, limit=limit)
    session.show_list(page, "id", "name", "role", "expires", "revoked_at")


@verb(app, "rotate")
def rotate(
    session: CommandSession,
    token: TokenArgument,
    overlap: Annotated[str, typer.Option(help="Time for which the old secret stays valid, at most 7 days")] = "PT1H",
) -> None:
    """Rotate an API token and print its new secret. The secret is shown only once."""
    session.show(session.post("tokens", token, "rotate", body={"overlap": overlap}))


@verb(app, "revoke")
def revoke(session: CommandSession, token: TokenArgument) -> None:
    """Revoke an API token."""
    session.show(session.post("tokens", token, "revoke"))
