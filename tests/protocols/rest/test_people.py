"""Users and their browsers at the REST door: cookies, cross-site requests, fresh proofs, users and sessions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.people import guesses, second_step
from pki_manager.domain.rights.actor import Role
from pki_manager.domain.rights.permission import PUBLIC
from pki_manager.protocols.rest.app import create_rest
from tests.protocols.rest.door import Door, House, Reply, unique
from tests.support.factories import ADMIN
from tests.support.people import PASSWORD, Browser, make_user, secret_of, signed_in

NOTHING = "01a20d6d-5a00-7000-8000-000000000000"


@pytest.fixture
def browser(house: House) -> Browser:
    """Where a new administrator is signed in."""
    return signed_in(house.door, make_user(house.ctx))


@pytest.fixture
def later(house: House) -> Iterator[timedelta]:
    """The clock goes on by more than a proof stays fresh."""
    yield timedelta(minutes=6)
    house.clock.advance(timedelta(hours=1, minutes=1))


def set_cookie(reply: Reply) -> str:
    return reply.headers["set-cookie"]


def test_a_user_signs_in_sees_himself_and_signs_out(house: House) -> None:
    user = make_user(house.ctx, Role.AUDITOR)
    browser = Browser(house.door)
    opened = browser.sign_in(user.login.upper())
    assert (opened.status, opened.json["stage"]) == (201, "active")
    me = browser.get("/me").json
    assert (me["kind"], me["id"], me["roles"], me["is_fresh"]) == ("user", f"user:{user.id}", ["auditor"], True)
    assert me["user"]["login"] == user.login
    assert me["session"]["csrf_token"] == browser.csrf
    assert me["session"]["idle_seconds"] == 1800
    assert me["security_notices"] == []
    assert "audit:read" in me["permissions"]
    assert {one["agent"] for one in browser.get("/me/sessions").json["items"]} == {"browser", "Browser/1"}
    kept = dict(browser.cookies)
    gone = browser.send("DELETE", "/me/session")
    assert gone.status == 204
    assert browser.cookies == {}
    assert Browser(house.door, cookies=kept).get("/me").status == 401


def test_the_cookie_is_for_this_host_and_no_script(house: House) -> None:
    user = make_user(house.ctx)
    plain = Browser(house.door).sign_in(user.login)
    parts = {part.strip().lower() for part in set_cookie(plain).split(";")[1:]}
    assert parts == {"httponly", "path=/", "samesite=strict"}
    assert set_cookie(plain).startswith("pkim_session=")

    async def over_tls(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await house.door.app({**scope, "scheme": "https"}, receive, send)

    browser = Browser(Door(over_tls), origin="https://localhost:8080")
    secure = browser.sign_in(user.login)
    parts = {part.strip().lower() for part in set_cookie(secure).split(";")[1:]}
    assert parts == {"httponly", "path=/", "samesite=strict", "secure"}
    assert set_cookie(secure).startswith("__Host-pkim_session=")
    assert browser.get("/me").status == 200
    # What was given over plain HTTP, where others can set it, does not count over TLS.
    browser.cookies = {"pkim_session": browser.cookies["__Host-pkim_session"]}
    assert browser.get("/me").status == 401


def test_behind_a_proxy_that_speaks_tls_the_cookie_is_secure(house: House) -> None:
    ctx = house.ctx
    config = replace(ctx.config, public_url="https://pki.example.com")
    app = create_rest(lambda: replace(ctx, config=config))
    browser = Browser(Door(app), origin="https://pki.example.com")
    user = make_user(ctx)
    reply = browser.send("POST", "/sessions", {"login": user.login, "password": PASSWORD}, host="pki.example.com")
    assert reply.status == 201
    assert set_cookie(reply).startswith("__Host-pkim_session=")
    assert "secure" in set_cookie(reply).lower()


def test_two_cookies_of_the_name_are_none(house: House, browser: Browser) -> None:
    twice = f"pkim_session={browser.cookies['pkim_session']}; pkim_session=x"
    assert browser.send("GET", "/me", cookie=twice).status == 401


def test_every_sign_in_and_every_proof_gives_another_secret(house: House, browser: Browser) -> None:
    seen = {browser.cookies["pkim_session"]}
    csrf = {browser.csrf}
    assert browser.send("PUT", "/me/session", {"password": PASSWORD}).status == 200
    seen.add(browser.cookies["pkim_session"])
    csrf.add(browser.csrf)
    body = {"current_password": PASSWORD, "new_password": "another long passphrase"}
    assert browser.send("PUT", "/me/password", body).status == 200
    seen.add(browser.cookies["pkim_session"])
    csrf.add(browser.csrf)
    assert (len(seen), len(csrf)) == (3, 3)
    assert browser.get("/me").status == 200


def _no_authority() -> Context:
    raise AssertionError("the document needs no authority")


DOCUMENT = create_rest(_no_authority).openapi()["paths"]
CHANGING = [
    (method.upper(), path, declared["x-permission"])
    for path, operations in DOCUMENT.items()
    for method, declared in operations.items()
    if method != "get"
]


def target(path: str) -> str:
    return quote("/".join(NOTHING if part.startswith("{") else part for part in path.split("/")))


FOREIGN: list[dict[str, str]] = [
    {"origin": "https://evil.example"},
    {"origin": "http://localhost:8080.evil.example"},
    {"origin": "null"},
    {"sec_fetch_site": "cross-site"},
    {"sec_fetch_site": "same-site", "origin": ""},
]


@pytest.mark.parametrize(("method", "path", "permission"), CHANGING)
def test_aut_16_what_a_cookie_lets_in_needs_the_token_and_our_own_origin(
    browser: Browser, method: str, path: str, permission: str
) -> None:
    """Every changing operation; those that let people in take no cookie for an answer, and need the origin alone."""
    for headers in FOREIGN:
        reply = browser.send(method, target(path), [], **headers)
        assert (reply.status, reply.json["code"]) == (403, "cross_site_request"), headers
    for token in ("", "x", "A" * 43, "é"):
        reply = browser.send(method, target(path), [], x_csrf_token=token)
        if permission in PUBLIC:
            takes_form = path.endswith("/back-channel-logout")  # of a provider's server, with its signed word
            assert reply.status == (415 if takes_form else 422)
        else:
            assert (reply.status, reply.json["code"]) == (403, "cross_site_request"), token


def test_aut_16_a_token_of_another_session_is_none(house: House, browser: Browser) -> None:
    other = signed_in(house.door, make_user(house.ctx))
    reply = browser.send("POST", "/tokens", {}, x_csrf_token=other.csrf or "")
    assert reply.json["code"] == "cross_site_request"


def test_aut_16_a_form_of_another_site_gets_nowhere(browser: Browser) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        assert browser.send("POST", "/tokens", {}, content_type=kind).status == 415, kind


def test_a_bearer_token_is_looked_at_and_a_cookie_beside_it_is_not(house: House, browser: Browser) -> None:
    bearer = f"Bearer {house.secrets[Role.AUDITOR]}"
    assert browser.send("GET", "/me", authorization=bearer).json["kind"] == "token"
    assert browser.send("GET", "/me", authorization="Bearer pkim_" + "A" * 43).status == 401


def test_dangerous_things_want_a_proof_that_the_session_can_give(
    house: House, browser: Browser, later: timedelta
) -> None:
    house.clock.advance(later)
    wish = {"login": unique("fresh"), "display_name": "Fresh", "role": "auditor"}
    refused = browser.post("/users", wish)
    assert (refused.status, refused.json["code"]) == (403, "fresh_authentication_required")
    assert browser.get("/me").json["is_fresh"] is False
    assert browser.get("/users").status == 200
    wrong = browser.send("PUT", "/me/session", {"password": "wrong wrong wrong"})
    assert (wrong.status, wrong.json["code"]) == (401, "sign_in_failed")
    assert browser.send("PUT", "/me/session", {"password": PASSWORD}).status == 200
    assert browser.post("/users", wish).status == 201


@pytest.mark.parametrize(("headers", "still"), [({}, 200), ({"x_unattended": "true"}, 401)], ids=["user", "page"])
def test_what_a_page_asks_while_nobody_touches_it_is_no_sign_of_life(
    house: House, headers: dict[str, str], still: int
) -> None:
    browser = signed_in(house.door, make_user(house.ctx, login=unique("away")))
    house.clock.advance(timedelta(minutes=20))
    assert browser.send("GET", "/me", **headers).status == 200
    house.clock.advance(timedelta(minutes=20))
    assert browser.get("/me").status == still


def test_a_user_is_made_comes_in_and_is_changed(house: House, door: Door) -> None:
    login = unique("ada")
    made = door.post("/users", {"login": login, "display_name": "Ada", "email": "ada@example.com", "role": "requester"})
    assert made.status == 201
    assert made.json["user"]["state"] == "invited"
    secret = secret_of(made.json["sign_in_url"])
    browser = Browser(house.door)
    for _ in range(2):
        checked = browser.post("/invitations/check", {"secret": secret})
        assert (checked.status, checked.json["login"], checked.json["display_name"]) == (200, login, "Ada")
    weak = browser.post("/invitations/accept", {"secret": secret, "password": "password1234"})
    assert (weak.status, weak.json["errors"][0]["rule"]) == (422, "password.common")
    assert browser.post("/invitations/accept", {"secret": secret, "password": PASSWORD}).status == 201
    assert browser.get("/me").json["user"]["login"] == login
    again = Browser(house.door).post("/invitations/accept", {"secret": secret, "password": PASSWORD})
    assert (again.status, again.json["code"]) == (401, "sign_in_failed")
    spent = Browser(house.door).post("/invitations/check", {"secret": secret})
    assert (spent.status, spent.json["code"]) == (401, "sign_in_failed")
    changed = door.send(
        "PUT",
        f"/users/{login}",
        b'{"display_name": "Ada L.", "role": "auditor"}',
        [("Content-Type", "application/json")],
    )
    assert (changed.status, changed.json["role"], changed.json["email"]) == (200, "auditor", None)
    assert browser.get("/me").status == 401
    assert door.get(f"/users/{made.json['user']['id']}").json["display_name"] == "Ada L."
    assert door.get("/users/nobody").status == 404
    assert login in {one["login"] for one in door.get("/users?limit=200").json["items"]}
    taken = door.post("/users", {"login": login.upper(), "display_name": "Ada", "role": "auditor"})
    assert (taken.status, taken.json["code"]) == (409, "name_taken")


def test_a_replay_never_repeats_a_link(door: Door) -> None:
    key = [("Idempotency-Key", unique("key"))]
    body = {"login": unique("replay"), "display_name": "Replay", "role": "auditor"}
    first, second = door.post("/users", body, key), door.post("/users", body, key)
    assert first.json["user"] == second.json["user"]
    assert (first.json["secret_delivered"], second.json["secret_delivered"]) == (False, True)
    assert second.json["sign_in_url"] is None
    name = f"/users/{body['login']}/invite"
    first, second = door.post(name, None, key), door.post(name, None, key)
    assert (first.json["secret_delivered"], second.json["secret_delivered"]) == (False, True)


def test_sessions_are_seen_and_revoked_by_their_user_and_by_administrators(house: House, door: Door) -> None:
    user = make_user(house.ctx, Role.REQUESTER)
    here, there = signed_in(house.door, user), signed_in(house.door, user)
    listed = door.get(f"/sessions?user={user.login}").json["items"]
    assert len(listed) == 3  # that of the link, too
    assert here.get("/sessions").status == 403
    other = there.get("/me").json["session"]["id"]
    assert here.post(f"/me/sessions/{other}/revoke").status == 200
    assert there.get("/me").status == 401
    own = here.get("/me").json["session"]["id"]
    assert door.post(f"/sessions/{own}/revoke").json["revoked_at"] is not None
    assert here.get("/me").status == 401
    assert door.get("/sessions?user=nobody").status == 404
    stranger = signed_in(house.door, make_user(house.ctx))
    assert stranger.post(f"/me/sessions/{own}/revoke").status == 404


def test_web_14_no_answer_repeats_what_was_sent_as_a_secret(house: House, browser: Browser) -> None:
    secret = "x9$kQ2!mVz7p-canary"
    replies = [
        browser.post("/sessions", {"login": "nobody", "password": secret}),
        browser.post("/sessions", {"login": "nobody", "password": [secret]}),
        browser.post("/sessions", {"login": "nobody", "password": secret * 100}),
        browser.post("/invitations/accept", {"secret": secret, "password": secret}),
        browser.post("/invitations/accept", {"secret": secret * 100, "password": secret}),
        browser.send("PUT", "/me/session", {"password": secret}),
        browser.send("PUT", "/me/password", {"current_password": secret, "new_password": secret[:5]}),
    ]
    for reply in replies:
        assert 400 <= reply.status < 500
        assert secret[:5].encode() not in reply.body


def test_too_many_guesses_are_told_how_long_to_wait(house: House) -> None:
    login = make_user(house.ctx).login
    browser = Browser(house.door)
    statuses = [browser.sign_in(login, "wrong wrong wrong").status for _ in range(7)]
    assert statuses == [401] * 6 + [429]
    refused = browser.sign_in(login)
    assert (refused.status, refused.json["code"], refused.headers["retry-after"]) == (429, "too_many_attempts", "1")
    house.clock.advance(timedelta(seconds=1))
    assert browser.sign_in(login).status == 201


def test_a_user_sees_in_me_that_second_factors_are_guessed_at(house: House) -> None:
    user = make_user(house.ctx, Role.AUDITOR)
    browser = Browser(house.door)
    browser.sign_in(user.login)
    for _ in range(3):
        with house.ctx.ports.storage.begin(ADMIN) as uow:
            guesses.count_guess(house.ctx, uow, user.id)
            uow.record(second_step.build_login_failure_event(user.id, second_step.TOTP))
    (notice,) = browser.get("/me").json["security_notices"]
    assert (notice["code"], notice["count"]) == ("second_factor_failed", 3)
    assert "change it" in notice["message"]
