"""Teams and their members."""

from __future__ import annotations

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.rights import teams
from pki_manager.domain.errors import Forbidden, InvalidInput, NameTaken, NotFound
from pki_manager.policy.access import Permission
from tests.support.factories import ADMIN
from tests.support.memory.events import POWERLESS, records, refuses
from tests.support.people import new_user


@pytest.fixture
def web(ctx: Context) -> str:
    return teams.create_team(ctx, ADMIN, "Web")[0].team.name


def test_a_team_begins_without_members(ctx: Context) -> None:
    with records(ctx, "team.created"):
        view, replayed = teams.create_team(ctx, ADMIN, "Web")
    assert (view.team.name, view.members, replayed) == ("Web", (), False)
    assert teams.show_team(ctx, ADMIN, str(view.team.id)) == view


def test_a_name_of_a_team_is_printable_and_used_once(ctx: Context, web: str) -> None:
    with refuses(ctx, NameTaken, "Web"):
        teams.create_team(ctx, ADMIN, web)
    with refuses(ctx, InvalidInput, "name"):
        teams.create_team(ctx, ADMIN, "a\nb")


def test_teams_are_listed_newest_first(ctx: Context, web: str) -> None:
    teams.create_team(ctx, ADMIN, "Mail")
    with records(ctx):
        assert [team.name for team in teams.list_teams(ctx, ADMIN, None, 10).items] == ["Mail", web]


def test_a_member_is_added_and_removed(ctx: Context, web: str) -> None:
    user = new_user(ctx, "alice")
    with records(ctx, "team.member_added"):
        view = teams.add_member(ctx, ADMIN, web, "alice")
    assert [member.user_id for member in view.members] == [user.id]
    with records(ctx, "team.member_removed"):
        teams.remove_member(ctx, ADMIN, web, "alice")
    assert teams.show_team(ctx, ADMIN, web).members == ()
    with refuses(ctx, NotFound, "is not in team"):
        teams.remove_member(ctx, ADMIN, web, "alice")


def test_unknown_teams_and_users_are_not_found(ctx: Context, web: str) -> None:
    with refuses(ctx, NotFound, "Mail"):
        teams.show_team(ctx, ADMIN, "Mail")
    with refuses(ctx, NotFound, "bob"):
        teams.add_member(ctx, ADMIN, web, "bob")


def test_teams_need_their_permissions(ctx: Context, web: str) -> None:
    for change in (
        lambda: teams.create_team(ctx, POWERLESS, "Mail"),
        lambda: teams.add_member(ctx, POWERLESS, web, "alice"),
        lambda: teams.remove_member(ctx, POWERLESS, web, "alice"),
    ):
        with refuses(ctx, Forbidden, Permission.TEAM_MANAGE):
            change()
    for read in (lambda: teams.list_teams(ctx, POWERLESS, None, 10), lambda: teams.show_team(ctx, POWERLESS, web)):
        with refuses(ctx, Forbidden, Permission.TEAM_READ):
            read()
