"""`pkim user`: users."""

from __future__ import annotations

from typing import Annotated

import typer

from pki_manager.cli.command import CursorOption, LimitOption, noun, verb
from pki_manager.cli.session import CommandSession

app = noun("user")

UserArgument = Annotated[str, typer.Argument(metavar="ID|LOGIN")]
RoleOption = Annotated[str, typer.Option(help="Role of the user, with at most your own permissions")]
EmailOption = Annotated[str | None, typer.Option(help="Email address")]


@verb(app, "create")
def create(
    session: CommandSession,
    login: Annotated[str, typer.Option(help="Username for signing in")],
    role: RoleOption,
    display_name: Annotated[str | None, typer.Option(help="Full name. Default: the username")] = None,
    email: EmailOption = None,
) -> None:
    """Create a user and print an invitation link. The link is shown only once."""
    body = {"login": login, "display_name": display_name or login, "email": email, "role": role}
    session.show(session.post("users", body=body))


@verb(app, "list", lists=True)
def list_users(session: CommandSession, cursor: CursorOption = None, limit: LimitOption = None) -> None:
    """List users, newest first."""
    page = session.pages("users", query={}, cursor=cursor, limit=limit)
    session.show_list(page, "login", "display_name", "role", "state", "last_sign_in_at")


@verb(app, "show")
def show(session: CommandSession, user: UserArgument) -> None:
    """Show a user."""
    session.show(session.get("users", user))


@verb(app, "update")
def update(
    session: CommandSession,
    user: UserArgument,
    display_name: Annotated[str | None, typer.Option(help="New full name")] = None,
    email: EmailOption = None,
    role: Annotated[
        str | None, typer.Option(help="New role, with at most your own permissions. Ends the user's sessions")
    ] = None,
) -> None:
    """Update a user. Values that are not set stay as they are."""
    now = session.get("users", user)
    given = {"display_name": display_name, "email": email, "role": role}
    session.show(session.put("users", user, body={name: given[name] or now[name] for name in given}))


@verb(app, "invite")
def invite(session: CommandSession, user: UserArgument) -> None:
    """Invite a user again with a new invitation link. The link is shown only once."""
    session.show(session.post("users", user, "invite"))


@verb(app, "reset-factors")
def reset_factors(session: CommandSession, user: UserArgument) -> None:
    """Reset a user's second factors and end all of their sessions."""
    session.show(session.post("users", user, "reset-factors"))


@verb(app, "disable")
def disable(session: CommandSession, user: UserArgument) -> None:
    """Disable a user and end all of their sessions."""
    session.show(session.post("users", user, "disable"))


@verb(app, "enable")
def enable(session: CommandSession, user: UserArgument) -> None:
    """Enable a disabled user."""
    session.show(session.post("users", user, "enable"))


@verb(app, "identities", lists=True)
def identities(session: CommandSession, user: UserArgument) -> None:
    """List the accounts at identity providers that a user can sign in with."""
    found = session.get("users", user, "identities")
    session.show_list(found, "id", "title", "subject", "created_at", "last_used_at")


@verb(app, "unlink")
def unlink(
    session: CommandSession,
    user: UserArgument,
    identity: Annotated[str, typer.Argument(help="ID of a linked account of the user")],
) -> None:
    """Unlink an identity provider account from a user and end the user's sessions."""
    session.delete("users", user, "identities", identity)
