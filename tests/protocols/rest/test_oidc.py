"""People whom an identity provider vouches for: who they are here, what its rules give them, and what is refused."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from pki_manager.authority.rights import roles, teams
from pki_manager.authority.rights.roles import RoleRequest
from pki_manager.domain.people.identity import IdentityRule, UnknownUsers
from pki_manager.domain.rights.actor import Role
from pki_manager.domain.rights.permission import Permission
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.storage.repositories.users import SqlUsers
from tests.protocols.rest.corp import Corp
from tests.protocols.rest.door import unique
from tests.services.forger import CLIENT_SECRET
from tests.support.factories import ADMIN
from tests.support.people import make_user, secret_of, shown, signed_in
from tests.support.providers import RULES, come_back, leave, rule_of, sign_in


def test_somebody_whom_the_rules_give_a_role_is_a_user_from_now_on(at: Corp) -> None:
    login, browser = at.is_somebody("staff", email="ada@example.com", email_verified=True), at.browser()
    reply = sign_in(browser, at.provider)
    assert (reply.status, reply.json["stage"]) == (201, "active")
    assert at.events(reply) == [("user.created", None), ("login.succeeded", None)]
    me = browser.get("/me").json
    assert (me["user"]["login"], me["roles"], me["user"]["origin"]) == (login, ["requester"], "corp")
    assert (me["user"]["display_name"], me["user"]["email"]) == ("Ada", "ada@example.com")
    (session,) = browser.get("/me/sessions").json["items"]
    assert session["method"] == "oidc:corp"
    again = sign_in(at.browser(), at.provider)
    assert at.events(again) == [("login.succeeded", None)]


def test_the_page_before_one_is_in_learns_who_vouches(at: Corp) -> None:
    assert at.browser().get("/oidc").json == {"items": [{"name": "corp", "title": "Corp"}]}


def test_whoever_has_no_role_by_the_rules_is_nobody(at: Corp) -> None:
    login = at.is_somebody("visitors")
    reply = sign_in(at.browser(), at.provider)
    assert rule_of(reply) == "oidc.no_role"
    assert at.events(reply) == [("login.failed", "oidc.no_role")]
    assert at.admin.get(f"/users/{login}").status == 404


def test_only_the_invited_come_in_where_newcomers_are_refused(at: Corp) -> None:
    at.offer(unknown_users=UnknownUsers.REFUSE)
    at.is_somebody("staff")
    assert rule_of(sign_in(at.browser(), at.provider)) == "oidc.unknown"


def test_another_role_by_the_rules_ends_the_sessions(at: Corp) -> None:
    make_user(at.ctx)  # another administrator, or there would be none
    login, before = at.is_somebody("staff"), at.browser()
    sign_in(before, at.provider)
    at.provider.claims["groups"] = ["staff", "pki-admins"]
    after = at.browser()
    reply = sign_in(after, at.provider)
    assert at.events(reply) == [("user.changed", None), ("login.succeeded", None)]
    assert before.get("/me").status == 401
    assert after.get("/me").json["roles"] == ["administrator"]
    at.offer(rules=RULES[1:])
    sign_in(at.browser(), at.provider)
    assert at.user(login)["role"] == "requester"
    assert after.get("/me").status == 401


def test_what_the_rules_no_longer_give_is_taken_and_what_a_person_gave_stays(at: Corp) -> None:
    given, by_hand, team = unique("given"), unique("by-hand"), unique("team")
    wish = RoleRequest(description="", permissions=frozenset({Permission.CRL_READ}))
    for name in (given, by_hand):
        roles.create_role(at.ctx, ADMIN, name, wish)
    teams.create_team(at.ctx, ADMIN, team)
    more = IdentityRule(claim="groups", value="staff", custom_roles=(given, by_hand, "nowhere"), teams=(team, "none"))
    at.offer(rules=(*RULES, more))
    login = at.is_somebody("staff")
    at.offer(rules=RULES)
    sign_in(at.browser(), at.provider)
    roles.assign_role(at.ctx, ADMIN, by_hand, login)
    at.offer(rules=(*RULES, more))
    browser = at.browser()
    reply = sign_in(browser, at.provider)
    assert set(browser.get("/me").json["roles"]) == {"requester", given, by_hand}
    assert login in {one["login"] for one in at.admin.get(f"/teams/{team}").json["members"]}
    assert ("team.member_added", None) in at.events(reply)
    at.offer(rules=RULES)
    later = at.browser()
    sign_in(later, at.provider)
    assert later.get("/me").json["roles"] == ["requester", by_hand]
    assert at.admin.get(f"/teams/{team}").json["members"] == []


def test_whoever_loses_the_last_role_is_shut_out_everywhere_until_it_comes_back(at: Corp) -> None:
    login, browser = at.is_somebody("staff"), at.browser()
    sign_in(browser, at.provider)
    at.provider.claims["groups"] = []
    reply = sign_in(at.browser(), at.provider)
    assert rule_of(reply) == "oidc.no_role"
    assert at.events(reply) == [("user.disabled", None), ("login.failed", "oidc.no_role")]
    assert browser.get("/me").status == 401
    assert at.user(login)["state"] == "disabled"
    assert at.events(sign_in(at.browser(), at.provider)) == [("login.failed", "oidc.no_role")]
    at.provider.claims["groups"] = ["staff"]
    assert at.events(sign_in(at.browser(), at.provider)) == [("user.enabled", None), ("login.succeeded", None)]


def test_whom_a_person_has_disabled_no_rule_lets_in_again(at: Corp) -> None:
    login = at.is_somebody("staff")
    sign_in(at.browser(), at.provider)
    at.admin.post(f"/users/{login}/disable")
    assert rule_of(sign_in(at.browser(), at.provider)) == "oidc.disabled"
    at.provider.claims["groups"] = []
    assert rule_of(sign_in(at.browser(), at.provider)) == "oidc.no_role"
    at.provider.claims["groups"] = ["staff"]
    assert rule_of(sign_in(at.browser(), at.provider)) == "oidc.disabled"
    at.admin.post(f"/users/{login}/enable")
    assert sign_in(at.browser(), at.provider).status == 201


def test_whom_the_rules_and_then_a_person_has_disabled_stays_out(at: Corp) -> None:
    login = at.is_somebody("staff")
    sign_in(at.browser(), at.provider)
    at.provider.claims["groups"] = []
    sign_in(at.browser(), at.provider)
    at.admin.post(f"/users/{login}/disable")
    at.provider.claims["groups"] = ["staff"]
    assert rule_of(sign_in(at.browser(), at.provider)) == "oidc.disabled"


@pytest.mark.parametrize("claim", ["preferred_username", "email"])
def test_nobody_becomes_somebody_who_is_here_by_a_name_or_a_mail_address(at: Corp, claim: str) -> None:
    login = unique("alice@example.com").replace("-", "")
    user = make_user(at.ctx, Role.ADMINISTRATOR, login)
    at.is_somebody("staff", **{"preferred_username": None, "email_verified": True, claim: login.upper()})
    reply = sign_in(at.browser(), at.provider)
    assert rule_of(reply) == "oidc.login_taken"
    assert at.user(str(user.id))["origin"] is None


def test_a_mail_address_that_is_not_verified_is_nobodys_login(at: Corp) -> None:
    at.is_somebody("staff", preferred_username=None, email="root@example.com", email_verified=False)
    browser = at.browser()
    sign_in(browser, at.provider)
    me = browser.get("/me").json["user"]
    assert me["login"].startswith("corp-")
    assert me["email"] is None


def test_who_comes_by_many_browsers_at_once_is_created_once(at: Corp) -> None:
    login = at.is_somebody("staff")
    browsers = [at.browser() for _ in range(8)]
    queries = [leave(browser, at.provider) for browser in browsers]
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(come_back, browsers, queries))
    assert [reply.status for reply in replies] == [201] * 8
    assert at.user(login)["origin"] == "corp"


def test_the_last_administrator_is_not_taken_away_by_a_rule(at: Corp, monkeypatch: pytest.MonkeyPatch) -> None:
    login, browser = at.is_somebody("pki-admins"), at.browser()
    sign_in(browser, at.provider)
    alone = [UUID(at.user(login)["id"])]
    monkeypatch.setattr(SqlUsers, "lock_administrators", lambda _: alone)
    for groups in (["staff"], []):
        at.provider.claims["groups"] = groups
        reply = sign_in(at.browser(), at.provider)
        assert rule_of(reply) == "oidc.last_administrator"
        assert at.events(reply) == [("login.failed", "oidc.last_administrator")]
    assert at.user(login)["role"] == "administrator"
    assert browser.get("/me").status == 200


def test_a_second_factor_is_asked_for_here_unless_the_provider_saw_one(at: Corp) -> None:
    login, browser = at.is_somebody("staff"), at.browser()
    sign_in(browser, at.provider)
    secret = browser.send("PUT", "/me/totp").json["secret"]
    assert browser.send("PUT", "/me/totp/confirmation", {"code": shown(secret, at.clock)}).status == 200
    at.provider.claims["amr"] = ["pwd", "mfa"]
    half = at.browser()
    reply = sign_in(half, at.provider)
    assert (reply.json["stage"], at.events(reply)) == ("second-factor", [("login.begun", None)])
    assert half.get("/me").status == 401
    done = half.post("/sessions/second-factor", {"totp": shown(secret, at.clock, 1)})
    assert done.json["stage"] == "active"
    methods = {one["id"]: one["method"] for one in half.get("/me/sessions").json["items"]}
    assert methods[done.json["id"]] == "oidc:corp+totp"
    at.offer(second_factor_amr=frozenset({"mfa"}))
    assert sign_in(at.browser(), at.provider).json["stage"] == "active"
    at.provider.claims["amr"] = ["pwd"]
    assert sign_in(at.browser(), at.provider).json["stage"] == "second-factor"
    at.offer(second_factor_acr=frozenset({"urn:two"}))
    at.provider.claims["acr"] = "urn:two"
    assert sign_in(at.browser(), at.provider).json["stage"] == "active"
    assert at.user(login)["state"] == "active"


def test_a_role_that_demands_a_second_factor_demands_it_of_them_too(at: Corp) -> None:
    config = replace(at.ctx.config, second_factor_roles=frozenset({Role.REQUESTER}))
    at.ctx = replace(at.ctx, config=config)
    at.is_somebody("staff", amr=["mfa"])
    assert sign_in(at.browser(), at.provider).json["stage"] == "second-factor-setup"
    at.offer(second_factor_amr=frozenset({"mfa"}))
    assert sign_in(at.browser(), at.provider).json["stage"] == "active"


def test_a_proof_for_dangerous_things_comes_from_the_provider_anew(at: Corp) -> None:
    at.is_somebody("pki-admins")
    browser = at.browser()
    sign_in(browser, at.provider)
    at.clock.advance(timedelta(minutes=6))
    wish = {"login": unique("new"), "display_name": "New", "role": "auditor"}
    assert browser.post("/users", wish).json["code"] == "fresh_authentication_required"
    at.provider.claims["auth_time"] = int(at.clock.now().timestamp()) - 360
    assert rule_of(sign_in(browser, at.provider, purpose="prove")) == "oidc.auth_time"
    del at.provider.claims["auth_time"]
    secret = browser.cookies["pkim_session"]
    reply = sign_in(browser, at.provider, purpose="prove")
    assert at.events(reply) == [("session.reauthenticated", None)]
    assert browser.cookies["pkim_session"] != secret
    assert browser.post("/users", wish).status == 201


def test_somebody_elses_proof_is_none(at: Corp) -> None:
    at.is_somebody("pki-admins")
    browser = at.browser()
    sign_in(browser, at.provider)
    mine = browser.get("/me").json["user"]["id"]
    at.is_somebody("staff")
    reply = sign_in(browser, at.provider, purpose="prove")
    assert rule_of(reply) == "oidc.somebody_else"
    assert at.events(reply) == [("login.failed", "oidc.somebody_else")]
    assert browser.get("/me").json["user"]["id"] == mine


def test_a_visit_to_prove_is_not_one_to_sign_in_elsewhere(at: Corp) -> None:
    at.is_somebody("staff")
    browser = at.browser()
    sign_in(browser, at.provider)
    query = leave(browser, at.provider, purpose="prove")
    browser.send("DELETE", "/me/session")
    assert rule_of(come_back(browser, query)) == "oidc.session"
    assert browser.post("/oidc/corp/begin", {"purpose": "prove"}).status == 401
    assert browser.post("/oidc/corp/begin", {"purpose": "link"}).status == 401


def test_a_user_links_an_account_and_unlinks_it(at: Corp) -> None:
    at.offer(unknown_users=UnknownUsers.REFUSE)
    at.is_somebody("pki-admins")
    user = make_user(at.ctx, Role.AUDITOR)
    browser = signed_in(at.door, user)
    reply = sign_in(browser, at.provider, purpose="link")
    assert at.events(reply) == [("identity.linked", None)]
    (identity,) = browser.get("/me/identities").json["items"]
    assert (identity["provider"], identity["subject"], identity["removable"]) == ("corp", at.provider.subject, True)
    other = at.browser()
    assert sign_in(other, at.provider).status == 201
    assert other.get("/me").json["roles"] == ["auditor"]
    assert rule_of(sign_in(browser, at.provider, purpose="link")) == "oidc.taken"
    gone = browser.send("DELETE", f"/me/identities/{identity['id']}")
    assert (gone.status, at.events(gone)) == (204, [("identity.unlinked", None)])
    assert rule_of(sign_in(at.browser(), at.provider)) == "oidc.unknown"


def test_a_link_needs_a_fresh_proof(at: Corp) -> None:
    browser = signed_in(at.door, make_user(at.ctx))
    at.clock.advance(timedelta(minutes=6))
    reply = browser.post("/oidc/corp/begin", {"purpose": "link"})
    assert reply.json["code"] == "fresh_authentication_required"


def test_nobody_unlinks_anothers_account_or_what_rules_made(at: Corp) -> None:
    at.is_somebody("staff")
    browser = at.browser()
    sign_in(browser, at.provider)
    (identity,) = browser.get("/me/identities").json["items"]
    assert not identity["removable"]
    assert browser.send("DELETE", f"/me/identities/{identity['id']}").status == 409
    other = signed_in(at.door, make_user(at.ctx))
    assert other.send("DELETE", f"/me/identities/{identity['id']}").status == 404
    assert at.door.with_token(None).get("/me/identities").status == 401


def test_the_invited_may_come_by_a_provider_in_place_of_a_password(at: Corp) -> None:
    at.offer(unknown_users=UnknownUsers.REFUSE)
    at.is_somebody("nothing")
    login = unique("invited")
    made = at.admin.post("/users", {"login": login, "display_name": "Guest", "role": "auditor"})
    link = secret_of(made.json["sign_in_url"])
    browser = at.browser()
    reply = sign_in(browser, at.provider, invitation=link)
    assert at.events(reply) == [("identity.linked", None), ("invitation.accepted", None)]
    assert browser.get("/me").json["user"]["login"] == login
    assert rule_of(sign_in(at.browser(), at.provider, invitation=link)) == "oidc.invitation"
    assert sign_in(at.browser(), at.provider).status == 201
    (identity,) = browser.get("/me/identities").json["items"]
    assert browser.send("DELETE", f"/me/identities/{identity['id']}").status == 409


def test_signing_out_here_may_sign_out_there(at: Corp) -> None:
    url = at.browser().get("/oidc/corp/sign-out").json["url"]
    assert url.startswith(f"{at.provider.url}/end?")
    assert "post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A8080%2Fsign-in" in url
    at.offer(sign_out=False)
    assert at.browser().get("/oidc/corp/sign-out").json == {"url": None}


def test_nothing_secret_of_a_visit_is_told_or_kept(at: Corp, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    at.is_somebody("staff")
    browser = at.browser()
    query = leave(browser, at.provider)
    at.provider.answers["/token"] = (400, json.dumps({"error": "invalid_grant", "echo": CLIENT_SECRET}).encode())
    refused = come_back(browser, query)
    assert rule_of(refused) == "oidc.code"
    (form,) = (form for path, form in at.provider.asked if path == "/token")
    with at.ctx.ports.storage.read() as reader:
        bodies = [event.body.decode() for event in reader.audit.page(AuditFilter(), None, 200).items]
    told = caplog.text + refused.body.decode() + "".join(bodies)
    for secret in (CLIENT_SECRET, query["code"], form["code_verifier"], browser.cookies["pkim_visit"]):
        assert secret not in told
