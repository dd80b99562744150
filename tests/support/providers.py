"""Sign-in by an identity provider, for tests: the redirects of a browser there and back."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

from pki_manager.credentials.oidc.client import OidcClient
from pki_manager.credentials.oidc.options import ClientOptions
from pki_manager.domain.people.identity import IdentityRule, Provider, UnknownUsers
from pki_manager.domain.rights.actor import Role
from pki_manager.outbound.http import HttpOutbound
from pki_manager.ports.clock import Clock
from pki_manager.ports.outbound import NetworkReach
from pki_manager.system import SystemClock
from tests.protocols.rest.door import Reply
from tests.services.forger import CLIENT_ID, CLIENT_SECRET, Forger
from tests.support.people import Browser

REACH = NetworkReach(networks=(ip_network("127.0.0.0/8"),), plain_http=True)
RULES = (
    IdentityRule(claim="groups", value="pki-admins", role=Role.ADMINISTRATOR),
    IdentityRule(claim="groups", value="staff", role=Role.REQUESTER),
)


def corp(forger: Forger, clock: Clock, name: str = "corp", **changed: Any) -> OidcClient:
    """Return the product's client of the provider. `changed` are changed settings of the provider."""
    about = Provider(name=name, title="Corp", issuer=forger.url, unknown_users=UnknownUsers.CREATE, rules=RULES)
    options = ClientOptions(
        about=replace(about, **changed), client_id=CLIENT_ID, secret=lambda: CLIENT_SECRET, reach=REACH
    )
    return OidcClient(options, outbound=HttpOutbound(clock=SystemClock()), clock=clock)


def leave(browser: Browser, forger: Forger, name: str = "corp", **body: str) -> dict[str, Any]:
    """Sign in at the provider. Returns the query with which the browser comes back."""
    begun = browser.post(f"/oidc/{name}/begin", body)
    assert begun.status == 200, begun.body
    return dict(forger.visit(begun.json["authorization_url"]))


def come_back(browser: Browser, query: dict[str, Any], name: str = "corp", **changed: Any) -> Reply:
    told = {name: value for name, value in {**query, **changed}.items() if value is not None}
    return browser.post(f"/oidc/{name}/finish", told)


def sign_in(browser: Browser, forger: Forger, name: str = "corp", **body: str) -> Reply:
    return come_back(browser, leave(browser, forger, name, **body), name)


def rule_of(reply: Reply) -> str:
    """Return the reason of the refusal."""
    assert (reply.status, reply.json["code"]) == (401, "identity_refused"), reply.body
    (error,) = reply.json["errors"]
    rule: str = error["rule"]
    return rule
