"""A relying party before a provider that behaves, and one that does not: every lie is refused by its rule."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from pki_manager.credentials.oidc import keys
from pki_manager.domain.errors import IdentityRefused, ProviderUnavailable
from pki_manager.domain.people.identity import Claims
from pki_manager.ports.identity import Callback
from tests.integration.credentials.oidc.party import ASK, Party, make_client
from tests.services.forger import CLIENT_ID, CLIENT_SECRET, encoded


def test_what_a_provider_says_is_told_once_it_is_verified(party: Party) -> None:
    party.provider.claims = {
        "preferred_username": "ada",
        "name": "Ada",
        "email": "ada@example.com",
        "email_verified": True,
        "groups": ["staff", "ops", 7],
        "amr": ["pwd", "otp"],
        "acr": "high",
    }
    claims = party.signs_in()
    assert claims == Claims(
        subject="subject-1",
        login="ada",
        display_name="Ada",
        email="ada@example.com",
        amr=frozenset({"pwd", "otp"}),
        acr="high",
        values={"groups": frozenset({"staff", "ops"})},
    )


def test_the_browser_is_sent_with_pkce_and_nothing_secret(party: Party) -> None:
    url = party.client.build_authorization_url(ASK)
    asked = parse_qs(urlsplit(url).query)
    assert asked["code_challenge"] == [
        base64.urlsafe_b64encode(hashlib.sha256(ASK.verifier.encode()).digest()).rstrip(b"=").decode()
    ]
    assert asked["scope"] == ["openid profile email"]
    assert ASK.verifier not in url
    assert CLIENT_SECRET not in url
    assert "prompt" not in asked


def test_a_mail_address_that_is_not_verified_is_none(party: Party) -> None:
    for verified in (False, None, "true", 1):
        party.provider.claims = {"email": "ada@example.com", "email_verified": verified}
        assert party.signs_in().email is None


LIES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "another issuer": ("oidc.iss", {"iss": "http://127.0.0.1:1"}, {}),
    "an issuer with a slash more": ("oidc.iss", {"iss": "http://127.0.0.1:1/"}, {}),
    "no issuer": ("oidc.iss", {"iss": None}, {}),
    "another audience": ("oidc.aud", {"aud": "somebody"}, {}),
    "an audience that begins alike": ("oidc.aud", {"aud": CLIENT_ID + "2"}, {}),
    "no audience": ("oidc.aud", {"aud": None}, {}),
    "an audience that is no text": ("oidc.aud", {"aud": {"pki-manager": 1}}, {}),
    "two audiences, and nobody authorized": ("oidc.azp", {"aud": [CLIENT_ID, "other"]}, {}),
    "another authorized party": ("oidc.azp", {"azp": "other"}, {}),
    "another nonce": ("oidc.nonce", {"nonce": "m" * 43}, {}),
    "a nonce of half a character": ("oidc.nonce", {"nonce": "\ud800"}, {}),
    "no nonce": ("oidc.nonce", {"nonce": None}, {}),
    "no subject": ("oidc.sub", {"sub": None}, {}),
    "an empty subject": ("oidc.sub", {"sub": ""}, {}),
    "a subject without end": ("oidc.sub", {"sub": "s" * 300}, {}),
    "expired": ("oidc.exp", {"exp": 1}, {}),
    "an end that no float can hold": ("oidc.exp", {"exp": -(10**400)}, {}),
    "no end": ("oidc.exp", {"exp": None}, {}),
    "an end that is no number": ("oidc.exp", {"exp": "2030-01-01"}, {}),
    "an end that is true": ("oidc.exp", {"exp": True}, {}),
    "made long ago": ("oidc.iat", {"iat": 1}, {}),
    "made in the future": ("oidc.iat", {"iat": 1 << 33}, {}),
    "no beginning": ("oidc.iat", {"iat": None}, {}),
    "not valid yet": ("oidc.nbf", {"nbf": 1 << 33}, {}),
    "of another access token": ("oidc.at_hash", {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, {}),
    "of half a character": ("oidc.at_hash", {"at_hash": "\udc00"}, {}),
    "a key that it brings": ("oidc.header", {}, {"jwk": {"kty": "oct", "k": "AA"}}),
    "a key from elsewhere": ("oidc.header", {}, {"jku": "https://evil.example/jwks"}),
    "a certificate": ("oidc.header", {}, {"x5u": "https://evil.example/c.pem"}),
    "something critical": ("oidc.header", {}, {"crit": ["exp"], "exp": 1}),
    "a key id that is a path": ("oidc.key", {}, {"kid": "../../../dev/null"}),
    "a key id that is no text": ("oidc.header", {}, {"kid": 7}),
}


@pytest.mark.parametrize("lie", LIES)
def test_aut_09_a_token_that_is_wrong_is_refused_by_its_rule(party: Party, lie: str) -> None:
    rule, party.provider.claims, party.provider.header = LIES[lie]
    party.refuses(rule)


def test_aut_09_without_a_signature_it_is_nobodys(party: Party) -> None:
    def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
        return f"{encoded({**header, 'alg': name})}.{encoded(claims)}."

    party.provider.forge = unsigned
    for name in ("none", "None", "NONE", "nOnE", "", None, ["ES256"]):  # noqa: B007 - `unsigned` uses it
        party.refuses("oidc.algorithm")


def test_aut_09_a_public_key_is_no_secret_to_sign_with(party: Party) -> None:
    """RFC 8725 §2.1: the provider even says that it offers HS256."""
    published = party.provider.key.as_pem(private=False)

    def confused(header: dict[str, Any], claims: dict[str, Any]) -> str:
        signed = f"{encoded({**header, 'alg': 'HS256'})}.{encoded(claims)}"
        digest = hmac.digest(published, signed.encode(), "sha256")
        return f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"

    party.provider.forge = confused
    party.refuses("oidc.algorithm")


def test_aut_09_a_key_is_for_the_algorithm_of_its_type(party: Party) -> None:
    """The header says RS256 of an EC key's id, or the other way round."""
    party.signs_in()
    party.provider.forge = lambda header, claims: f"{encoded({**header, 'alg': 'RS256'})}.{encoded(claims)}.AAAA"
    party.refuses("oidc.key")


