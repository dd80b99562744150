"""Signing in by a real identity provider: its pages, its signatures, its sign-out, and our real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.services.identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider, identity_provider
from tests.services.installation import Installation, Server, administrator_token, free_port

PEOPLE = {
    "ada": {"name": "Ada", "preferred_username": "ada", "groups": ["pki-admins"], "email": "ada@example.com"},
    "bob": {"name": "Bob", "preferred_username": "bob", "groups": ["visitors"]},
}


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def provider(port: int) -> Iterator[IdentityProvider]:
    here = f"http://localhost:{port}"
    heard = f"http://127.0.0.1:{port}/api/v1/oidc/corp/back-channel-logout"
    with identity_provider([f"{here}/oidc/corp"], [f"{here}/sign-in"], PEOPLE, back_channel=heard) as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, port: int, provider: IdentityProvider) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("oidc")
    secret = folder / "corp.secret"
    secret.touch(mode=0o600)
    secret.write_text(CLIENT_SECRET)
    table = {
        "name": "corp",
        "issuer": provider.issuer,
        "client_id": CLIENT_ID,
        "client_secret_file": str(secret),
        "unknown_users": "create",
        "rules": [{"value": "pki-admins", "role": "administrator"}, {"value": "staff", "role": "requester"}],
    }
    settings = {"PKIM_MANAGEMENT_BIND": f"127.0.0.1:{port}", "PKIM_OIDC_PROVIDERS": json.dumps([table])}
    installation = Installation(folder, settings)
    installation.run("init", "--no-hierarchy")
    with installation.serving() as running:
        yield running


def browser(server: Server) -> httpx2.Client:
    url = server.management.replace("127.0.0.1", "localhost")
    return httpx2.Client(base_url=f"{url}/api/v1", headers={"origin": url}, timeout=60)


def sign_in(
    client: httpx2.Client, provider: IdentityProvider, login: str, within: httpx2.Client | None = None, **body: str
) -> httpx2.Response:
    """`within` is the person's browser, where it goes on to be signed in at the provider."""
    begun = client.post("/oidc/corp/begin", json=body)
    assert begun.status_code == 200, begun.text
    query = provider.let_in(begun.json()["authorization_url"], login, within)
    assert query["iss"] == provider.issuer
    told = {name: query[name] for name in ("code", "state", "iss")}
    return client.post("/oidc/corp/finish", json=told)


def me(client: httpx2.Client) -> dict[str, Any]:
    answer: dict[str, Any] = client.get("/me").json()
    return answer


def test_whoever_the_provider_lets_in_with_the_right_group_is_in(server: Server, provider: IdentityProvider) -> None:
    with browser(server) as client:
        assert client.get("/oidc").json()["items"] == [{"name": "corp", "title": "corp"}]
        reply = sign_in(client, provider, "ada")
        assert (reply.status_code, reply.json()["stage"]) == (201, "active"), reply.text
        told = me(client)
        assert (told["user"]["login"], told["roles"], told["user"]["origin"]) == ("ada", ["administrator"], "corp")
        assert told["user"]["email"] is None  # the provider does not say that it verified it
        client.headers["x-csrf-token"] = reply.json()["csrf_token"]
        proof = sign_in(client, provider, "ada", purpose="prove")
        assert proof.status_code == 201, proof.text
        assert proof.json()["csrf_token"] != reply.json()["csrf_token"]


def test_whoever_has_no_group_of_ours_is_not(server: Server, provider: IdentityProvider) -> None:
    with browser(server) as client:
        reply = sign_in(client, provider, "bob")
        assert (reply.status_code, reply.json()["code"]) == (401, "identity_refused")
        assert reply.json()["errors"][0]["rule"] == "oidc.no_role"
        assert client.get("/me").status_code == 401


def test_another_group_is_another_role_and_another_session(server: Server, provider: IdentityProvider) -> None:
    accounts = PEOPLE | {"eve": {"preferred_username": "eve", "groups": ["pki-admins"]}}
    provider.change(accounts)
    with browser(server) as other:
        # Another administrator, as the last one would keep the role.
        assert sign_in(other, provider, "ada").status_code == 201
    with browser(server) as before, browser(server) as after:
        sign_in(before, provider, "eve")
        assert me(before)["roles"] == ["administrator"]
        provider.change(accounts | {"eve": {"preferred_username": "eve", "groups": ["staff"]}})
        reply = sign_in(after, provider, "eve")
        assert reply.status_code == 201, reply.text
        assert me(after)["roles"] == ["requester"]
        assert before.get("/me").status_code == 401


