"""A provider that does not work, or cannot be meant, is away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pki_manager.credentials.oidc import metadata
from pki_manager.domain.errors import ProviderUnavailable
from pki_manager.ports.outbound import NetworkReach
from tests.integration.credentials.oidc.party import ASK, Party, make_client
from tests.services.forger import CLIENT_SECRET

AWAY: dict[str, tuple[str, int, bytes]] = {
    "discovery fails": ("/.well-known/openid-configuration", 500, b"{}"),
    "discovery is no JSON": ("/.well-known/openid-configuration", 200, b"<html>"),
    "discovery is a list": ("/.well-known/openid-configuration", 200, b"[]"),
    "discovery is deep": ("/.well-known/openid-configuration", 200, b"[" * 100_000),
    "discovery redirects": ("/.well-known/openid-configuration", 302, b""),
    "no keys": ("/jwks", 503, b""),
    "keys are no list": ("/jwks", 200, b'{"keys": {}}'),
    "tokens fail": ("/token", 500, b"oops"),
    "our secret is wrong": ("/token", 401, b'{"error": "invalid_client"}'),
    "tokens are no JSON": ("/token", 200, b"oops"),
}


@pytest.mark.parametrize("why", AWAY)
def test_a_provider_that_does_not_work_is_away(party: Party, why: str) -> None:
    path, *answer = AWAY[why]
    party.provider.answers[path] = (int(answer[0]), bytes(answer[1]))
    with pytest.raises(ProviderUnavailable) as away:
        party.signs_in()
    assert CLIENT_SECRET not in str(away.value)


UNUSABLE = "publishes no usable endpoints"


@pytest.mark.parametrize(
    ("published", "reason"),
    [
        ({"issuer": "https://somebody.example"}, "names another issuer"),
        ({"response_types_supported": ["id_token"]}, "does not support the authorization code flow"),
        ({"code_challenge_methods_supported": ["plain"]}, "does not support PKCE"),
        ({"authorization_endpoint": "javascript:alert(1)"}, UNUSABLE),
        ({"token_endpoint": "https://user@host.example/token"}, UNUSABLE),
        ({"token_endpoint": "https://[half/token"}, UNUSABLE),
        ({"jwks_uri": None}, UNUSABLE),
        ({"jwks_uri": "file:///etc/passwd"}, UNUSABLE),
    ],
    ids=["issuer", "response type", "PKCE", "script", "user", "half an address", "no keys", "file"],
)
def test_invalid_metadata_is_refused(party: Party, published: dict[str, Any], reason: str) -> None:
    party.provider.metadata = published
    with pytest.raises(ProviderUnavailable, match=reason):
        party.client.build_authorization_url(ASK)


def test_a_provider_that_was_away_is_asked_again_after_a_moment(party: Party) -> None:
    party.provider.answers["/.well-known/openid-configuration"] = (500, b"")
    for _ in range(5):
        with pytest.raises(ProviderUnavailable, match="The identity provider returned HTTP 500"):
            party.client.build_authorization_url(ASK)
    assert party.count("/.well-known/openid-configuration") == 1
    party.provider.answers.clear()
    party.clock.advance(timedelta(seconds=metadata.AGAIN_SECONDS))
    assert party.client.build_authorization_url(ASK)


def test_a_provider_of_the_internet_is_not_asked_in_plain_http(party: Party) -> None:
    client = make_client(party.provider, party.clock, reach=NetworkReach())
    with pytest.raises(ProviderUnavailable, match="The connection to the identity provider failed"):
        client.build_authorization_url(ASK)
    assert party.provider.asked == []
