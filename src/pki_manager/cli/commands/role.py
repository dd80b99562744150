"""`pkim role`: roles of one's own."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pki_manager.cli.command import CursorOption, LimitOption, noun, verb
from pki_manager.cli.session import Session

app = noun("role")

RoleArgument = Annotated[str, typer.Argument(metavar="NAME")]
UserArgument = Annotated[str, typer.Argument(metavar="USER")]
AllowOption = Annotated[list[str], typer.Option("--allow", help="A permission, such as certificate:issue; repeat")]
CaOption = Annotated[list[str] | None, typer.Option("--ca", help="Only of this CA; repeat")]
ProfileOption = Annotated[list[str] | None, typer.Option("--profile", help="Only by this profile; repeat")]
NameOption = Annotated[
    list[str] | None, typer.Option("--name-pattern", help="Only DNS:domain, IP:block, email:domain; repeat")
]
ReachOption = Annotated[str, typer.Option(help="Whose objects: own, team or all")]
DescriptionOption = Annotated[str, typer.Option(help="What it is for")]


def limits(ca: list[str] | None, profile: list[str] | None, pattern: list[str] | None, reach: str) -> dict[str, Any]:
    """As the door takes them; what is not told is not limited."""
    return {"cas": ca or None, "profiles": profile or None, "names": pattern or None, "reach": reach}


@verb(app, "create")
def create(
    session: Session,
    role: RoleArgument,
    allow: AllowOption,
    ca: CaOption = None,
    profile: ProfileOption = None,
    name_pattern: NameOption = None,
    reach: ReachOption = "all",
    description: DescriptionOption = "",
) -> None:
    """Make a role with at most your own rights."""
    body = {"name": role, "description": description, "permissions": allow}
    session.show(session.post("roles", body=body | limits(ca, profile, name_pattern, reach)))


@verb(app, "update")
def update(
    session: Session,
    role: RoleArgument,
    allow: AllowOption,
    ca: CaOption = None,
    profile: ProfileOption = None,
    name_pattern: NameOption = None,
    reach: ReachOption = "all",
    description: DescriptionOption = "",
) -> None:
    """A new version: say everything anew. It holds at once for everybody who has the role."""
    body = {"description": description, "permissions": allow}
    session.show(session.put("roles", role, body=body | limits(ca, profile, name_pattern, reach)))


@verb(app, "list")
def list_roles(session: Session, cursor: CursorOption = None, limit: LimitOption = None) -> None:
    """The newest version of each."""
    page = session.pages("roles", query={}, cursor=cursor, limit=limit)
    session.show_list(page, "name", "version", "state", "permissions", "cas", "profiles", "names", "reach")


@verb(app, "show")
def show(session: Session, role: RoleArgument) -> None:
    """One role, and who has it."""
    session.show(session.get("roles", role))


@verb(app, "retire")
def retire(session: Session, role: RoleArgument) -> None:
    """It allows nobody anything any more, for good."""
    session.show(session.post("roles", role, "retire"))


@verb(app, "assign")
def assign(session: Session, role: RoleArgument, user: UserArgument) -> None:
    """Give it to a user, beside what he has."""
    session.show(session.put("roles", role, "holders", user))


@verb(app, "withdraw")
def withdraw(session: Session, role: RoleArgument, user: UserArgument) -> None:
    """Take it from a user."""
    session.delete("roles", role, "holders", user)