def test_a_code_is_good_once(server: Server, provider: IdentityProvider) -> None:
    with browser(server) as client, browser(server) as other:
        url = client.post("/oidc/corp/begin", json={}).json()["authorization_url"]
        query = provider.let_in(url, "ada")
        told = {name: query[name] for name in ("code", "state", "iss")}
        assert other.post("/oidc/corp/finish", json=told).json()["code"] == "identity_refused"
        assert client.post("/oidc/corp/finish", json=told).status_code == 201
        assert client.post("/oidc/corp/finish", json=told).json()["errors"][0]["rule"] == "oidc.state"
        # Under a state of a visit of our own it is the provider that says no: another verifier.
        fresh = parse_qs(urlsplit(other.post("/oidc/corp/begin", json={}).json()["authorization_url"]).query)
        stolen = other.post("/oidc/corp/finish", json={**told, "state": fresh["state"][0]})
        assert stolen.json()["errors"][0]["rule"] == "oidc.code"


def test_the_provider_knows_where_to_send_who_signs_out(server: Server, provider: IdentityProvider) -> None:
    with browser(server) as client:
        url = client.get("/oidc/corp/sign-out").json()["url"]
    page = httpx2.get(url, timeout=20)
    assert page.status_code == 200
    assert "logout" in page.text


def test_who_signs_out_there_is_signed_out_here_in_that_browser_alone(
    server: Server, provider: IdentityProvider
) -> None:
    """Two sign-ins here within one browser's session there, and one from another browser; the provider tells us."""
    with browser(server) as one, browser(server) as two, browser(server) as elsewhere, httpx2.Client(timeout=60) as ada:
        for client, within in ((one, ada), (two, ada), (elsewhere, None)):
            reply = sign_in(client, provider, "ada", within)
            assert reply.status_code == 201, reply.text
        back = provider.sign_out(one.get("/oidc/corp/sign-out").json()["url"], ada)
        assert back == f"{str(one.base_url).partition('/api/')[0]}/sign-in"
        assert [client.get("/me").status_code for client in (one, two, elsewhere)] == [401, 401, 200]
        with server.client(administrator_token(server.installation)) as client:
            events = client.get("/audit", params={"limit": 200, "action": "identity.signed_out"}).json()["items"]
        (told,) = [one["details"] for one in events]
        assert (told["issuer"], told["subject"], told["sessions"]) == (provider.issuer, "ada", 2)
        assert told["provider_session"]
        # Who comes again begins another session there, and is in.
        assert sign_in(one, provider, "ada", ada).status_code == 201


def test_each_sign_in_and_each_refusal_is_in_the_trail_once(server: Server, provider: IdentityProvider) -> None:
    token = administrator_token(server.installation)
    with server.client(token) as client, browser(server) as visitor:
        sign_in(visitor, provider, "ada")  # is a user here from now on

        def trail() -> dict[tuple[str, int], dict[str, Any]]:
            items = client.get("/audit", params={"limit": 200}).json()["items"]
            return {(one["node"], one["seq"]): one for one in items}

        before = trail()
        sign_in(visitor, provider, "ada")
        sign_in(visitor, provider, "bob")
        told = [one for key, one in trail().items() if key not in before]
    assert sorted((one["action"], one["reason"]) for one in told) == [
        ("login.failed", "oidc.no_role"),
        ("login.succeeded", None),
    ]


def test_the_secret_is_in_no_log(server: Server) -> None:
    assert CLIENT_SECRET not in server.installation.log()
    assert "code=" not in server.installation.log()


@pytest.mark.parametrize("path", ["config explain", "config check"])
def test_the_settings_tell_of_the_provider_and_of_no_secret(server: Server, path: str) -> None:
    told = server.installation.run(*path.split())
    assert CLIENT_SECRET not in told
    assert ("corp (http" in told) is (path == "config explain")


def test_a_provider_that_is_away_leaves_the_others_alone(
    tmp_path: Path, port: int, server: Server, provider: IdentityProvider
) -> None:
    """Its name leads nowhere: the page before one is in still names it, and passwords still work."""
    table = {"name": "gone", "issuer": f"http://127.0.0.1:{free_port()}", "client_id": "x"}
    installation = Installation(tmp_path, {"PKIM_OIDC_PROVIDERS": json.dumps([table])})
    link = json.loads(installation.run("init", "--no-hierarchy", "--output", "json"))["sign_in_url"]
    with installation.serving() as alone, browser(alone) as client:
        assert client.get("/oidc").json()["items"][0]["name"] == "gone"
        reply = client.post("/oidc/gone/begin", json={})
        assert (reply.status_code, reply.json()["code"]) == (503, "provider_unavailable")
        body = {"secret": link.partition("#")[2], "password": "correct horse battery staple"}
        assert client.post("/invitations/accept", json=body).status_code == 201
