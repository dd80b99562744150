"""Nobody hands on more than they have: the same rule at every use case that gives rights to someone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pki_manager.authority.acme.keys import NewEabKey, create_eab_key
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.people import invitations, users
from pki_manager.authority.people.users import Person
from pki_manager.authority.rights import roles, service_accounts, teams, tokens
from pki_manager.authority.rights.service_accounts import AccountRequest
from pki_manager.authority.rights.tokens import Narrowing
from pki_manager.domain.errors import Forbidden
from pki_manager.domain.people.user import User
from pki_manager.domain.rights.actor import Actor, Reach, Role
from pki_manager.domain.rights.team import Team
from pki_manager.policy import access
from pki_manager.policy.access import Permission, Target
from pki_manager.policy.roles import list_builtin_grants
from pki_manager.storage.storage import SqlStorage
from tests.authority.test_rights import DAY, HOUR, wish
from tests.authority.test_rights_tokens import token_of
from tests.fakes.clock import FrozenClock
from tests.support.factories import ADMIN, make_authority
from tests.support.odd_rights import with_rights
from tests.support.people import new_user
from tests.support.rights import login, person

P = Permission
MANAGING = (P.USER_READ, P.USER_MANAGE, P.TEAM_MANAGE, P.ROLE_MANAGE, P.TOKEN_CREATE, P.TOKEN_READ, P.TOKEN_REVOKE)


@pytest.fixture
def people(tmp_path: Path, storage: SqlStorage, clock: FrozenClock) -> Context:
    return make_authority(tmp_path, storage, clock)


@dataclass(frozen=True)
class Office:
    """A requester who manages people, a team that they are not in, its member and its service account."""

    ctx: Context
    manager: User
    member: User
    team: Team

    @property
    def actor(self) -> Actor:
        return person(self.ctx, self.manager)

    def account(self, role: str = Role.REQUESTER, **answers: str) -> str:
        made = AccountRequest(name=f"account of {role}", role=role, **answers)
        return str(service_accounts.create_account(self.ctx, ADMIN, made)[0].id)

    def token(self, role: str = Role.REQUESTER, **answers: str) -> tokens.NewToken:
        """Of such an account."""
        return token_of(self.ctx, ADMIN, role, Narrowing(service_account=self.account(role, **answers)))


@pytest.fixture
def office(people: Context) -> Office:
    manager, member = (new_user(people, name, Role.REQUESTER) for name in ("manager", "member"))
    team = teams.create_team(people, ADMIN, "Web")[0].team
    teams.add_member(people, ADMIN, "Web", "member")
    roles.create_role(people, ADMIN, "manages-people", wish(*MANAGING))
    roles.assign_role(people, ADMIN, "manages-people", "manager")
    return Office(people, manager, member, team)


def rotate(office: Office, actor: Actor, made: tokens.NewToken) -> tokens.NewToken:
    return tokens.rotate_token(office.ctx, actor, made.token.id, HOUR)[0]


def test_a_token_with_rights_that_one_lacks_is_not_rotated(office: Office) -> None:
    """By the new secret one would be an administrator."""
    mighty = office.token(Role.ADMINISTRATOR, user="manager")
    with pytest.raises(Forbidden, match="permissions that you do not have"):
        rotate(office, office.actor, mighty)
    assert rotate(office, ADMIN, mighty).secret is not None


def test_a_narrow_token_rotates_no_mightier_one_of_its_owner(people: Context) -> None:
    """The owner covers both, and whoever found the narrow one does not."""
    mighty = token_of(people, ADMIN, Role.ADMINISTRATOR)
    narrow = token_of(
        people, ADMIN, Role.ADMINISTRATOR, Narrowing(permissions=frozenset({P.TOKEN_CREATE, P.TOKEN_READ}))
    )
    finder = login(people, narrow.secret)
    with pytest.raises(Forbidden, match="You cannot grant permissions that you do not have"):
        tokens.rotate_token(people, replace(finder, id=f"token:{mighty.token.id}"), mighty.token.id, HOUR)
    assert tokens.rotate_token(people, ADMIN, mighty.token.id, HOUR)[0].secret is not None


@pytest.mark.parametrize("answers", [{"team": "Web"}, {"user": "member"}, {"user": "member", "team": "Web"}])
def test_what_others_own_is_reached_by_no_token_of_theirs(office: Office, answers: dict[str, str]) -> None:
    """The role is the manager's own; the objects it reaches by that account are not."""
    made = office.token(**answers)
    with pytest.raises(Forbidden, match="permissions that you do not have"):
        rotate(office, office.actor, made)
    with office.ctx.ports.storage.read() as reader:
        found = reader.service_accounts.find("account of requester")
    assert found is not None
    with pytest.raises(Forbidden, match="permissions that you do not have"):
        token_of(office.ctx, office.actor, Role.REQUESTER, Narrowing(service_account=str(found.id)))
    new = NewEabKey(name="k", lifetime=DAY, role=Role.REQUESTER, service_account=str(found.id))
    with pytest.raises(Forbidden, match="permissions that you do not have"):
        create_eab_key(office.ctx, office.actor, new)


def test_who_answers_for_an_account_makes_and_rotates_its_tokens(office: Office) -> None:
    own = office.token(user="manager")
    assert rotate(office, office.actor, own).secret is not None
    teams.add_member(office.ctx, ADMIN, "Web", "manager")
    made = AccountRequest(name="of the team", role=Role.REQUESTER, team="Web")
    service_accounts.create_account(office.ctx, office.actor, made)
    assert token_of(office.ctx, office.actor, Role.REQUESTER, Narrowing(service_account="of the team")).secret


