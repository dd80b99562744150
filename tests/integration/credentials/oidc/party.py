"""A relying party and its provider, for tests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import Any

import pytest

from pki_manager.credentials.oidc.client import OidcClient
from pki_manager.credentials.oidc.options import ClientOptions
from pki_manager.domain.errors import IdentityRefused
from pki_manager.domain.people.identity import Claims, IdentityRule, Provider, UnknownUsers
from pki_manager.domain.rights.actor import Role
from pki_manager.outbound.http import HttpOutbound
from pki_manager.ports.identity import Ask, Callback
from pki_manager.ports.outbound import NetworkReach
from pki_manager.system import SystemClock
from tests.fakes.clock import FrozenClock
from tests.services.forger import CLIENT_ID, CLIENT_SECRET, Forger

REACH = NetworkReach(networks=(ip_network("127.0.0.0/8"),), plain_http=True)
ASK = Ask(redirect_uri="http://localhost:8080/oidc/corp", state="s" * 43, nonce="n" * 43, verifier="v" * 43)


@dataclass
class Party:
    """We, and the provider."""

    provider: Forger
    client: OidcClient
    clock: FrozenClock

    def signs_in(self, ask: Ask = ASK, **changed: str | None) -> Claims:
        query: dict[str, Any] = self.provider.visit(self.client.build_authorization_url(ask)) | changed
        callback = Callback(state=query["state"], code=query["code"], issuer=query["iss"], error=query.get("error"))
        return self.client.redeem(callback, ask)

    def refuses(self, rule: str, ask: Ask = ASK, **changed: str | None) -> None:
        with pytest.raises(IdentityRefused) as refused:
            self.signs_in(ask, **changed)
        (error,) = refused.value.errors
        assert error.rule == rule

    def count(self, path: str) -> int:
        return [asked for asked, _ in self.provider.asked].count(path)


def make_client(provider: Forger, clock: FrozenClock, **changed: Any) -> OidcClient:
    about = Provider(
        name="corp",
        title="Corp",
        issuer=provider.url,
        unknown_users=UnknownUsers.CREATE,
        rules=(IdentityRule(claim="groups", value="staff", role=Role.REQUESTER),),
    )
    options = ClientOptions(about=about, client_id=CLIENT_ID, secret=lambda: CLIENT_SECRET, reach=REACH)
    return OidcClient(replace(options, **changed), outbound=HttpOutbound(clock=SystemClock()), clock=clock)
