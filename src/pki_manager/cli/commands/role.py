"""`pkim role`: custom roles."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pki_manager.cli.command import CursorOption, LimitOption, noun, verb
from pki_manager.cli.session import CommandSession

app = noun("role")

RoleArgument = Annotated[str, typer.Argument(metavar="NAME")]
UserArgument = Annotated[str, typer.Argument(metavar="USER")]
AllowOption = Annotated[
    list[str], typer.Option("--allow", help="Permission, for example certificate:issue. Can be repeated")
]
CaOption = Annotated[list[str] | None, typer.Option("--ca", help="CA that the role is limited to. Can be repeated")]
ProfileOption = Annotated[
    list[str] | None, typer.Option("--profile", help="Profile that the role is limited to. Can be repeated")
]
NameOption = Annotated[
    list[str] | None,
    typer.Option(
        "--name-pattern", help="Names that the role is limited to: DNS:domain, IP:block, email:domain. Can be repeated"
    ),
]
ReachOption = Annotated[str, typer.Option(help="Ownership scope: own, team, or all")]
DescriptionOption = Annotated[str, typer.Option(help="Description of the role")]


def limits(ca: list[str] | None, profile: list[str] | None, pattern: list[str] | None, reach: str) -> dict[str, Any]:
    """Return the scope of a role as the REST API expects it. Options that are not set do not limit the scope."""
    return {"cas": ca or None, "profiles": profile or None, "names": pattern or None, "reach": reach}


@verb(app, "create")
def create(
    session: CommandSession,
    role: RoleArgument,
    allow: AllowOption,
    ca: CaOption = None,
    profile: ProfileOption = None,
    name_pattern: NameOption = None,
    reach: ReachOption = "all",
    description: DescriptionOption = "",
) -> None:
    """Create a role with at most your own permissions."""
    body = {"name": role, "description": description, "permissions": allow}
    session.show(session.post("roles", body=body | limits(ca, profile, name_pattern, reach)))


@verb(app, "update")
def update(
    session: CommandSession,
    role: RoleArgument,
    allow: AllowOption,
    ca: CaOption = None,
    profile: ProfileOption = None,
    name_pattern: NameOption = None,
    reach: ReachOption = "all",
    description: DescriptionOption = "",
) -> None:
    """Replace a role's definition. Takes effect immediately for all of its users."""
    body = {"description": description, "permissions": allow}
    session.show(session.put("roles", role, body=body | limits(ca, profile, name_pattern, reach)))


@verb(app, "list", lists=True)
def list_roles(session: CommandSession, cursor: CursorOption = None, limit: LimitOption = None) -> None:
    """List the newest version of each custom role."""
    page = session.pages("roles", query={}, cursor=cursor, limit=limit)
    session.show_list(page, "name", "version", "state", "reach", "permissions")


@verb(app, "show")
def show(session: CommandSession, role: RoleArgument) -> None:
    """Show a role and its users."""
    session.show(session.get("roles", role))


@verb(app, "retire")
def retire(session: CommandSession, role: RoleArgument) -> None:
    """Retire a role permanently. It grants nothing to its users anymore."""
    session.show(session.post("roles", role, "retire"))


@verb(app, "assign")
def assign(session: CommandSession, role: RoleArgument, user: UserArgument) -> None:
    """Assign a role to a user, in addition to their other roles."""
    session.show(session.put("roles", role, "holders", user))


@verb(app, "withdraw")
def withdraw(session: CommandSession, role: RoleArgument, user: UserArgument) -> None:
    """Remove a role from a user."""
    session.delete("roles", role, "holders", user)
