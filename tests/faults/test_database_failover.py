"""Fail-over of PostgreSQL: the primary server dies, its standby is promoted, and clients go on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pki_manager.domain.errors import StorageUnavailable
from pki_manager.storage.engine import schema
from pki_manager.storage.engine.engines import open_postgresql
from pki_manager.storage.engine.replication import NOTICE
from pki_manager.storage.storage import SqlStorage
from pki_manager.system import SystemClock, SystemEntropy
from tests.conftest import MAC_KEY
from tests.contract.storage.values import ACTOR, EVENT
from tests.faults.fault_log import Fault, FaultLog
from tests.faults.load import Load
from tests.faults.parts import until
from tests.services.installation import Installation, administrator_token
from tests.services.patroni import patroni_cluster
from tests.services.postgresql import PostgresServer, postgresql_replica, postgresql_server

BEFORE, AFTER = 40, 40
"""Certificates that clients receive before the primary server is killed, and after that."""


@pytest.fixture
def primary() -> Iterator[PostgresServer]:
    with postgresql_server() as server:
        yield server


@pytest.fixture
def standby(primary: PostgresServer) -> Iterator[PostgresServer]:
    with postgresql_replica(primary) as server:
        primary.require_standby()
        yield server


def join_urls(database: str, *servers: PostgresServer) -> str:
    """Return the URL of the database on whichever of the servers accepts changes."""
    hosts = "&".join(f"host={server.directory}" for server in servers)
    return f"postgresql+psycopg://postgres@/{database}?{hosts}&target_session_attrs=read-write"


def warns(installation: Installation, *command: str) -> bool:
    """Return whether the command warns that a fail-over can lose commits."""
    return NOTICE in installation.json(*command)["warnings"]


def test_a_standby_without_every_commit_is_reported(
    primary: PostgresServer, standby: PostgresServer, tmp_path: Path
) -> None:
    assert standby.process.poll() is None
    name = primary.create_database()
    installation = Installation(tmp_path, {"PKIM_DATABASE_URL": primary.url(name)})
    installation.run("init")
    assert not warns(installation, "config", "check")
    with primary.connect() as connection:
        connection.execute("ALTER SYSTEM RESET synchronous_standby_names")
        connection.execute("SELECT pg_reload_conf()")
        until(lambda: connection.execute("SHOW synchronous_standby_names").fetchone() == ("",))
    assert warns(installation, "config", "check")
    assert warns(installation, "db", "check")
    with installation.serving():
        steps = installation.json("selfcheck")["checks"]
    assert NOTICE in {step["detail"] for step in steps if step["outcome"] == "warning"}
    standby.stop()
    with primary.connect() as connection:
        until(lambda: connection.execute("SELECT count(*) FROM pg_stat_replication").fetchone() == (0,))
    assert not warns(installation, "config", "check")
    url = join_urls(name, primary, standby)
    installation.environment["PKIM_DATABASE_URL"] = url
    assert warns(installation, "config", "check"), "the URL names a second server"


def test_a_promoted_standby_has_every_acknowledged_certificate(
    primary: PostgresServer, standby: PostgresServer, tmp_path: Path, fault_log: FaultLog
) -> None:
    installation = Installation(tmp_path, {"PKIM_DATABASE_URL": join_urls(primary.create_database(), primary, standby)})
    with installation.serving() as server:
        load = Load(server.management, administrator_token(installation))
        load.start()
        try:
            load.await_more(BEFORE, 180)
            primary.kill()
            standby.promote()
            load.await_more(AFTER, 180)
        finally:
            load.stop()
    assert load.wrong == []
    fault_log.conclude(
        Fault.DATABASE_FAILED_OVER,
        installation,
        load.records,
        repetitions=1,
        errors=load.errors,
        outage=load.outage,
    )


@pytest.mark.long
def test_patroni_replaces_a_primary_that_dies_and_takes_it_back_as_a_standby(
    tmp_path: Path, fault_log: FaultLog
) -> None:
    with patroni_cluster() as cluster:
        cluster.create_database("pkim")
        cluster.create_database("pkim_keys")
        settings = {"PKIM_DATABASE_URL": cluster.url("pkim"), "PKIM_KEYSTORE_URL": cluster.url("pkim_keys")}
        installation = Installation(tmp_path, settings)
        with installation.serving() as server:
            load = Load(server.management, administrator_token(installation))
            load.start()
            try:
                load.await_more(BEFORE, 180)
                dead = cluster.find_primary()
                dead.kill()
                load.await_more(AFTER, 240)
            finally:
                load.stop()
            assert cluster.find_primary() is not dead
            cluster.start_again(dead)
            until(dead.is_synchronous)
        assert load.wrong == []
        fault_log.conclude(
            Fault.DATABASE_FAILED_OVER,
            installation,
            load.records,
            repetitions=1,
            errors=load.errors,
            outage=load.outage,
        )


def test_a_commit_whose_wait_for_the_standby_is_cancelled_is_not_acknowledged(
    primary: PostgresServer, standby: PostgresServer
) -> None:
    """PostgreSQL reports such a commit as successful, with a warning. Only the primary server has it."""
    with ExitStack() as stack:
        url = primary.url(primary.create_database())
        engine = open_postgresql(url)
        schema.upgrade(engine)
        storage = SqlStorage(
            engine, chain="a/1", mac_key=MAC_KEY, clock=SystemClock(), entropy=SystemEntropy(), lock_path=None
        )
        stack.callback(storage.close)
        standby.stop()
        failures: list[StorageUnavailable] = []

        def write() -> None:
            try:
                with storage.begin(ACTOR) as unit:
                    unit.record(EVENT)
            except StorageUnavailable as error:
                failures.append(error)

        thread = threading.Thread(target=write)
        thread.start()
        with primary.connect() as connection:
            waiting = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
            until(lambda: connection.execute(f"SELECT count(*) {waiting}").fetchone() == (1,))
            connection.execute(f"SELECT pg_cancel_backend(pid) {waiting}")
        thread.join(60)
        assert not thread.is_alive()
        assert [error.detail for error in failures] == [
            "The database is unavailable: the commit is on the primary server only."
        ]
