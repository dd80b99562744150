"""AUT-19: however a path is written, it never opens more than the plain path does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from pki_manager.domain.rights.actor import Role
from pki_manager.protocols.rest.app import PREFIX
from tests.protocols.rest.door import Door, House


def mounted(door: Door) -> Door:
    return replace(door, app=Starlette(routes=[Mount(PREFIX, app=door.app)]))


VARIANTS = (
    "//api/v1/cas",
    "/api//v1/cas",
    "/api/v1//cas",
    "/./api/v1/cas",
    "/api/./v1/cas",
    "/api/v1/./cas",
    "/api/v1/x/../cas",
    "/api/v1/%2e%2e/v1/cas",
    "/api/v1/%2e/cas",
    "/api/v1/%2fcas",
    "/api/v1/cas;x",
    "/api/v1/cas;x=1",
    "/api/v1/cas/",
    "/api/v1/CAS",
    "/API/v1/cas",
    "/api/v1/cas%20",
    "/api/v1/cas%00",
    "/api/v1/cas%0a",
    "/api/v1/cas?",
    "/api/v1/%63as",
)


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "get", "FOO"])
def test_aut_19_a_path_in_disguise_opens_nothing(door: Door, method: str) -> None:
    anonymous = mounted(replace(door, actor=None))
    for target in VARIANTS:
        assert anonymous.send(method, target).status in (401, 404, 405), target


def test_aut_19_a_role_gets_no_more_by_disguise(house: House) -> None:
    requester = mounted(house.door.with_token(house.secrets[Role.REQUESTER]))
    for target in VARIANTS:
        reply = requester.send("POST", target, b"{}", [("Content-Type", "application/json")])
        assert reply.status in (403, 404, 405), target


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_aut_19_a_header_does_not_change_the_method(house: House, header: str) -> None:
    requester = mounted(house.door.with_token(house.secrets[Role.REQUESTER]))
    reply = requester.send("GET", f"{PREFIX}/cas", headers=[(header, "POST")])
    assert reply.status == 200
    assert "items" in reply.json


@pytest.mark.parametrize("header", ["pkim.actor", "X-Pkim-Actor", "extensions", "X-Forwarded-User", "Cookie"])
def test_no_header_says_who_acts(door: Door, header: str) -> None:
    anonymous = mounted(replace(door, actor=None))
    assert anonymous.get(f"{PREFIX}/me", [(header, "local:root")]).status == 401


@pytest.mark.parametrize("value", ["Basic eDp5", "Bearer", "Bearer ", "bearer x", "pkim_x", "Bearer pkim_\xe9"])
def test_what_is_no_bearer_token_is_401(door: Door, value: str) -> None:
    assert replace(door, actor=None).get("/me", [("Authorization", value)]).status == 401


def test_two_authorisations_are_none(house: House) -> None:
    good = ("Authorization", f"Bearer {house.secrets[Role.ADMINISTRATOR]}")
    nobody = replace(house.door, actor=None)
    assert nobody.get("/me", [good]).status == 200
    assert nobody.get("/me", [good, ("Authorization", "Bearer x")]).status == 401


def test_the_openapi_document_is_served_below_the_mount(door: Door) -> None:
    document = mounted(replace(door, actor=None)).get(f"{PREFIX}/openapi.json").json
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": PREFIX}]


@pytest.mark.parametrize("target", ["/docs", "/redoc", "/docs/oauth2-redirect"])
def test_there_is_no_docs_page(door: Door, target: str) -> None:
    assert door.get(target).status == 404
