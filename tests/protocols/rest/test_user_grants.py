"""Where a user's rights come from: what a person gave, and what an identity provider's rules gave."""

from __future__ import annotations

from typing import Any

import pytest

from pki_manager.authority.kernel.scope_request import ScopeRequest
from pki_manager.authority.rights import roles, teams
from pki_manager.authority.rights.roles import RoleRequest
from pki_manager.domain.people.identity import IdentityRule
from pki_manager.domain.rights.actor import Role
from pki_manager.domain.rights.permission import Permission
from tests.protocols.rest.corp import Corp
from tests.protocols.rest.door import Door, House, unique
from tests.support.factories import ADMIN, with_ports
from tests.support.people import make_user, signed_in
from tests.support.providers import RULES, sign_in


def custom_role(house: House | Corp, permission: Permission = Permission.CERTIFICATE_READ, **limits: Any) -> str:
    """Its name."""
    wish = RoleRequest(description="", permissions=frozenset({permission}), scope=ScopeRequest(**limits))
    return roles.create_role(house.ctx, ADMIN, unique("role"), wish)[0].name


def of(door: Door, user: str) -> dict[str, Any]:
    reply = door.get(f"/users/{user}/grants")
    assert reply.status == 200, reply.body
    told: dict[str, Any] = reply.json
    return told


def grant(permission: str, **limits: Any) -> dict[str, Any]:
    return {"permissions": [permission], "cas": None, "profiles": None, "names": None, "reach": "all", **limits}


@pytest.mark.parametrize("role", list(Role))
def test_a_user_without_more_has_what_the_standing_role_allows(house: House, door: Door, role: Role) -> None:
    user = make_user(house.ctx, role)
    told = of(door, user.login)
    assert (told["user"], told["state"], told["teams"]) == (str(user.id), "active", [])
    (standing,) = told["roles"]
    assert (standing["name"], standing["is_builtin"], standing["given_by"]) == (role.value, True, None)
    table = door.get("/permissions").json["items"]
    allowed = {one["permission"]: one["roles"][role.value] for one in table if role.value in one["roles"]}
    assert told["permissions"] == sorted(allowed)
    reach = {permission: grant["reach"] for grant in standing["grants"] for permission in grant["permissions"]}
    assert reach == allowed


def test_roles_and_teams_that_a_person_gave_are_told_with_their_limits(house: House, door: Door) -> None:
    user = make_user(house.ctx, Role.REQUESTER)
    limited, free = custom_role(house, names=("DNS:example.com",)), custom_role(house, Permission.AUDIT_READ)
    names = sorted((limited, free))
    for name in names:
        roles.assign_role(house.ctx, ADMIN, name, user.login)
    made = sorted(unique("team") for _ in range(2))
    for name in reversed(made):
        teams.create_team(house.ctx, ADMIN, name)
        teams.add_member(house.ctx, ADMIN, name, user.login)
    told = of(door, str(user.id))
    assert [one["name"] for one in told["roles"]] == ["requester", *names]
    assert [one["is_builtin"] for one in told["roles"]] == [True, False, False]
    assert {one["name"]: one["grants"] for one in told["roles"][1:]} == {
        limited: [grant("certificate:read", names=["DNS:example.com"])],
        free: [grant("audit:read")],
    }
    assert {"certificate:read", "audit:read", "request:submit"} <= set(told["permissions"])
    assert [one["name"] for one in told["teams"]] == made
    assert all(one["given_by"] is None for one in (*told["roles"], *told["teams"]))


def test_a_retired_role_is_told_and_gives_nothing(house: House, door: Door) -> None:
    user = make_user(house.ctx, Role.REQUESTER)
    name = custom_role(house, Permission.AUDIT_READ)
    roles.assign_role(house.ctx, ADMIN, name, user.login)
    roles.retire_role(house.ctx, ADMIN, name)
    told = of(door, user.login)
    assert [(one["name"], bool(one["grants"])) for one in told["roles"]] == [("requester", True), (name, False)]
    assert "audit:read" not in told["permissions"]


def test_what_the_rules_of_a_provider_gave_is_told_with_its_account(at: Corp) -> None:
    by_rules, by_hand, ruled_team, other_team = custom_role(at), custom_role(at), unique("team"), unique("team")
    for name in (ruled_team, other_team):
        teams.create_team(at.ctx, ADMIN, name)
    rule = IdentityRule(claim="groups", value="staff", custom_roles=(by_rules,), teams=(ruled_team,))
    at.offer(rules=(*RULES, rule))
    login, browser = at.is_somebody("staff"), at.browser()
    assert sign_in(browser, at.provider).status == 201
    roles.assign_role(at.ctx, ADMIN, by_hand, login)
    teams.add_member(at.ctx, ADMIN, other_team, login)
    (account,) = at.admin.get(f"/users/{login}/identities").json["items"]
    told = of(Door(at.door.app, ADMIN), login)
    giver = {"identity": account["id"], "provider": "corp", "title": "Corp"}
    assert {one["name"]: one["given_by"] for one in told["roles"]} == {
        "requester": giver,
        by_rules: giver,
        by_hand: None,
    }
    assert {one["name"]: one["given_by"] for one in told["teams"]} == {ruled_team: giver, other_team: None}


def test_who_was_a_user_before_has_the_standing_role_from_a_person(at: Corp) -> None:
    given = custom_role(at)
    at.offer(rules=(*RULES, IdentityRule(claim="groups", value="staff", custom_roles=(given,))))
    user = make_user(at.ctx, Role.AUDITOR)
    browser = signed_in(at.door, user)
    at.is_somebody("staff")
    assert sign_in(browser, at.provider, purpose="link").status == 201
    assert sign_in(at.browser(), at.provider).status == 201
    told = of(Door(at.door.app, ADMIN), user.login)
    assert {one["name"]: one["given_by"] and one["given_by"]["provider"] for one in told["roles"]} == {
        "auditor": None,
        given: "corp",
    }


def test_an_account_of_a_provider_that_the_settings_name_no_longer_goes_by_its_issuer(at: Corp) -> None:
    login = at.is_somebody("staff")
    assert sign_in(at.browser(), at.provider).status == 201
    at.ctx = with_ports(at.ctx, providers={})
    (standing,) = of(Door(at.door.app, ADMIN), login)["roles"]
    assert (standing["given_by"]["provider"], standing["given_by"]["title"]) == (None, at.provider.url)


def test_who_is_disabled_is_told_to_be(house: House, door: Door) -> None:
    user = make_user(house.ctx, Role.REQUESTER)
    assert door.post(f"/users/{user.login}/disable").status == 200
    assert of(door, user.login)["state"] == "disabled"


def test_nobody_is_nobody(door: Door) -> None:
    assert door.get("/users/nobody/grants").status == 404
