"""OpenID Connect Back-Channel Logout 1.0: who signs out at the provider is signed out here, by its word alone."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc.jwk import ECKey

from pki_manager.ports.audit_trail import AuditFilter
from tests.protocols.rest.corp import Corp
from tests.protocols.rest.door import Door, Reply, unique
from tests.services.forger import encoded, forger
from tests.support.factories import with_ports
from tests.support.people import Browser, make_user, secret_of, shown, signed_in
from tests.support.providers import corp, sign_in

FORM = "application/x-www-form-urlencoded"
EVENT = "http://schemas.openid.net/event/backchannel-logout"


def tell(at: Corp, token: str, name: str = "corp", media_type: str = FORM, **more: str) -> Reply:
    """As the provider's server does: no cookie, no token, no Origin."""
    at.ctx.state.refusals.drain()  # so that none is only counted
    return post(Door(at.door.app), token, name, media_type, **more)


def post(door: Door, token: str, name: str = "corp", media_type: str = FORM, **more: str) -> Reply:
    body = urlencode({"logout_token": token, **more}).encode()
    return door.send("POST", f"/oidc/{name}/back-channel-logout", body, [("Content-Type", media_type)])


def refused(at: Corp, reply: Reply) -> str:
    """By which rule; one event tells of it."""
    assert (reply.status, reply.headers["content-type"]) == (400, "application/problem+json"), reply.body
    assert reply.headers["cache-control"] == "no-store"
    (error,) = reply.json["errors"]
    assert error["field"] == "logout_token"
    assert [action for action, _ in at.events(reply)] == ["operation.refused"]
    rule: str = error["rule"]
    return rule


def test_who_signs_out_there_is_signed_out_here_in_every_browser(at: Corp) -> None:
    at.is_somebody("staff")
    here, there = at.browser(), at.browser()
    sign_in(here, at.provider)
    sign_in(there, at.provider)
    reply = tell(at, at.provider.logout_token(), unknown="is ignored")
    assert (reply.status, reply.json, reply.headers["cache-control"]) == (200, {"sessions": 2}, "no-store")
    assert at.events(reply) == [("identity.signed_out", None)]
    assert [browser.get("/me").status for browser in (here, there)] == [401, 401]
    assert sign_in(at.browser(), at.provider).status == 201


def test_the_trail_tells_whose_sign_out_it_was_and_by_which_provider(at: Corp) -> None:
    login = at.is_somebody("staff")
    sign_in(at.browser(), at.provider)
    tell(at, at.provider.logout_token())
    with at.ctx.ports.storage.read() as reader:
        event = json.loads(reader.audit.page(AuditFilter(action="identity.signed_out"), None, 1).items[0].body)
    assert event["object"] == {"kind": "user", "id": at.user(login)["id"]}
    whose = {"subject": at.provider.subject, "provider_session": None}
    assert event["details"] == {"issuer": at.provider.url, "sessions": 1, **whose}


def test_sessions_that_began_otherwise_and_other_people_stay(at: Corp) -> None:
    """A password's session of the same user, another provider's whose name begins alike, and somebody else's."""
    user = make_user(at.ctx)
    by_password, linked = signed_in(at.door, user), at.browser()
    login = at.is_somebody()
    assert sign_in(by_password, at.provider, purpose="link").status == 201
    assert sign_in(linked, at.provider).status == 201
    token = at.provider.logout_token()
    at.is_somebody("staff")
    somebody_else = at.browser()
    sign_in(somebody_else, at.provider)
    assert tell(at, token).json == {"sessions": 1}, login
    assert linked.get("/me").status == 401
    assert [browser.get("/me").status for browser in (by_password, somebody_else)] == [200, 200]


