"""Lists read from a real streaming replica: recent, or from the primary server."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest

from pki_manager.domain.errors import StorageUnavailable
from pki_manager.domain.rights.actor import Actor, build_system_actor
from pki_manager.ports.unit_of_work import Reader
from pki_manager.storage.engine.engines import open_postgresql, open_replica
from pki_manager.storage.engine.replica import MAX_STALENESS, REST, find_replica_fault
from pki_manager.storage.storage import SqlStorage
from pki_manager.system import SystemEntropy
from tests.conftest import MAC_KEY
from tests.contract.storage.values import ACTOR, EVENT
from tests.fakes.clock import FrozenClock
from tests.services.postgresql import PostgresServer, postgresql_replica, postgresql_server

OTHER = build_system_actor("other")
KEY = "test.value"
LIMIT = 60.0
"""Seconds after which a test gives up waiting for the replica."""


@pytest.fixture(scope="module")
def replica(postgresql: PostgresServer, postgresql_template: str) -> Iterator[PostgresServer]:
    assert postgresql_template
    with postgresql_replica(postgresql) as server:
        yield server


class House:
    """A storage that reads from the replica, and what happens on its servers."""

    def __init__(self, primary: PostgresServer, replica: PostgresServer, database: str, clock: FrozenClock) -> None:
        self.primary, self.replica, self.database, self.clock = primary, replica, database, clock
        self.storage = open_storage(self, replica.url(database))

    def put(self, value: str) -> None:
        """Change the value without an actor, as any other process would."""
        with self.storage.housekeep() as uow:
            uow.meta.put(KEY, value)

    def get(self, actor: Actor = ACTOR) -> str | None:
        return self.storage.read_recent(actor, lambda reader: reader.meta.get(KEY))

    def catch_up(self) -> None:
        """Wait until the replica has replayed everything."""
        with self.primary.connect() as primary, self.replica.connect() as replica:
            position = primary.execute("SELECT pg_current_wal_lsn()").fetchone()
            assert position is not None
            until(lambda: replica.execute("SELECT pg_last_wal_replay_lsn() >= %s", position).fetchone() == (True,))

    def pause(self) -> None:
        self.catch_up()
        with self.replica.connect() as replica:
            replica.execute("SELECT pg_wal_replay_pause()")
            until(lambda: replica.execute("SELECT pg_get_wal_replay_pause_state()").fetchone() == ("paused",))

    def resume(self) -> None:
        with self.replica.connect() as replica:
            replica.execute("SELECT pg_wal_replay_resume()")
        self.catch_up()


def open_storage(house: House, replica: str) -> SqlStorage:
    """Open the database of the house once more, with a replica of that URL."""
    return SqlStorage(
        open_postgresql(house.primary.url(house.database)),
        chain="host/worker-1",
        mac_key=MAC_KEY,
        clock=house.clock,
        entropy=SystemEntropy(),
        lock_path=None,
        replica=open_replica(replica),
    )


def until(look: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT
    while not look():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def house(
    postgresql: PostgresServer, replica: PostgresServer, postgresql_template: str, clock: FrozenClock
) -> Iterator[House]:
    database = postgresql.create_database(postgresql_template)
    with ExitStack() as stack:
        stack.callback(postgresql.drop_database, database)
        house = House(postgresql, replica, database, clock)
        stack.callback(house.storage.close)
        house.put("first")
        house.catch_up()
        clock.advance(timedelta(seconds=1))
        yield house
        house.resume()


def test_lists_are_read_from_the_replica_for_as_long_as_it_is_recent(house: House) -> None:
    house.pause()
    assert house.get() == "first"
    house.put("second")
    house.clock.advance(timedelta(seconds=MAX_STALENESS))
    assert house.get() == "first", "the sample before the change is not too old yet"
    house.clock.advance(timedelta(seconds=0.1))
    assert house.get() == "second", "the replica lags by more than the bound"
    house.resume()
    house.clock.advance(timedelta(seconds=1))
    house.pause()
    assert house.get() == "second"
    house.put("third")
    assert house.get() == "second", "the replica is read again"


def test_an_actor_sees_their_own_changes_at_once(house: House) -> None:
    house.pause()
    assert house.get() == "first"
    house.clock.advance(timedelta(seconds=1))
    with house.storage.begin(ACTOR) as uow:
        uow.meta.put(KEY, "second")
        uow.record(EVENT)
    assert (house.get(ACTOR), house.get(OTHER)) == ("second", "first")
    house.resume()
    house.clock.advance(timedelta(seconds=1))
    assert house.get(ACTOR) == "second"
    house.pause()
    house.put("third")
    assert house.get(ACTOR) == "second", "the replica has the actor's change, and is read again"


def test_everything_else_reads_the_primary_server(house: House) -> None:
    house.pause()
    assert house.get() == "first"
    house.put("second")
    with house.storage.read() as reader:
        assert reader.meta.get(KEY) == "second"
    with house.storage.begin(ACTOR) as uow:
        assert uow.meta.get(KEY) == "second"
        uow.record(EVENT)


def test_while_the_replica_is_stopped_the_primary_server_is_read(
    postgresql: PostgresServer, postgresql_template: str, clock: FrozenClock
) -> None:
    database = postgresql.create_database(postgresql_template)
    with ExitStack() as stack:
        stack.callback(postgresql.drop_database, database)
        house = House(postgresql, stack.enter_context(postgresql_replica(postgresql)), database, clock)
        stack.callback(house.storage.close)
        house.put("first")
        house.catch_up()
        assert house.get() == "first"
        house.replica.stop()
        house.put("second")
        assert house.get() == "second"
        clock.advance(timedelta(seconds=REST + 1))
        assert house.get() == "second"
        with house.replica.running_again():
            house.catch_up()
            clock.advance(timedelta(seconds=REST + 1))
            house.pause()
            assert house.get() == "second"
            house.put("third")
            assert house.get() == "second", "the replica is read again"
            house.resume()


def test_another_database_on_the_replica_is_never_read(house: House, postgresql_template: str) -> None:
    other = house.primary.create_database(postgresql_template)
    with ExitStack() as stack:
        stack.callback(house.primary.drop_database, other)
        elsewhere = House(house.primary, house.replica, other, house.clock)
        stack.callback(elsewhere.storage.close)
        elsewhere.put("foreign")
        elsewhere.catch_up()
        house.clock.advance(timedelta(seconds=1))
        assert elsewhere.get() == "foreign"
        storage = open_storage(house, house.replica.url(other))
        stack.callback(storage.close)
        assert storage.read_recent(ACTOR, lambda reader: reader.meta.get(KEY)) == "first"


def test_a_read_that_the_replica_breaks_off_is_repeated_on_the_primary_server(house: House) -> None:
    calls = []

    def read(reader: Reader) -> str | None:
        calls.append(reader)
        if len(calls) == 1:
            raise StorageUnavailable("canceling statement due to conflict with recovery")
        return reader.meta.get(KEY)

    assert house.storage.read_recent(ACTOR, read) == "first"
    assert len(calls) == 2


def test_a_replica_that_never_answers_delays_a_list_once(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql+psycopg://pkim@127.0.0.1:{silent.getsockname()[1]}/{house.database}"
        storage = open_storage(house, url)
        try:
            for _ in range(5):
                assert storage.read_recent(ACTOR, lambda reader: reader.meta.get(KEY)) == "first"
        finally:
            storage.close()
        silent.setblocking(False)
        attempts = 0
        while True:
            try:
                connection, _ = silent.accept()
            except BlockingIOError:
                break
            connection.close()
            attempts += 1
    assert attempts == 1


def test_a_server_that_is_not_a_replica_of_the_database_is_not_read(house: House) -> None:
    other = house.primary.create_database()
    with ExitStack() as stack:
        stack.callback(house.primary.drop_database, other)
        foreign = stack.enter_context(postgresql_server())
        primary = open_postgresql(house.primary.url(house.database))
        stack.callback(primary.dispose)
        for url, fault in (
            (house.replica.url(house.database), None),
            (house.primary.url(house.database), "is not a replica: it accepts changes"),
            (house.replica.url("postgres"), "is another database than that of database_url"),
        ):
            engine = open_replica(url)
            stack.callback(engine.dispose)
            assert find_replica_fault(engine, primary) == fault
        replica, elsewhere = open_replica(house.replica.url("postgres")), open_postgresql(foreign.url("postgres"))
        stack.callback(replica.dispose)
        stack.callback(elsewhere.dispose)
        assert (
            find_replica_fault(replica, elsewhere)
            == "is a replica of another PostgreSQL server than that of database_url"
        )


def test_a_role_without_privileges_of_an_administrator_can_compare_positions(house: House) -> None:
    with house.primary.connect() as connection:
        connection.execute("CREATE ROLE plain LOGIN")
    try:
        house.catch_up()
        primary, replica = (
            server.url(house.database).replace("postgres@", "plain@") for server in (house.primary, house.replica)
        )
        engines = open_postgresql(primary), open_replica(replica)
        try:
            assert find_replica_fault(engines[1], engines[0]) is None
        finally:
            for engine in engines:
                engine.dispose()
    finally:
        with house.primary.connect() as connection:
            connection.execute("DROP ROLE plain")
