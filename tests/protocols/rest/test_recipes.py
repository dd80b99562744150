"""`GET /recipes`: the values of the installation in configuration to paste."""

from __future__ import annotations

import base64
import shlex

import pytest
import yaml

from pki_manager.protocols.rest.recipes.catalog import RECIPES
from tests.protocols.rest.door import Door, unique

QUERY = "?ca=Issuing%20CA&profile=tls-server"
LISTED = (
    "certbot", "lego", "acme.sh", "caddy", "traefik", "nginx", "apache", "haproxy", "proxmox", "opnsense",
    "cert-manager", "ansible", "win-acme", "postgresql", "mosquitto", "openvpn", "strongswan",
)  # fmt: skip


def texts(door: Door, query: str = "") -> dict[str, str]:
    return {one["client"]: one["text"] for one in door.get(f"/recipes{QUERY}{query}").json["items"]}


def test_every_client_is_listed() -> None:
    assert tuple(recipe.client for recipe in RECIPES) == LISTED


def test_every_text_that_uses_acme_has_directory_key_and_host(door: Door) -> None:
    key = door.post("/acme/eab-keys", {"name": unique("recipes"), "role": "requester", "expires": "P1D"}).json
    page = door.get(f"/recipes{QUERY}&key={key['id']}&host=www.corp.example").json
    assert page["directory"].endswith("/acme/Issuing%20CA/tls-server/directory")
    for one in page["items"]:
        assert page["directory"] in one["text"], one["client"]
        assert key["id"] in one["text"], one["client"]
        assert "HMAC_KEY" in one["text"], one["client"]
        if one["client"] not in ("traefik", "proxmox"):
            assert "www.corp.example" in one["text"], one["client"]


def test_without_a_key_a_placeholder_stands_there(door: Door) -> None:
    assert all("KEY_ID" in text for text in texts(door).values())


def test_the_preparation_names_the_root_of_the_ca(door: Door) -> None:
    chain = door.get("/cas/Issuing%20CA/chain").json["chain_pem"]
    root = "-----BEGIN" + chain.rpartition("-----BEGIN")[2]
    page = door.get(f"/recipes{QUERY}").json
    issuer = next(one for one in yaml.safe_load_all(texts(door)["cert-manager"]) if one["kind"] == "ClusterIssuer")
    assert base64.b64decode(issuer["spec"]["acme"]["caBundle"]).decode() == root
    words = shlex.split(page["prepare"])
    assert words[:4] == ["sudo", "pkim", "trust", "fetch"]
    assert len(words[words.index("--fingerprint") + 1]) == 64


@pytest.mark.parametrize("client", ["traefik", "cert-manager", "ansible"])
def test_yaml_is_valid(door: Door, client: str) -> None:
    assert list(yaml.safe_load_all(texts(door)[client]))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?ca=none&profile=tls-server", 404),
        ("?ca=Issuing%20CA&profile=none", 404),
        ("?ca=Issuing%20CA", 422),
        (f"{QUERY}&key=01a21f8e-0000-7000-8000-000000000000", 404),
        (f"{QUERY}&host=a%24(reboot)", 422),
        (f"{QUERY}&host=a%0Ab", 422),
    ],
)
def test_what_is_not_there_or_could_end_a_command_is_refused(door: Door, query: str, status: int) -> None:
    assert door.get(f"/recipes{query}").status == status


def test_a_refused_host_says_what_it_must_be(door: Door) -> None:
    (fault,) = door.get(f"/recipes{QUERY}&host=www.example.com.").json["errors"]
    assert (fault["field"], fault["message"]) == ("host", "must be a host name, for example www.example.com")