def test_the_session_ends_after_a_second_factor_too_and_while_it_waits_for_one(at: Corp) -> None:
    at.is_somebody("staff")
    first, waiting = at.browser(), at.browser()
    sign_in(first, at.provider)
    secret = first.send("PUT", "/me/totp").json["secret"]
    assert first.send("PUT", "/me/totp/confirmation", {"code": shown(secret, at.clock)}).status == 200
    both = at.browser()
    sign_in(both, at.provider)
    assert both.post("/sessions/second-factor", {"totp": shown(secret, at.clock, 1)}).status == 200
    sign_in(waiting, at.provider)
    assert tell(at, at.provider.logout_token()).json == {"sessions": 3}
    assert both.get("/me").status == 401
    assert waiting.post("/sessions/second-factor", {"totp": shown(secret, at.clock, 2)}).status == 401


def test_whom_nobody_knows_here_is_signed_out_already(at: Corp) -> None:
    at.is_somebody("staff")
    reply = tell(at, at.provider.logout_token())
    assert (reply.status, reply.json) == (200, {"sessions": 0})
    assert at.events(reply) == [("identity.signed_out", None)]


def within(at: Corp, sid: object) -> Browser:
    """A browser whose sign-in the provider has in a session of that name."""
    at.provider.claims["sid"] = sid
    browser = at.browser()
    assert sign_in(browser, at.provider).status == 201
    return browser


def statuses(*browsers: Browser) -> list[int]:
    return [browser.get("/me").status for browser in browsers]


@pytest.mark.parametrize("named", [{"sub": None}, {}], ids=["session", "session and subject"])
def test_the_end_of_one_of_the_providers_sessions_ends_what_began_in_it(at: Corp, named: dict[str, Any]) -> None:
    """Two tabs of one browser there, and another browser of the same person."""
    login = at.is_somebody("staff")
    here, there = unique("sid"), unique("sid")
    one, other, elsewhere = within(at, here), within(at, here), within(at, there)
    reply = tell(at, at.provider.logout_token(sid=here, **named))
    assert (reply.status, reply.json) == (200, {"sessions": 2})
    assert statuses(one, other, elsewhere) == [401, 401, 200]
    (event,) = at.told(reply)
    assert event["object"] == {"kind": "user", "id": at.user(login)["id"]}
    subject = at.provider.subject if named == {} else None
    told = {"issuer": at.provider.url, "subject": subject, "provider_session": here, "sessions": 2}
    assert event["details"] == told


def test_a_session_that_told_no_sid_ends_by_its_subject_alone(at: Corp) -> None:
    """Which it was nobody knows: with the subject it may be the one, without it is somebody's."""
    at.is_somebody("staff")
    unknown, odd, known = within(at, None), within(at, 7), within(at, unique("sid"))
    assert tell(at, at.provider.logout_token(sub=None, sid=unique("sid"))).json == {"sessions": 0}
    assert statuses(unknown, odd, known) == [200, 200, 200]
    assert tell(at, at.provider.logout_token(sid=unique("sid"))).json == {"sessions": 2}
    assert statuses(unknown, odd, known) == [401, 401, 200]


def test_a_sid_with_a_subject_that_is_somebody_else_ends_nothing(at: Corp) -> None:
    at.is_somebody("staff")
    sid = unique("sid")
    browser = within(at, sid)
    assert tell(at, at.provider.logout_token(sub="somebody else", sid=sid)).json == {"sessions": 0}
    assert statuses(browser) == [200]


def test_the_sid_is_that_of_the_id_token_and_of_nothing_else_that_is_told(at: Corp) -> None:
    at.is_somebody("staff")
    del at.provider.claims["groups"]  # so that the rest is asked for
    at.provider.userinfo = {"groups": ["staff"], "sid": "of userinfo"}
    at.provider.metadata["userinfo_endpoint"] = f"{at.provider.url}/userinfo"
    at.offer()
    browser = within(at, None)
    assert tell(at, at.provider.logout_token(sub=None, sid="of userinfo")).json == {"sessions": 0}
    assert statuses(browser) == [200]


