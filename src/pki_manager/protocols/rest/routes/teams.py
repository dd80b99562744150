"""`/teams`: teams and their members."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from pki_manager.authority.kernel.access import Permission
from pki_manager.authority.rights import teams
from pki_manager.domain import errors
from pki_manager.domain.approval import Operation
from pki_manager.protocols.rest.bodies.rights import TeamBody
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Limit
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.page import build_page
from pki_manager.protocols.rest.responses.rights import TeamPage, TeamResponse, TeamWithMembers

router = APIRouter(prefix="/teams", tags=["teams"], route_class=OperationRoute)

TeamName = Annotated[str, Path(max_length=200, description="ID or name")]
UserName = Annotated[str, Path(max_length=200, description="ID or username")]


@router.get("", summary="List teams", **operation(Permission.TEAM_READ))
def list_teams(call: Caller, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> TeamPage:
    """List teams, newest first."""
    return TeamPage(**build_page(teams.list_teams(call.ctx, call.actor, cursor, limit), TeamResponse.of))


@router.post(
    "", summary="Create a team", status_code=201, **operation(Permission.TEAM_MANAGE, errors.NameTaken, posted=True)
)
def create_team(call: Caller, body: TeamBody) -> TeamWithMembers:
    """Create a team without members."""
    return TeamWithMembers.view(teams.create_team(call.ctx, call.actor, body.name, call.claim).value)


@router.get("/{team}", summary="Get a team", **operation(Permission.TEAM_READ, errors.NotFound))
def get_team(call: Caller, team: TeamName) -> TeamWithMembers:
    """Return a team with its members."""
    return TeamWithMembers.view(teams.show_team(call.ctx, call.actor, team))


@router.put(
    "/{team}/members/{user}",
    summary="Add a team member",
    **operation(Permission.TEAM_MANAGE, errors.NotFound, gates=[Operation.ROLE_CHANGE]),
)
def add_team_member(call: Caller, team: TeamName, user: UserName) -> TeamWithMembers:
    """Add a user to a team. The user can see and use the objects of the team."""
    return TeamWithMembers.view(teams.add_member(call.ctx, call.actor, team, user))


@router.delete(
    "/{team}/members/{user}",
    summary="Remove a team member",
    status_code=204,
    **operation(Permission.TEAM_MANAGE, errors.NotFound),
)
def remove_team_member(call: Caller, team: TeamName, user: UserName) -> None:
    """Remove a user from a team. Objects created for the team stay with it."""
    teams.remove_member(call.ctx, call.actor, team, user)