def test_aut_09_an_algorithm_that_the_provider_does_not_offer_is_refused(party: Party) -> None:
    party.provider.metadata = {"id_token_signing_alg_values_supported": ["RS256"]}
    party.refuses("oidc.algorithm")


def test_aut_09_one_bit_of_the_signature_or_of_what_was_signed(party: Party) -> None:
    honest = party.provider.token

    def bent(place: int) -> Any:
        def forge(nonce: str) -> str:
            parts = honest(nonce).split(".")
            parts[place] = ("A" if parts[place][10] != "A" else "B").join((parts[place][:10], parts[place][11:]))
            return ".".join(parts)

        return forge

    for place in (1, 2):
        party.provider.token = bent(place)
        party.refuses("oidc.signature")


@pytest.mark.parametrize("token", ["", "a", "a.b", "a.b.c", "..", "a.b.c.d", "e30.e30.", "\N{SNOWMAN}", "A" * 70_000])
def test_aut_09_what_is_no_token(party: Party, token: str) -> None:
    party.provider.forge = lambda *_: token
    with pytest.raises(IdentityRefused, match=r"is not a signed JWT|algorithm that is not accepted"):
        party.signs_in()


def test_aut_09_another_key_under_the_same_id(party: Party) -> None:
    party.signs_in()
    party.provider.published = [party.provider.key.as_dict(private=False)]
    party.provider.key = ECKey.generate_key("P-256", {"kid": "one"})
    party.refuses("oidc.signature")


@pytest.mark.parametrize(
    "key",
    [
        OctKey.generate_key(256, {"kid": "two"}).as_dict(),
        {"kty": "RSA", "kid": "two", "n": "w" * 171, "e": "AQAB"},
        {"kty": "RSA", "kid": "two", "n": "A" * 300 + "w" * 100, "e": "AQAB"},
        {"kty": "RSA", "kid": "two", "n": "w" * 4000, "e": "AQAB"},
        {**ECKey.generate_key("P-256", {"kid": "two"}).as_dict(private=False), "use": "enc"},
        ECKey.generate_key("P-256", {"kid": "two"}).as_dict(private=True),
        {"kty": "AKP", "kid": "two"},
        {"kid": "two"},
        "two",
    ],
    ids=[
        *("a MAC key", "a weak key", "a weak key behind zeros", "a key without end"),
        *("an encryption key", "a private key", "an unknown type", "no type", "no object"),
    ],
)
def test_keys_that_are_no_public_signature_keys_are_left_out(party: Party, key: Any) -> None:
    party.provider.published = [key]
    party.provider.header = {"kid": "two"}
    party.refuses("oidc.key")


def test_two_keys_of_one_id_are_none(party: Party) -> None:
    one = party.provider.key.as_dict(private=False)
    party.provider.published = [one, {**ECKey.generate_key("P-256").as_dict(private=False), "kid": "one"}]
    party.refuses("oidc.key")