def test_the_sid_outlives_a_second_factor_and_a_password_as_a_proof(at: Corp) -> None:
    at.is_somebody("staff")
    first = within(at, unique("sid"))
    secret = first.send("PUT", "/me/totp").json["secret"]
    assert first.send("PUT", "/me/totp/confirmation", {"code": shown(secret, at.clock)}).status == 200
    sid = unique("sid")
    browser = within(at, sid)
    assert browser.post("/sessions/second-factor", {"totp": shown(secret, at.clock, 1)}).status == 200
    assert tell(at, at.provider.logout_token(sub=None, sid=sid)).json == {"sessions": 1}
    assert statuses(first, browser) == [200, 401]


def test_after_a_proof_in_another_of_the_providers_sessions_it_is_that_one_whose_end_counts(at: Corp) -> None:
    at.is_somebody("staff")
    before, after = unique("sid"), unique("sid")
    browser = within(at, before)
    at.provider.claims["sid"] = after
    assert sign_in(browser, at.provider, purpose="prove").status == 201
    assert tell(at, at.provider.logout_token(sub=None, sid=before)).json == {"sessions": 0}
    del at.provider.claims["sid"]
    assert sign_in(browser, at.provider, purpose="prove").status == 201
    assert tell(at, at.provider.logout_token(sub=None, sid=after)).json == {"sessions": 1}
    assert statuses(browser) == [401]


def test_a_proof_at_the_provider_makes_a_passwords_session_none_of_the_providers(at: Corp) -> None:
    user = make_user(at.ctx)
    browser = signed_in(at.door, user)
    at.is_somebody()
    assert sign_in(browser, at.provider, purpose="link").status == 201
    at.provider.claims["sid"] = sid = unique("sid")
    assert sign_in(browser, at.provider, purpose="prove").status == 201
    assert tell(at, at.provider.logout_token(sub=None, sid=sid)).json == {"sessions": 0}
    assert tell(at, at.provider.logout_token(sid=sid)).json == {"sessions": 0}
    assert statuses(browser) == [200]


def test_a_proof_at_another_provider_leaves_the_session_where_it_began(at: Corp) -> None:
    with forger(at.clock.now) as other:
        providers = {**at.ctx.ports.providers, "corp2": corp(other, at.clock, "corp2")}
        at.ctx = with_ports(at.ctx, providers=providers)
        at.is_somebody("staff")
        browser = within(at, sid := unique("sid"))
        other.subject, other.claims = unique("other"), {"sid": unique("sid")}
        for purpose in ("link", "prove"):
            assert sign_in(browser, other, "corp2", purpose=purpose).status == 201
        assert tell(at, at.provider.logout_token(sub=None, sid=sid)).json == {"sessions": 1}
        assert statuses(browser) == [401]


def test_who_comes_by_a_link_is_in_the_providers_session_too(at: Corp) -> None:
    body = {"login": unique("invited"), "display_name": "I", "role": "requester"}
    link = secret_of(at.admin.post("/users", body).json["sign_in_url"])
    at.is_somebody()
    at.provider.claims["sid"] = sid = unique("sid")
    browser = at.browser()
    assert sign_in(browser, at.provider, invitation=link).status == 201
    assert tell(at, at.provider.logout_token(sub=None, sid=sid)).json == {"sessions": 1}
    assert statuses(browser) == [401]


def test_a_sid_that_two_people_had_ends_the_sessions_of_both_and_tells_of_each(at: Corp) -> None:
    sid = unique("sid")
    at.is_somebody("staff")
    one = within(at, sid)
    at.is_somebody("staff")
    other, another = within(at, sid), within(at, sid)
    reply = tell(at, at.provider.logout_token(sub=None, sid=sid))
    assert (reply.json, statuses(one, other, another)) == ({"sessions": 3}, [401, 401, 401])
    assert sorted(event["details"]["sessions"] for event in at.told(reply)) == [1, 2]


