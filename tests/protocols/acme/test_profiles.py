"""One directory for every profile of a CA (draft-ietf-acme-profiles)."""

from __future__ import annotations

import pytest

from tests.protocols.acme.client import BASE, AcmeClient, Door, kind
from tests.protocols.acme.signing import b64
from tests.protocols.rest.door import Reply, unique
from tests.support.acme_csrs import csr


def order(client: AcmeClient, path: str, **members: str) -> tuple[Reply, str]:
    name = f"{unique('profile')}.example.com"
    return client.post(client.url(path), {"identifiers": [{"type": "dns", "value": name}], **members}), name


@pytest.mark.parametrize("base", ["", "/issuing-ca"])
def test_the_directory_of_a_ca_lists_the_profiles_that_an_order_can_name(door: Door, base: str) -> None:
    directory = door.get(f"/acme{base}/directory", Host="pki.example:8443").json
    assert directory["newOrder"] == f"{BASE}/acme{base}/new-order"
    profiles = directory["meta"]["profiles"]
    assert {"tls-server", "tls-client", "short-lived", "device"} <= profiles.keys()
    assert profiles["tls-server"]
    assert profiles.keys().isdisjoint({"email", "code-signing", "ocsp-responder", "issuing-ca", "scep-ra"})


@pytest.mark.parametrize(
    ("path", "profile", "state"),
    [("/new-order", "tls-server", "valid"), ("/issuing-ca/new-order", "short-lived", "processing")],
)
def test_an_order_is_finalized_with_the_profile_that_it_names(
    client: AcmeClient, path: str, profile: str, state: str
) -> None:
    """A certificate for TLS clients needs approval."""
    made, name = order(client, path, profile=profile)
    assert (made.status, made.json["profile"]) == (201, profile)
    client.prove(made)
    done = client.post(made.json["finalize"], {"csr": b64(csr(name))})
    assert (done.json["status"], done.json["profile"]) == (state, profile)


def test_an_order_without_a_profile_is_for_a_tls_server(client: AcmeClient) -> None:
    assert order(client, "/new-order")[0].json["profile"] == "tls-server"


@pytest.mark.parametrize("profile", ["code-signing", "issuing-ca", "nothing", ""])
def test_an_order_for_a_profile_that_is_not_listed_is_refused(client: AcmeClient, profile: str) -> None:
    reply, _ = order(client, "/new-order", profile=profile)
    assert kind(reply) == "invalidProfile"
    assert "tls-server" in reply.json["detail"]


def test_an_unknown_ca_has_no_directory(door: Door, client: AcmeClient) -> None:
    assert door.get("/acme/nowhere/directory").status == 404
    assert order(client, "/nowhere/new-order")[0].status == 404
