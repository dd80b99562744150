"""Administrators and the accounts at identity providers by which others sign in here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from pki_manager.domain.rights.actor import Grant, Role
from pki_manager.domain.rights.permission import Permission
from pki_manager.storage.repositories.users import SqlUsers
from tests.protocols.rest.corp import Corp
from tests.protocols.rest.door import Door
from tests.support.factories import ADMIN
from tests.support.people import Browser, make_user, signed_in
from tests.support.providers import rule_of, sign_in


def _identity(door: Door, login: str) -> dict[str, Any]:
    (found,) = door.get(f"/users/{login}/identities").json["items"]
    return dict(found)


def _delete(door: Door, login: str, identity: str) -> Any:
    return door.send("DELETE", f"/users/{login}/identities/{identity}")


def test_an_administrator_sees_and_ends_what_rules_made(at: Corp) -> None:
    login, browser = at.is_somebody("staff"), at.browser()
    sign_in(browser, at.provider)
    identity = _identity(replace(at.door, actor=ADMIN), login)
    assert (identity["provider"], identity["subject"], identity["removable"]) == ("corp", f"subject of {login}", True)
    gone = _delete(at.admin, login, identity["id"])
    assert (gone.status, at.events(gone)) == (204, [("identity.unlinked", None)])
    assert browser.get("/me").status == 401
    assert at.admin.get(f"/users/{login}/identities").json == {"items": []}
    assert _delete(at.admin, login, identity["id"]).status == 404
    assert rule_of(sign_in(at.browser(), at.provider)) == "oidc.login_taken"


def test_the_identity_has_to_be_that_users(at: Corp) -> None:
    first = at.is_somebody("staff")
    sign_in(at.browser(), at.provider)
    second = at.is_somebody("staff")
    sign_in(at.browser(), at.provider)
    other = _identity(at.admin, first)["id"]
    for user, identity in ((second, other), (second, str(UUID(int=0))), ("nobody", other)):
        assert _delete(at.admin, user, identity).status == 404, (user, identity)
    assert _identity(at.admin, first)["id"] == other


@pytest.mark.parametrize("role", [Role.CA_OPERATOR, Role.REGISTRATION_AUTHORITY, Role.REQUESTER, Role.AUDITOR])
def test_only_who_manages_users_unlinks_them(at: Corp, role: Role) -> None:
    login = at.is_somebody("staff")
    sign_in(at.browser(), at.provider)
    identity = _identity(at.admin, login)["id"]
    assert _delete(at.admin.as_role(role), login, identity).status == 403
    assert _identity(at.admin, login)["id"] == identity


def _linked(at: Corp, role: Role) -> tuple[str, Browser]:
    user = make_user(at.ctx, role)
    browser = signed_in(at.door, user)
    at.is_somebody()
    assert sign_in(browser, at.provider, purpose="link").status == 201
    return user.login, browser


def test_nobody_takes_this_way_around_proving_who_he_is(at: Corp) -> None:
    login, browser = _linked(at, Role.ADMINISTRATOR)
    identity = browser.get("/me/identities").json["items"][0]["id"]
    reply = browser.send("DELETE", f"/users/{login}/identities/{identity}")
    assert (reply.status, reply.json["code"]) == (403, "forbidden")
    assert _identity(at.admin, login)["id"] == identity


def test_nobody_unlinks_somebody_mightier(at: Corp) -> None:
    login, _ = _linked(at, Role.ADMINISTRATOR)
    identity = _identity(at.admin, login)["id"]
    managing = Grant(role="helper", permissions=frozenset({Permission.USER_MANAGE, Permission.USER_READ}))
    helper = replace(ADMIN, id="local:helper", grants=(managing,))
    assert _delete(replace(at.admin, actor=helper), login, identity).status == 403
    assert _identity(at.admin, login)["id"] == identity


def test_the_last_administrator_keeps_his_way_in(at: Corp, monkeypatch: pytest.MonkeyPatch) -> None:
    login = at.is_somebody("pki-admins")
    sign_in(at.browser(), at.provider)
    identity, user = _identity(at.admin, login)["id"], at.user(login)
    with monkeypatch.context() as alone:
        alone.setattr(SqlUsers, "lock_administrators", lambda _: [UUID(user["id"])])
        assert _delete(at.admin, login, identity).status == 409
    assert _delete(at.admin, login, identity).status == 204