LIES: dict[str, tuple[str, dict[str, Any]]] = {
    "another issuer": ("oidc.iss", {"iss": "https://login.example.org"}),
    "no issuer": ("oidc.iss", {"iss": None}),
    "for somebody else": ("oidc.aud", {"aud": "other"}),
    "for nobody": ("oidc.aud", {"aud": None}),
    "long ago": ("oidc.iat", {"iat": 1}),
    "at no time": ("oidc.iat", {"iat": None}),
    "over": ("oidc.exp", {"exp": 1}),
    "never over": ("oidc.exp", {"exp": None}),
    "not yet": ("oidc.nbf", {"nbf": 1 << 33}),
    "no id": ("oidc.jti", {"jti": None}),
    "an empty id": ("oidc.jti", {"jti": ""}),
    "an id that is a number": ("oidc.jti", {"jti": 7}),
    "an id without end": ("oidc.jti", {"jti": "x" * 256}),
    "no event": ("oidc.events", {"events": None}),
    "another event": ("oidc.events", {"events": {"https://example.com/event": {}}}),
    "events that are a list": ("oidc.events", {"events": [EVENT]}),
    "an event that is a text": ("oidc.events", {"events": {EVENT: "yes"}}),
    "a nonce": ("oidc.nonce", {"nonce": "n"}),
    "nobody": ("oidc.sub", {"sub": None}),
    "a session that is a number": ("oidc.sid", {"sid": 7}),
    "a session without a name": ("oidc.sid", {"sid": ""}),
    "a session without an end": ("oidc.sid", {"sub": None, "sid": "x" * 256}),
    "a session of nobody that could be": ("oidc.sub", {"sub": "", "sid": "session"}),
    "a subject of half a character": ("oidc.sub", {"sub": "\ud800"}),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_is_not_right_ends_nothing(at: Corp, lie: str) -> None:
    at.is_somebody("staff")
    browser = at.browser()
    sign_in(browser, at.provider)
    rule, changed = LIES[lie]
    assert refused(at, tell(at, at.provider.logout_token(**changed))) == rule
    assert browser.get("/me").status == 200


@pytest.mark.parametrize(
    ("rule", "header"),
    [
        ("oidc.typ", {"typ": "at+jwt"}),
        ("oidc.signature", {"typ": 7}),
        ("oidc.algorithm", {"alg": "none"}),
        ("oidc.algorithm", {"alg": "HS256"}),
        ("oidc.header", {"jku": "https://evil.example/keys"}),
        ("oidc.key", {"kid": "another"}),
    ],
    ids=["typ", "odd typ", "none", "mac", "jku", "kid"],
)
def test_a_header_that_is_not_right_ends_nothing(at: Corp, rule: str, header: dict[str, Any]) -> None:
    """Each is refused before its signature is looked at, or is signed as it stands."""
    at.is_somebody("staff")
    token = at.provider.logout_token(header if "typ" in header else None)
    if "typ" not in header:
        told = encoded({"alg": "ES256", "kid": "one", **header})
        token = ".".join([told, *token.split(".")[1:]])
    assert refused(at, tell(at, token)) == rule


def test_what_another_key_signed_ends_nothing(at: Corp) -> None:
    at.is_somebody("staff")
    browser = at.browser()
    sign_in(browser, at.provider)
    right, at.provider.key = at.provider.key, ECKey.generate_key("P-256", {"kid": "one"})
    forged = at.provider.logout_token()
    at.provider.key = right
    assert refused(at, tell(at, forged)) == "oidc.signature"
    assert browser.get("/me").status == 200


def test_an_id_token_is_no_logout_token_and_the_other_way_round(at: Corp) -> None:
    at.is_somebody("staff")
    assert refused(at, tell(at, at.provider.token("nonce"))) == "oidc.events"
    token = at.provider.logout_token()
    at.provider.forge = lambda _header, _claims: token
    reply = sign_in(at.browser(), at.provider)
    assert (reply.status, reply.json["errors"][0]["rule"]) == (401, "oidc.nonce")


def test_the_same_token_is_heard_once(at: Corp) -> None:
    at.is_somebody("staff")
    sign_in(at.browser(), at.provider)
    token = at.provider.logout_token()
    door = Door(at.door.app)
    assert door.get("/oidc").status == 200  # from then on the application is whole
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _: post(door, token), range(6)))
    assert sorted(reply.status for reply in replies) == [200] + [400] * 5
    later = at.browser()
    sign_in(later, at.provider)
    assert refused(at, tell(at, token)) == "oidc.jti"
    assert later.get("/me").status == 200


