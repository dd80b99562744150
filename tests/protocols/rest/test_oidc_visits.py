"""One visit to an identity provider: whose it is, how long it is good, and what goes wrong on the way."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.protocols.rest.corp import Corp
from tests.services.forger import CLIENT_SECRET, forger
from tests.support.factories import with_ports
from tests.support.people import make_user, signed_in
from tests.support.providers import come_back, corp, leave, rule_of, sign_in


def test_an_answer_is_good_in_the_browser_that_asked_and_once(at: Corp) -> None:
    at.is_somebody("staff")
    mine, thief = at.browser(), at.browser()
    query = leave(mine, at.provider)
    stolen = come_back(thief, query)
    assert rule_of(stolen) == "oidc.state"
    assert at.events(stolen) == [("login.failed", "oidc.state")]
    leave(thief, at.provider)
    assert rule_of(come_back(thief, query)) == "oidc.state"
    assert come_back(mine, query).status == 201
    assert rule_of(come_back(mine, query)) == "oidc.state"


def test_a_code_in_place_of_mine_signs_nobody_in(at: Corp) -> None:
    """An attacker's code under my state: his visit had another verifier and another nonce."""
    at.is_somebody("staff")
    attacker, victim = at.browser(), at.browser()
    theirs, mine = leave(attacker, at.provider), leave(victim, at.provider)
    assert rule_of(come_back(victim, mine, code=theirs["code"])) == "oidc.code"


def test_a_visit_is_over_after_ten_minutes(at: Corp) -> None:
    at.is_somebody("staff")
    browser = at.browser()
    query = leave(browser, at.provider)
    at.clock.advance(timedelta(minutes=10))
    assert rule_of(come_back(browser, query)) == "oidc.state"
    with at.ctx.ports.storage.housekeep() as uow:
        assert uow.identities.prune_flows(at.clock.now() + timedelta(seconds=1)) >= 1


def test_the_answer_of_one_provider_is_not_for_another(at: Corp) -> None:
    """Mix-up: the visit was begun with one provider, its answer is brought to the page of the other."""
    with forger(at.clock.now) as other:
        ctx = at.ctx
        at.ctx = with_ports(ctx, providers={**ctx.ports.providers, "other": corp(other, at.clock, "other")})
        at.is_somebody("staff")
        browser = at.browser()
        query = leave(browser, at.provider)
        assert rule_of(come_back(browser, query, "other")) == "oidc.state"
        assert other.asked == []
        query = leave(browser, at.provider)
        assert rule_of(come_back(browser, query, iss=other.url)) == "oidc.response_iss"


def test_two_providers_may_know_different_people_by_one_subject(at: Corp) -> None:
    with forger(at.clock.now) as other:
        providers = {**at.ctx.ports.providers, "other": corp(other, at.clock, "other")}
        at.ctx = with_ports(at.ctx, providers=providers)
        login = at.is_somebody("staff")
        other.subject, other.claims = at.provider.subject, {"groups": ["staff"], "preferred_username": f"{login}2"}
        sign_in(at.browser(), at.provider)
        browser = at.browser()
        assert sign_in(browser, other, "other").status == 201
        assert browser.get("/me").json["user"]["login"] == f"{login}2"


def test_a_provider_that_is_away_is_told_and_passwords_go_on(at: Corp) -> None:
    at.provider.answers["/.well-known/openid-configuration"] = (503, b"")
    reply = at.browser().post("/oidc/corp/begin", {})
    assert (reply.status, reply.json["code"]) == (503, "provider_unavailable")
    assert reply.headers["retry-after"]
    user = make_user(at.ctx)
    assert signed_in(at.door, user).get("/me").status == 200
    assert at.browser().get("/oidc").json["items"]


def test_a_provider_that_goes_away_meanwhile_is_told(at: Corp) -> None:
    at.is_somebody("staff")
    browser = at.browser()
    query = leave(browser, at.provider)
    at.provider.answers["/token"] = (500, b"")
    reply = come_back(browser, query)
    assert (reply.status, reply.json["code"]) == (503, "provider_unavailable")
    assert at.events(reply) == [("operation.refused", "provider_unavailable")]


def test_an_unknown_provider_is_not_there(at: Corp) -> None:
    browser = at.browser()
    assert browser.post("/oidc/nobody/begin", {}).status == 404
    assert browser.post("/oidc/nobody/finish", {"state": "x"}).status == 404
    assert browser.get("/oidc/nobody/sign-out").status == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"purpose": "accept"}, "purpose"),
        ({"purpose": "link", "invitation": "x"}, "invitation"),
        ({"next": "//evil.example"}, "next"),
        ({"invitation": ""}, "invitation"),
    ],
    ids=["purpose", "both", "unknown", "empty"],
)
def test_what_cannot_be_meant_is_refused_by_field(at: Corp, body: dict[str, str], field: str) -> None:
    reply = at.browser().post("/oidc/corp/begin", body)
    assert (reply.status, reply.fields) == (422, {field})


def test_web_16_nobody_is_sent_to_where_a_caller_wants(at: Corp) -> None:
    """No parameter names a page to go to; the provider sends back to our own page, whatever Host a request names."""
    for name in ("next", "to", "redirect_uri", "return_to"):
        assert at.browser().post("/oidc/corp/begin", {name: "//evil.example"}).status == 422
        assert at.browser().post(f"/oidc/corp/begin?{name}=//evil.example", {}).status == 422
    begun = at.browser().send("POST", "/oidc/corp/begin", {}, host="evil.example", origin="http://evil.example")
    asked = parse_qs(urlsplit(begun.json["authorization_url"]).query)
    assert asked["redirect_uri"] == ["http://localhost:8080/oidc/corp"]
    assert CLIENT_SECRET not in at.browser().get("/oidc").body.decode()


def test_a_page_of_another_site_begins_and_ends_nothing(at: Corp) -> None:
    at.is_somebody("staff")
    browser = at.browser()
    query = leave(browser, at.provider)
    for foreign in ({"origin": "https://evil.example"}, {"sec_fetch_site": "cross-site"}):
        for path, body in (("begin", {}), ("finish", query)):
            assert browser.send("POST", f"/oidc/corp/{path}", body, **foreign).status == 403
