"""Two servers with data directories of their own on one PostgreSQL database, as "Run several hosts" sets them up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.services.installation import Installation, Server, administrator_token
from tests.services.postgresql import PostgresServer, postgresql_replica
from tests.support.csrs import make_csr

NAMES = ("pki-a", "pki-b")
LIMIT = 60.0
"""Seconds after which the test gives up. What it waits for takes a few seconds."""


def until(look: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT
    while not look():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture
def hosts(tmp_path: Path, postgresql: PostgresServer) -> Iterator[dict[str, Server]]:
    names = [postgresql.create_database() for _ in range(2)]
    shared = dict(zip(("PKIM_DATABASE_URL", "PKIM_KEYSTORE_URL"), map(postgresql.url, names), strict=True))
    first, second = (make_host(tmp_path / name, shared) for name in NAMES)
    first.run("init")
    second.home.mkdir(mode=0o700)
    (second.home / "master.key").write_bytes((first.home / "master.key").read_bytes())
    (second.home / "master.key").chmod(0o600)
    with first.serving() as one, second.serving() as other:
        yield dict(zip(NAMES, (one, other), strict=True))
    for name in names:
        postgresql.drop_database(name)


def test_lists_come_from_a_replica_and_the_settings_check_knows_it(tmp_path: Path, postgresql: PostgresServer) -> None:
    database = postgresql.create_database()
    with ExitStack() as stack:
        stack.callback(postgresql.drop_database, database)
        replica = stack.enter_context(postgresql_replica(postgresql))
        urls = {"PKIM_DATABASE_URL": postgresql.url(database), "PKIM_READ_DATABASE_URL": replica.url(database)}
        installation = Installation(tmp_path, urls)
        installation.run("init")
        server = stack.enter_context(installation.serving())
        client = stack.enter_context(server.client(administrator_token(installation)))
        order = {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr("www.example.com")}
        issued = client.post("/certificates", json=order).json()["id"]
        assert issued in list_ids(client)
        until(lambda: issued in list_ids(client) and "reading lists from the read replica" in installation.log())
        assert not any("replica" in warning for warning in installation.json("config", "check")["warnings"])
        primary = {"PKIM_READ_DATABASE_URL": postgresql.url(database)}
        refused = Installation(tmp_path, urls | primary).run("config", "check", expect=2)
        assert "read_database_url: is not a replica: it accepts changes" in refused
        replica.stop()
        assert issued in list_ids(client)
        warnings = installation.json("config", "check")["warnings"]
        assert any("The read replica was not checked" in warning for warning in warnings)


def list_ids(client: httpx2.Client) -> set[str]:
    return {one["id"] for one in client.get("/certificates").json()["items"]}


def make_host(folder: Path, shared: dict[str, str]) -> Installation:
    folder.mkdir()
    return Installation(folder, {**shared, "PKIM_NODE_NAME": folder.name})


def show_nodes(server: Server) -> dict[str, dict[str, Any]]:
    return {node["name"]: node for node in server.installation.json("status")["nodes"]}


def leader(server: Server) -> Any:
    return httpx2.get(f"{server.management}/readyz").json()["leader"]


def test_both_hosts_are_shown_and_another_leads_when_the_leader_dies(hosts: dict[str, Server]) -> None:
    until(lambda: all(leader(server) for server in hosts.values()))
    first = leader(hosts["pki-a"])
    assert first == leader(hosts["pki-b"])
    until(lambda: all(node["published_lag_seconds"] == 0 for node in show_nodes(hosts["pki-b"]).values()))
    assert {name: node["leader"] for name, node in show_nodes(hosts["pki-b"]).items()} == {
        name: name == first for name in NAMES
    }
    (other,) = set(NAMES) - {first}
    hosts[first].kill()
    until(lambda: leader(hosts[other]) == other)
    after = show_nodes(hosts[other])
    assert {name: node["leader"] for name, node in after.items()} == {first: False, other: True}
    table = hosts[other].installation.run("status", "--output", "table")
    assert all(name in table for name in NAMES)
