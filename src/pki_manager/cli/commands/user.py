"""`pkim user`: people who may sign in."""

from __future__ import annotations

from typing import Annotated

import typer

from pki_manager.cli.command import CursorOption, LimitOption, noun, verb
from pki_manager.cli.session import Session

app = noun("user")

UserArgument = Annotated[str, typer.Argument(metavar="ID|LOGIN")]
RoleOption = Annotated[str, typer.Option(help="The rights: at most your own")]
EmailOption = Annotated[str | None, typer.Option(help="Mail address")]


@verb(app, "create")
def create(
    session: Session,
    login: Annotated[str, typer.Option(help="By which he signs in")],
    role: RoleOption,
    display_name: Annotated[str | None, typer.Option(help="His name; the login unless told")] = None,
    email: EmailOption = None,
) -> None:
    """Make a user. This is the only time that his one-time link is shown."""
    body = {"login": login, "display_name": display_name or login, "email": email, "role": role}
    session.show(session.post("users", body=body))


@verb(app, "list")
def list_users(session: Session, cursor: CursorOption = None, limit: LimitOption = None) -> None:
    """All of them, newest first."""
    page = session.pages("users", query={}, cursor=cursor, limit=limit)
    session.show_list(page, "id", "login", "display_name", "role", "state", "last_sign_in_at")


@verb(app, "show")
def show(session: Session, user: UserArgument) -> None:
    """One user."""
    session.show(session.get("users", user))


@verb(app, "update")
def update(
    session: Session,
    user: UserArgument,
    display_name: Annotated[str | None, typer.Option(help="Another name")] = None,
    email: EmailOption = None,
    role: Annotated[str | None, typer.Option(help="Other rights, at most your own; his sessions end")] = None,
) -> None:
    """Change what is given, and leave the rest."""
    now = session.get("users", user)
    given = {"display_name": display_name, "email": email, "role": role}
    session.show(session.put("users", user, body={name: given[name] or now[name] for name in given}))


@verb(app, "invite")
def invite(session: Session, user: UserArgument) -> None:
    """A new one-time link, for whoever lost the old one or the password. This is the only time that it is shown."""
    session.show(session.post("users", user, "invite"))


@verb(app, "reset-factors")
def reset_factors(session: Session, user: UserArgument) -> None:
    """For a user who lost every second factor: they are gone, and the user is signed out everywhere."""
    session.show(session.post("users", user, "reset-factors"))


@verb(app, "disable")
def disable(session: Session, user: UserArgument) -> None:
    """He cannot sign in, and is signed out everywhere."""
    session.show(session.post("users", user, "disable"))


@verb(app, "enable")
def enable(session: Session, user: UserArgument) -> None:
    """He can sign in again."""
    session.show(session.post("users", user, "enable"))


@verb(app, "identities")
def identities(session: Session, user: UserArgument) -> None:
    """By which accounts of identity providers he signs in."""
    found = session.get("users", user, "identities")
    session.show_list(found, "id", "title", "subject", "created_at", "last_used_at")


@verb(app, "unlink")
def unlink(
    session: Session, user: UserArgument, identity: Annotated[str, typer.Argument(help="Id of one of his identities")]
) -> None:
    """That account of an identity provider does not sign in as him any more; he is signed out everywhere."""
    session.delete("users", user, "identities", identity)