Handing = Callable[[Office], object]
BEYOND: dict[str, Handing] = {
    "account in another team": lambda at: service_accounts.create_account(
        at.ctx, at.actor, AccountRequest(name="x", role=Role.REQUESTER, user="manager", team="Web")
    ),
    "oneself into another team": lambda at: teams.add_member(at.ctx, at.actor, "Web", "manager"),
    "a friend into another team": lambda at: teams.add_member(at.ctx, at.actor, "Web", "friend"),
    "a link to somebody's account": lambda at: invitations.invite(at.ctx, at.actor, "guest"),
    "a mightier user": lambda at: users.create_user(
        at.ctx, at.actor, "x", Person(display_name="x", email=None, role=Role.AUDITOR)
    ),
    "a mightier role": lambda at: roles.assign_role(at.ctx, at.actor, "reads-audit", "member"),
    "a role on a team's objects": lambda at: roles.assign_role(at.ctx, at.actor, "for-teams", "member"),
}


OWN: dict[str, Callable[[Context, Actor], object]] = {
    "role": lambda at, who: users.change_user(at, who, "boss", Person(display_name="x", email=None, role=Role.AUDITOR)),
    "custom role": lambda at, who: roles.update_role(at, who, "manages-people", wish(P.USER_READ)),
    "membership of a role": lambda at, who: roles.withdraw_role(at, who, "manages-people", "boss"),
}


@pytest.mark.parametrize("change", OWN)
def test_aut_07_ones_own_rights_are_changed_by_no_token_or_account_of_ones_own(office: Office, change: str) -> None:
    """An administrator covers everything, and still does not decide about themselves."""
    ctx = office.ctx
    boss = new_user(ctx, "boss", Role.ADMINISTRATOR)
    roles.assign_role(ctx, ADMIN, "manages-people", "boss")
    teams.add_member(ctx, ADMIN, "Web", "boss")
    by_token = token_of(ctx, person(ctx, boss), Role.ADMINISTRATOR)
    for made in (by_token, office.token(Role.ADMINISTRATOR, team="Web")):
        with pytest.raises(Forbidden, match="You cannot change"):
            OWN[change](ctx, login(ctx, made.secret))


@pytest.fixture
def furnished(office: Office) -> Office:
    ctx = office.ctx
    new_user(ctx, "friend", Role.REQUESTER)
    guest = new_user(ctx, "guest", Role.REQUESTER)
    with ctx.ports.storage.housekeep() as uow:
        uow.users.set_signed_in(guest.id, ctx.ports.clock.now())
    roles.create_role(ctx, ADMIN, "reads-audit", wish(P.AUDIT_READ))
    scope = replace(wish(P.CERTIFICATE_REVOKE).scope, reach=Reach.TEAM)
    roles.create_role(ctx, ADMIN, "for-teams", wish(P.CERTIFICATE_REVOKE, scope=scope))
    return office


@pytest.mark.parametrize("handing", BEYOND)
def test_rights_beyond_ones_own_are_handed_to_nobody(furnished: Office, handing: str) -> None:
    with pytest.raises(Forbidden, match=r"add yourself to a team|permissions that you do not have"):
        BEYOND[handing](furnished)


def test_a_role_that_reaches_another_team_is_given_to_no_member_of_it(office: Office) -> None:
    """The manager covers both roles of the user, but not the objects of the user's team."""
    ctx = office.ctx
    new_user(ctx, "viewer", Role.AUDITOR)
    teams.add_member(ctx, ADMIN, "Web", "viewer")
    own = replace(ADMIN, grants=(*list_builtin_grants(Role.AUDITOR), *list_builtin_grants(Role.REQUESTER)))
    manager = with_rights(P.USER_MANAGE, P.USER_READ, more=own)
    requester = Person(display_name="viewer", email=None, role=Role.REQUESTER)
    with pytest.raises(Forbidden, match="permissions that you do not have"):
        users.change_user(ctx, manager, "viewer", requester)
    teams.remove_member(ctx, ADMIN, "Web", "viewer")
    assert users.change_user(ctx, manager, "viewer", requester).role is Role.REQUESTER


def test_within_ones_own_rights_people_are_managed(furnished: Office) -> None:
    """A new user, who owns nothing yet, in the manager's own team."""
    ctx = furnished.ctx
    new = Person(display_name="new", email=None, role=Role.REQUESTER)
    users.create_user(ctx, furnished.actor, "new", new)
    assert invitations.invite(ctx, furnished.actor, "new")[0].url
    teams.create_team(ctx, ADMIN, "Own")
    teams.add_member(ctx, ADMIN, "Own", "manager")
    assert teams.add_member(ctx, furnished.actor, "Own", "new").members


def test_an_account_of_a_user_and_a_team_loses_the_team_with_its_user(office: Office) -> None:
    """At each look: also what it makes belongs to the team no more."""
    ctx, team = office.ctx, office.team.id
    theirs = Target(owner="user:somebody", team=team)
    made = office.token(user="member", team="Web")
    before = login(ctx, made.secret)
    assert (before.team_ids, before.team_id) == ({team}, team)
    assert access.is_allowed(before, P.CERTIFICATE_READ, theirs)
    teams.remove_member(ctx, ADMIN, "Web", "member")
    after = login(ctx, made.secret)
    assert (after.team_ids, after.team_id) == (frozenset(), None)
    assert not access.is_allowed(after, P.CERTIFICATE_READ, theirs)


def test_what_a_token_makes_is_the_teams_while_its_owner_is_in_it(office: Office) -> None:
    ctx = office.ctx
    member = person(ctx, office.member)
    made = token_of(ctx, member, Role.REQUESTER, Narrowing(team="Web"))
    assert login(ctx, made.secret).team_id == office.team.id
    teams.remove_member(ctx, ADMIN, "Web", "member")
    assert login(ctx, made.secret).team_id is None