def test_a_token_is_remembered_for_as_long_as_it_is_good(at: Corp) -> None:
    at.is_somebody("staff")
    far = int(at.clock.now().timestamp()) + 86_400
    token = at.provider.logout_token(exp=far, iat=int(at.clock.now().timestamp()) + 59)
    assert tell(at, token).status == 200
    for minutes, rule in ((11, "oidc.jti"), (2, "oidc.iat")):
        at.clock.advance(timedelta(minutes=minutes))
        with at.ctx.ports.storage.housekeep() as uow:
            uow.identities.prune_flows(at.clock.now())
        assert refused(at, tell(at, token)) == rule


def test_one_providers_word_is_nothing_to_another(at: Corp) -> None:
    """Each with its own keys and issuer, though both know a subject by one name; ids of tokens may be alike."""
    with forger(at.clock.now) as other:
        providers = {**at.ctx.ports.providers, "corp2": corp(other, at.clock, "corp2")}
        at.ctx = with_ports(at.ctx, providers=providers)
        login = at.is_somebody("staff")
        other.subject, other.claims = at.provider.subject, {"groups": ["staff"], "preferred_username": f"{login}2"}
        at.provider.claims["sid"] = "shared"
        mine, theirs = at.browser(), at.browser()
        sign_in(mine, at.provider)
        sign_in(theirs, other, "corp2")
        assert refused(at, tell(at, other.logout_token())) == "oidc.signature"
        assert tell(at, other.logout_token(sub=None, sid="shared"), "corp2").json == {"sessions": 0}
        assert tell(at, at.provider.logout_token(jti="one")).json == {"sessions": 1}
        assert theirs.get("/me").status == 200
        assert tell(at, other.logout_token(jti="one"), "corp2").json == {"sessions": 1}
        assert theirs.get("/me").status == 401


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"", "form.one"),
        (b"logout_token=", "form.one"),
        (b"logout_token=a&logout_token=b", "form.one"),
        (b"logout_token=\xff", "form"),
        (b"&".join([b"a=b"] * 50), "form"),
        (b"logout_token=%00", "oidc.token"),
        (b"logout_token=a.b.c", "oidc.token"),
        (b"logout_token=" + b"a" * 70_000, "oidc.token"),
        (b"logout_token=%ED%A0%80", "oidc.token"),
    ],
    ids=["empty", "blank", "twice", "octets", "many", "nul", "no token", "long", "half"],
)
def test_a_form_that_is_not_right_is_refused_by_field_and_rule(at: Corp, body: bytes, rule: str) -> None:
    path = "/oidc/corp/back-channel-logout"
    reply = Door(at.door.app).send("POST", path, body, [("Content-Type", FORM)])
    assert reply.status == 400
    assert [error["rule"] for error in reply.json["errors"]] == [rule]


def test_what_is_no_form_and_whom_nobody_offers(at: Corp) -> None:
    assert tell(at, at.provider.logout_token(), media_type="application/json").status == 415
    assert tell(at, at.provider.logout_token(), "nobody").status == 404
    at.provider.answers["/.well-known/openid-configuration"] = (503, b"")
    at.offer()
    assert tell(at, at.provider.logout_token()).status == 503
