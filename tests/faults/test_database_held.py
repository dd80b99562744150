"""Another holds the database: answers come within a bound and say so, nothing is half done, all heals by itself."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from pki_manager.bootstrap import _database
from pki_manager.settings import Settings
from tests.faults.fault_log import Fault, FaultLog
from tests.faults.parts import Client, require_away, served
from tests.services.installation import Installation, administrator_token
from tests.services.postgresql import PostgresServer


@contextmanager
def queued(installation: Installation) -> Iterator[None]:
    """A process of ours that hangs while it writes."""
    with (installation.home / "pki.db.queue").open("rb") as queue:
        fcntl.flock(queue, fcntl.LOCK_EX)
        yield


@contextmanager
def written_to(installation: Installation) -> Iterator[None]:
    """A session that is not ours, and does not know of our queue: somebody's shell with a transaction left open."""
    with _database(Settings(home=installation.home)) as engine, engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield
        connection.exec_driver_sql("ROLLBACK")


def ask_for_everything(client: Client) -> list[httpx2.Response]:
    """Mutations of several kinds, all at once: none may wait for the sum of all."""
    known = next(iter(client.acknowledged))
    mutations: list[Callable[[], httpx2.Response]] = [
        *[client.ask] * 4,
        lambda: client.post(f"/certificates/{known}/revoke", {"reason": "superseded"}),
        lambda: client.post("/cas/Issuing CA/crls", {}),
        lambda: client.post("/tokens", {"name": "one", "role": "auditor", "expires": "P1D"}),
    ]
    with ThreadPoolExecutor(len(mutations)) as pool:
        return list(pool.map(lambda mutation: mutation(), mutations))


def require_reads(client: Client, fresh: Client) -> None:
    """Reading waits for nobody; a token's first use is worth a moment, not an answer."""
    assert client.get("/cas").status_code == 200
    assert fresh.get("/cas").status_code == 200


def require_nothing_half_done(client: Client) -> None:
    """Neither a certificate nor a revocation nor a token of those that were refused."""
    every = client.get("/certificates?profile=tls-server&limit=100").json()["items"]
    listed = [one for one in every if any(".example.com" in san for san in one["sans"])]  # others are the server's own
    assert {one["id"] for one in listed} == set(client.acknowledged)
    assert {one["state"] for one in listed} == {"valid"}
    assert "one" not in {token["name"] for token in client.get("/tokens").json()["items"]}


@pytest.mark.parametrize("held", [queued, written_to], ids=["our-queue", "a-foreign-session"])
def test_a_sqlcipher_file_that_another_writes_to(tmp_path: Path, fault_log: FaultLog, held) -> None:
    installation = Installation(tmp_path)
    with served(installation) as (server, client):
        fresh = Client(server, administrator_token(installation))
        with held(installation):
            for answer in ask_for_everything(client):
                require_away(answer, "storage_unavailable")
            require_reads(client, fresh)
            assert httpx2.get(f"{server.status}/healthz").status_code == 200
            assert client.has_status()
        fresh.close()
        require_nothing_half_done(client)
        client.require_healed()
    fault_log.conclude(Fault.DATABASE_HELD, installation, client.records, repetitions=1)


@contextmanager
def locked(postgresql: PostgresServer, database: str, table: str, mode: str) -> Iterator[None]:
    with postgresql.connect(database) as connection, connection.transaction():
        connection.execute(f"LOCK TABLE {table} IN {mode} MODE")
        yield


def test_a_postgresql_table_that_a_foreign_session_has_locked(
    postgresql: PostgresServer, tmp_path: Path, fault_log: FaultLog
) -> None:
    """A dump or a report lets read and not write; an ALTER TABLE left open lets nobody in."""
    database = postgresql.create_database()
    installation = Installation(tmp_path, {"PKIM_DATABASE_URL": postgresql.url(database)})
    with served(installation) as (server, client):
        for table in ("certificates", "audit_heads"):
            with locked(postgresql, database, table, "EXCLUSIVE"):
                require_away(client.ask(), "storage_unavailable")
                assert client.get("/certificates").status_code == 200, "reading waits for nobody"
        # With the audit trail, or what needs no certificate is rightly done: it may go before those that wait.
        with locked(postgresql, database, "certificates, audit_heads", "ACCESS EXCLUSIVE"):
            for answer in [*ask_for_everything(client), client.get("/certificates")]:
                require_away(answer, "storage_unavailable")
            assert client.has_status()
        require_nothing_half_done(client)
        client.require_healed()
        server.stop()
        fault_log.conclude(Fault.DATABASE_HELD, installation, client.records, repetitions=3)