def test_a_token_without_a_key_id_is_fine_where_there_is_one_key(party: Party) -> None:
    party.provider.header = {"kid": None}
    assert party.signs_in().subject == "subject-1"


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (RSAKey.generate_key(2048, {"kid": "k"}), "RS256"),
        (RSAKey.generate_key(2048, {"kid": "k"}), "PS384"),
        (ECKey.generate_key("P-384", {"kid": "k"}), "ES384"),
        (OKPKey.generate_key("Ed25519", {"kid": "k"}), "Ed25519"),
    ],
    ids=["RS256", "PS384", "ES384", "Ed25519"],
)
def test_signatures_that_are_accepted(party: Party, key: Any, algorithm: str) -> None:
    party.provider.key, party.provider.header = key, {"alg": algorithm}
    party.provider.metadata = {"id_token_signing_alg_values_supported": [algorithm]}
    access = hashlib.new({"256": "sha256", "384": "sha384"}.get(algorithm[2:], "sha512"), b"access").digest()
    half = base64.urlsafe_b64encode(access[: len(access) // 2]).rstrip(b"=").decode()
    party.provider.claims = {"at_hash": half}
    assert party.signs_in().subject == "subject-1"


def test_the_clocks_may_differ_by_a_minute(party: Party) -> None:
    now = int(party.clock.now().timestamp())
    party.provider.claims = {"exp": now - 59, "iat": now + 59}
    party.signs_in()
    party.provider.claims = {"exp": now - 60}
    party.refuses("oidc.exp")
    party.provider.claims = {"iat": now + 61}
    party.refuses("oidc.iat")


def test_keys_are_fetched_once_and_a_new_one_is_found(party: Party) -> None:
    for _ in range(3):
        party.signs_in()
    assert party.count("/jwks") == 1
    assert party.count("/.well-known/openid-configuration") == 1
    party.provider.key = ECKey.generate_key("P-256", {"kid": "two"})
    party.clock.advance(timedelta(seconds=keys.AGAIN_SECONDS + 1))
    assert party.signs_in().subject == "subject-1"
    assert party.count("/jwks") == 2


def test_unknown_key_ids_do_not_make_us_hammer_the_provider(party: Party) -> None:
    party.signs_in()
    party.clock.advance(timedelta(seconds=keys.AGAIN_SECONDS + 1))
    party.provider.header = {"kid": "unknown"}
    for _ in range(5):
        party.refuses("oidc.key")
    assert party.count("/jwks") == 2


def test_mix_up_the_answer_of_another_provider(party: Party) -> None:
    """RFC 9207 §2.4."""
    party.refuses("oidc.response_iss", iss="http://127.0.0.1:1")
    party.refuses("oidc.response_iss", iss=None)
    assert party.count("/token") == 0


def test_an_answer_without_iss_is_fine_where_the_provider_promises_none(party: Party) -> None:
    party.provider.metadata = {"authorization_response_iss_parameter_supported": None}
    assert party.signs_in(iss=None).subject == "subject-1"
    party.refuses("oidc.response_iss", iss="http://127.0.0.1:1")


def test_a_code_is_good_once_and_with_its_verifier(party: Party) -> None:
    query = party.provider.visit(party.client.build_authorization_url(ASK))
    callback = Callback(state=query["state"], code=query["code"], issuer=query["iss"])
    with pytest.raises(IdentityRefused) as refused:
        party.client.redeem(callback, replace(ASK, verifier="w" * 43))
    assert refused.value.errors[0].rule == "oidc.code"
    party.signs_in()
    party.refuses("oidc.code", code=query["code"])


def test_whoever_was_not_let_in_there_is_told_so(party: Party) -> None:
    party.refuses("oidc.denied", error="access_denied", code=None)


def test_who_has_to_prove_anew_has_to_have_done_so(party: Party) -> None:
    anew = replace(ASK, since=party.clock.now())
    assert parse_qs(urlsplit(party.client.build_authorization_url(anew)).query)["prompt"] == ["login"]
    party.signs_in(anew)
    for told in (None, int(party.clock.now().timestamp()) - 61, "now"):
        party.provider.claims = {"auth_time": told}
        party.refuses("oidc.auth_time", anew)


def test_what_the_token_lacks_is_asked_for(party: Party) -> None:
    party.provider.metadata = {"userinfo_endpoint": f"{party.provider.url}/userinfo"}
    party.provider.userinfo = {"groups": ["staff"], "preferred_username": "ada", "amr": ["mfa"]}
    party.provider.claims = {"amr": ["pwd"]}
    claims = party.signs_in()
    assert (claims.login, claims.values) == ("ada", {"groups": frozenset({"staff"})})
    assert claims.amr == frozenset({"pwd"})
    party.provider.userinfo = {"sub": "somebody else"}
    party.refuses("oidc.userinfo")


def test_a_public_client_names_itself_and_has_no_secret(party: Party) -> None:
    client = make_client(party.provider, party.clock, secret=None)
    party.provider.answers["/token"] = (401, b"{}")
    with pytest.raises(ProviderUnavailable, match="The identity provider refused the token request"):
        Party(party.provider, client, party.clock).signs_in()
    (form,) = (form for path, form in party.provider.asked if path == "/token")
    assert form["client_id"] == CLIENT_ID
    assert "client_secret" not in form


def test_a_secret_goes_where_the_provider_wants_it(party: Party) -> None:
    party.provider.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    with pytest.raises(ProviderUnavailable, match="The identity provider refused the token request"):
        party.signs_in()
    (form,) = (form for path, form in party.provider.asked if path == "/token")
    assert form["client_secret"] == CLIENT_SECRET


def test_signing_out_leads_to_the_provider_and_back(party: Party) -> None:
    url = party.client.sign_out_url("http://localhost:8080/sign-in") or ""
    assert url.startswith(f"{party.provider.url}/end?")
    assert parse_qs(urlsplit(url).query) == {
        "client_id": [CLIENT_ID],
        "post_logout_redirect_uri": ["http://localhost:8080/sign-in"],
    }
    party.provider.metadata = {"end_session_endpoint": None}
    assert make_client(party.provider, party.clock).sign_out_url("http://localhost:8080/") is None
