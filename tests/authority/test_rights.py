"""Rights as they stand at the moment: roles of one's own, teams, service accounts, and tokens, never exceeding them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pki_manager.authority.certificates import queries
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.scope_request import ScopeRequest
from pki_manager.authority.people import invitations, sessions, users
from pki_manager.authority.people.users import Person
from pki_manager.authority.rights import roles, service_accounts, teams, tokens
from pki_manager.authority.rights.roles import RoleRequest
from pki_manager.authority.rights.service_accounts import AccountRequest
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NameTaken,
    NotFound,
)
from pki_manager.domain.events.people import LoginSucceeded
from pki_manager.domain.people.session import Stage
from pki_manager.domain.rights.actor import Reach, Role
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.storage.storage import SqlStorage
from tests.fakes.clock import FrozenClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, initialized, make_authority
from tests.support.people import VISITOR, new_user
from tests.support.rights import person

DAY = Duration.parse("P1D")


HOUR = Duration.parse("PT1H")


P = Permission


def wish(*permissions: Permission, scope: ScopeRequest | None = None) -> RoleRequest:
    return RoleRequest(description="", permissions=frozenset(permissions), scope=scope or ScopeRequest())


def test_a_role_of_ones_own_allows_what_it_says_in_its_newest_version(people: Context) -> None:
    alice = new_user(people, "alice", Role.REQUESTER)
    roles.create_role(people, ADMIN, "watcher", wish(P.AUDIT_READ, P.JOB_READ))
    assert not access.is_allowed(person(people, alice), P.AUDIT_READ)
    roles.assign_role(people, ADMIN, "watcher", "alice")
    assert access.require(person(people, alice), P.AUDIT_READ) == "role:watcher"
    roles.update_role(people, ADMIN, "watcher", wish(P.JOB_READ))
    assert not access.is_allowed(person(people, alice), P.AUDIT_READ)
    assert access.is_allowed(person(people, alice), P.JOB_READ)
    roles.retire_role(people, ADMIN, "watcher")
    assert not access.is_allowed(person(people, alice), P.JOB_READ)
    view = roles.show_role(people, ADMIN, "watcher")
    assert (view.role.version, view.role.state, view.holders) == (2, "retired", (alice.id,))
    for verb in (roles.update_role, roles.create_role):
        with pytest.raises(Conflict, match=r"A role named .* already exists|Role .* is retired"):
            verb(people, ADMIN, "watcher", wish(P.JOB_READ))
    with pytest.raises(Conflict, match=r"Role .* is retired"):
        roles.assign_role(people, ADMIN, "watcher", "alice")
    roles.withdraw_role(people, ADMIN, "watcher", "alice")
    with pytest.raises(NotFound, match=r"User .* does not have role"):
        roles.withdraw_role(people, ADMIN, "watcher", "alice")


def test_a_change_of_rights_ends_the_sessions_of_whoever_it_is_for(people: Context) -> None:
    alice = new_user(people, "alice", Role.REQUESTER)
    roles.create_role(people, ADMIN, "watcher", wish(P.AUDIT_READ))
    for change in (roles.assign_role, roles.withdraw_role):
        with people.ports.storage.begin(ADMIN) as uow:
            opened = sessions.open_session(
                people, uow, alice, VISITOR, stage=Stage.ACTIVE, method="password", agent="browser"
            )
            uow.record(LoginSucceeded(object_id=str(alice.id), session=str(opened.session.id), method="password"))
        assert sessions.recognize(people, opened.secret) is not None
        change(people, ADMIN, "watcher", str(alice.id))
        assert sessions.recognize(people, opened.secret) is None


@pytest.mark.parametrize(
    ("name", "scope", "allow", "rules"),
    [
        ("administrator", ScopeRequest(), [P.CA_READ], {"role.name"}),
        ("Web", ScopeRequest(), [P.CA_READ], {"role.name"}),
        ("a" * 61, ScopeRequest(), [P.CA_READ], {"role.name"}),
        ("web", ScopeRequest(), [], {"role.permissions"}),
        ("web", ScopeRequest(cas=()), [P.CERTIFICATE_READ, P.AUDIT_READ], {"role.boundless"}),
        ("web", ScopeRequest(reach=Reach.TEAM), [P.USER_MANAGE, P.SELF_READ], {"role.boundless"}),
        ("web", ScopeRequest(names=("URI:example.com",)), [P.CERTIFICATE_READ], {"role.names"}),
        ("web", ScopeRequest(names=("email:a@example.com",)), [P.CERTIFICATE_READ], {"role.names"}),
        ("web", ScopeRequest(names=("DNS:a b",)), [P.CERTIFICATE_READ], {"role.names"}),
        ("web", ScopeRequest(names=("IP:10.0.0.1/8",)), [P.CERTIFICATE_READ], {"name_constraints.ip"}),
        ("web", ScopeRequest(names=("example.com",)), [P.CERTIFICATE_READ], {"san.form"}),
    ],
)
def test_a_role_that_cannot_be_meant_is_refused_with_its_field(
    people: Context, name: str, scope: ScopeRequest, allow: list[Permission], rules: set[str]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        roles.create_role(people, ADMIN, name, wish(*allow, scope=scope))
    assert {error.rule for error in refused.value.errors} == rules


def test_aut_07_nobody_changes_their_own_rights_or_hands_on_more_than_they_have(people: Context) -> None:
    boss = new_user(people, "boss", Role.REQUESTER)
    bob = new_user(people, "bob", Role.REQUESTER)
    roles.create_role(people, ADMIN, "manager", wish(P.ROLE_MANAGE, P.ROLE_READ))
    roles.create_role(people, ADMIN, "watcher", wish(P.AUDIT_READ))
    roles.assign_role(people, ADMIN, "manager", "boss")
    who = person(people, boss)
    own = [
        lambda: roles.update_role(people, who, "manager", wish(P.ROLE_READ)),
        lambda: roles.retire_role(people, who, "manager"),
        lambda: roles.assign_role(people, who, "manager", "boss"),
        lambda: roles.withdraw_role(people, who, "manager", str(boss.id)),
        lambda: roles.create_role(people, who, "more", wish(P.AUDIT_READ)),
        lambda: roles.update_role(people, who, "watcher", wish(P.ROLE_READ)),
        lambda: roles.retire_role(people, who, "watcher"),
        lambda: roles.assign_role(people, who, "watcher", "bob"),
    ]
    for attempt in own:
        with pytest.raises(
            Forbidden,
            match=r"You cannot change (a role that you|your own permissions)|permissions that you do not have",
        ):
            attempt()
    roles.create_role(people, who, "lesser", wish(P.ROLE_READ))
    assert roles.assign_role(people, who, "lesser", "bob").holders == (bob.id,)


def test_nobody_decides_about_somebody_mightier(people: Context) -> None:
    """A link to come in by, or a role taken away, would be a way to rights that one has not."""
    clerk = new_user(people, "clerk", Role.REQUESTER)
    new_user(people, "bob", Role.REQUESTER)
    new_user(people, "root", Role.ADMINISTRATOR)
    roles.create_role(people, ADMIN, "clerk", wish(P.USER_MANAGE, P.USER_READ, P.TEAM_MANAGE))
    roles.create_role(people, ADMIN, "watcher", wish(P.AUDIT_READ))
    roles.assign_role(people, ADMIN, "clerk", "clerk")
    who = person(people, clerk)
    teams.create_team(people, ADMIN, "Web")
    with pytest.raises(Forbidden, match="You cannot add yourself to a team"):
        teams.add_member(people, who, "Web", "clerk")
    auditor = Person(display_name="B", email=None, role=Role.AUDITOR)
    assert invitations.invite(people, who, "bob")[0].url is not None
    roles.assign_role(people, ADMIN, "watcher", "bob")
    for login in ("bob", "root"):
        for attempt in (
            lambda login=login: invitations.invite(people, who, login),
            lambda login=login: users.disable_user(people, who, login),
            lambda login=login: users.enable_user(people, who, login),
            lambda login=login: users.change_user(people, who, login, auditor),
        ):
            with pytest.raises(Forbidden, match="permissions that you do not have"):
                attempt()


def test_rights_need_their_permission(people: Context) -> None:
    nobody = replace(ADMIN, grants=())
    account = AccountRequest(name="a", role="requester", user="u")
    verbs = [
        lambda: roles.create_role(people, nobody, "r", wish(P.CA_READ)),
        lambda: roles.update_role(people, nobody, "r", wish(P.CA_READ)),
        lambda: roles.retire_role(people, nobody, "r"),
        lambda: roles.list_roles(people, nobody, None, 10),
        lambda: roles.show_role(people, nobody, "r"),
        lambda: roles.assign_role(people, nobody, "r", "u"),
        lambda: roles.withdraw_role(people, nobody, "r", "u"),
        lambda: teams.create_team(people, nobody, "t"),
        lambda: teams.list_teams(people, nobody, None, 10),
        lambda: teams.show_team(people, nobody, "t"),
        lambda: teams.add_member(people, nobody, "t", "u"),
        lambda: teams.remove_member(people, nobody, "t", "u"),
        lambda: service_accounts.create_account(people, nobody, account),
        lambda: service_accounts.list_accounts(people, nobody, None, 10),
        lambda: service_accounts.show_account(people, nobody, "a"),
        lambda: service_accounts.disable_account(people, nobody, "a"),
        lambda: tokens.create_token(people, nobody, "t", "requester", DAY),
        lambda: tokens.rotate_token(people, nobody, people.new_id(), HOUR),
    ]
    for verb in verbs:
        with pytest.raises(Forbidden) as refused:
            verb()
        assert refused.value.rule == "access.permission"


def test_members_of_a_team_see_each_others_certificates_and_those_who_left_do_not(
    tmp_path: Path, storage: SqlStorage, clock: FrozenClock
) -> None:
    ctx = initialized(make_authority(tmp_path, storage, clock))
    alice, bob = (new_user(ctx, name, Role.REGISTRATION_AUTHORITY) for name in ("alice", "bob"))
    carol = new_user(ctx, "carol", Role.REQUESTER)
    team = teams.create_team(ctx, ADMIN, "Web")[0].team
    for name in ("alice", "carol"):
        teams.add_member(ctx, ADMIN, "Web", name)
    teams.add_member(ctx, ADMIN, str(team.id), "carol")
    order = Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com"))
    made = enroll(ctx, person(ctx, alice), order)[0]
    assert (made.owner_id, made.team_id) == (f"user:{alice.id}", team.id)
    assert queries.show_certificate(ctx, person(ctx, carol), made.id).id == made.id
    assert [one.login for one in teams.show_team(ctx, ADMIN, "Web").members] == ["alice", "carol"]
    teams.remove_member(ctx, ADMIN, "Web", "carol")
    with pytest.raises(NotFound, match=r"Certificate .* not found"):
        queries.show_certificate(ctx, person(ctx, carol), made.id)
    with pytest.raises(NotFound, match=r"User .* is not in team"):
        teams.remove_member(ctx, ADMIN, "Web", "carol")
    with pytest.raises(NameTaken, match=r"A team named .* already exists"):
        teams.create_team(ctx, ADMIN, "Web")
    assert person(ctx, bob).team_ids == frozenset()
