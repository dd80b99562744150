"""Teams. Their members have permissions on each other's certificates, requests, and tokens."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from pki_manager.authority.kernel import rights_gate
from pki_manager.authority.kernel.approval_gate import Act
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.delegation import require_member_covered
from pki_manager.authority.kernel.guard import find_user
from pki_manager.authority.kernel.idempotency import Done, run_once
from pki_manager.domain.errors import Forbidden, NotFound
from pki_manager.domain.events.rights import TeamCreated, TeamMemberAdded, TeamMemberRemoved
from pki_manager.domain.page import Page
from pki_manager.domain.people.user import User
from pki_manager.domain.rights.actor import Actor
from pki_manager.domain.rights.permission import Permission
from pki_manager.domain.rights.team import Membership, Team, require_name
from pki_manager.policy import access
from pki_manager.ports.unit_of_work import Claim, Reader


@dataclass(frozen=True, slots=True)
class TeamView:
    """A team with its members."""

    team: Team
    members: tuple[Membership, ...]


def find_team(reader: Reader, id_or_name: str) -> Team:
    """Return a team by ID or name. Raises NotFound if there is none."""
    team = reader.teams.find(id_or_name)
    if team is None:
        raise NotFound.of("team", id_or_name)
    return team


def create_team(ctx: Context, actor: Actor, name: str, claim: Claim | None = None) -> Done[TeamView]:
    """Create a team. Raises NameTaken if the name exists."""
    access.require(actor, Permission.TEAM_MANAGE)
    require_name(name, "team")

    def work() -> TeamView:
        now = ctx.ports.clock.now()
        team = Team(id=ctx.new_id(), name=name, created_by=actor.id, created_at=now)
        with ctx.ports.storage.begin(actor) as uow:
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, team.id, now)
            uow.teams.add(team)
            uow.record(TeamCreated(object_id=str(team.id), name=name))
        return TeamView(team, ())

    return run_once(ctx, actor, claim, work, lambda team_id: _view(ctx, str(team_id)))


def list_teams(ctx: Context, actor: Actor, cursor: str | None, limit: int) -> Page[Team]:
    """List teams, newest first."""
    access.require(actor, Permission.TEAM_READ)
    with ctx.ports.storage.read() as reader:
        return reader.teams.page(cursor, limit)


def show_team(ctx: Context, actor: Actor, team: str) -> TeamView:
    """Return a team, for users who may read teams. Raises NotFound if it does not exist."""
    access.require(actor, Permission.TEAM_READ)
    return _view(ctx, team)


def add_member(ctx: Context, actor: Actor, team: str, user: str) -> TeamView:
    """Add a user to a team, by ID or username. Can be repeated.

    Raises NotFound if the team or the user does not exist; Forbidden if the user would get permissions on the team's
    objects that the actor lacks, or if the user is the actor, who may not read all certificates.
    """
    access.require(actor, Permission.TEAM_MANAGE)

    def chosen(reader: Reader) -> tuple[Team, User]:
        found, person = find_team(reader, team), find_user(reader, user)
        if person.id == actor.user_id and not access.is_allowed(actor, Permission.CERTIFICATE_READ, access.ANYTHING):
            raise Forbidden("You cannot add yourself to a team.")
        require_member_covered(reader, actor, person, found.id)
        return found, person

    def act(reader: Reader) -> Act:
        found, person = chosen(reader)
        details: dict[str, object] = {"name": found.name, "user": str(person.id), "login": person.login}
        details["role"] = person.role.value
        details["custom_roles"] = rights_gate.build_roles_body(reader, reader.roles.list_assigned(person.id))
        return rights_gate.build_operation("add-member", "team", str(found.id), **details)

    permit = rights_gate.ask(ctx, actor, act)
    with ctx.ports.storage.begin(actor) as uow:
        permit.use(uow, ctx.ports.clock.now())
        found, person = chosen(uow)
        uow.teams.add_member(found.id, person.id)
        uow.record(TeamMemberAdded(object_id=str(found.id), user=str(person.id)))
    ctx.state.tokens.forget()
    return _view(ctx, str(found.id))


def remove_member(ctx: Context, actor: Actor, team: str, user: str) -> None:
    """Remove a user from a team. Objects that the user created in the team stay.

    Raises NotFound if the team or the user does not exist, or the user is not a member.
    """
    access.require(actor, Permission.TEAM_MANAGE)
    with ctx.ports.storage.begin(actor) as uow:
        found, person = find_team(uow, team), find_user(uow, user)
        if not uow.teams.remove_member(found.id, person.id):
            raise NotFound(f"User {user!r} is not in team {found.name!r}.")
        uow.record(TeamMemberRemoved(object_id=str(found.id), user=str(person.id)))
    ctx.state.tokens.forget()


def _view(ctx: Context, team: str) -> TeamView:
    with ctx.ports.storage.read() as reader:
        found = find_team(reader, team)
        return TeamView(found, tuple(reader.teams.list_members(found.id)))


def find_team_id(reader: Reader, actor: Actor, team: str) -> UUID:
    """Return the ID of a team: one of the actor's own, or any for actors with `team:manage`.

    Raises NotFound for any other team.
    """
    found = reader.teams.find(team)
    may_know = access.is_allowed(actor, Permission.TEAM_MANAGE, access.ANYTHING)
    if found is None or not (may_know or found.id in actor.team_ids):
        raise NotFound.of("team", team)
    return found.id
