"""PostgreSQL: refused where it would lose data, survived where it goes away."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest
import sqlalchemy as sa

from pki_manager.domain.errors import ConfigurationInvalid, StorageUnavailable
from pki_manager.domain.jobs import JobKind, NewJob
from pki_manager.policy import builtin_profiles
from pki_manager.storage.engine.engines import open_postgresql
from pki_manager.storage.engine.locks import PATIENCE_SECONDS
from pki_manager.storage.leader import build_scheduler_lock
from pki_manager.storage.storage import SqlStorage
from pki_manager.storage.tables.jobs import scheduler_lease
from tests.conftest import MAC_KEY
from tests.contract.storage.values import ACTOR, EVENT
from tests.fakes.clock import START, FrozenClock
from tests.fakes.entropy import SeededEntropy
from tests.services.postgresql import PostgresServer, postgresql_server

CRL = NewJob(JobKind.PUBLISH_CRL, {}, coalesce="crl:1")


def open_at(url: str, chain: str = "host/worker-1") -> SqlStorage:
    return SqlStorage(
        open_postgresql(url),
        chain=chain,
        mac_key=MAC_KEY,
        clock=FrozenClock(),
        entropy=SeededEntropy(chain),
        lock_path=None,
    )


def kill_connections(server: PostgresServer) -> None:
    with server.connect() as connection:
        others = "pid <> pg_backend_pid() AND datname LIKE 'test%'"
        connection.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")


def test_a_server_that_may_lose_data_is_refused(postgresql: PostgresServer) -> None:
    name = postgresql.create_database()
    with postgresql.connect() as connection:
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with pytest.raises(ConfigurationInvalid, match="synchronous_commit is off"):
        open_postgresql(postgresql.url(name))
    postgresql.drop_database(name)


def test_a_server_without_fsync_is_refused() -> None:
    with postgresql_server("fsync=off") as server, pytest.raises(ConfigurationInvalid, match="fsync is off"):
        open_postgresql(server.url("postgres"))


@pytest.mark.parametrize("url", ["postgresql://host/db", "nonsense", "mysql://host/db", "postgresql+psycopg://h:x/d"])
def test_an_impossible_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationInvalid, match="database_url"):
        open_postgresql(url)


def test_a_server_that_does_not_answer_is_unavailable(tmp_path) -> None:
    with pytest.raises(StorageUnavailable, match="its socket was not found"):
        open_postgresql(f"postgresql+psycopg://nobody@/none?host={tmp_path}")


def test_a_server_that_the_network_loses_is_given_up_in_seconds(postgresql_url: str) -> None:
    """Both by who asks and by who waits for an answer; the kernel's own patience is a quarter of an hour and none."""
    engine = open_postgresql(postgresql_url)
    connection = engine.raw_connection()
    told = connection.driver_connection.info.get_parameters()
    connection.close()
    engine.dispose()
    asking = int(told["tcp_user_timeout"]) / 1000
    waiting = int(told["keepalives_idle"]) + int(told["keepalives_interval"]) * int(told["keepalives_count"])
    assert (asking, waiting) == (PATIENCE_SECONDS, PATIENCE_SECONDS)


def test_a_connection_lost_between_units_is_replaced(postgresql: PostgresServer, postgresql_url: str) -> None:
    storage = open_at(postgresql_url)
    with storage.begin(ACTOR) as unit:
        unit.record(EVENT)
    with storage.read() as reader:
        assert len(reader.audit.list_heads()) == 1
    kill_connections(postgresql)
    with storage.begin(ACTOR) as unit:
        unit.record(EVENT)
    with storage.read() as reader:
        assert reader.audit.list_heads()[0].seq == 2
    storage.check()
    storage.close()


def test_a_connection_lost_inside_a_unit_fails_it_and_the_next_one_works(
    postgresql: PostgresServer, postgresql_url: str
) -> None:
    storage = open_at(postgresql_url)
    with pytest.raises(StorageUnavailable, match="The database is unavailable"), storage.begin(ACTOR) as unit:  # noqa: PT012 - the unit is the statement
        unit.meta.put("a", "1")
        kill_connections(postgresql)
        unit.record(EVENT)
    with pytest.raises(StorageUnavailable, match="The database is unavailable"), storage.begin(ACTOR) as unit:  # noqa: PT012 - the unit is the statement
        unit.meta.put("a", "1")
        unit.record(EVENT)
        kill_connections(postgresql)
    with storage.begin(ACTOR) as unit:
        assert unit.meta.get("a") is None
        unit.record(EVENT)
    storage.close()


def test_a_leader_whose_connection_is_lost_asks_again(postgresql: PostgresServer, postgresql_url: str) -> None:
    one, two = open_postgresql(postgresql_url), open_postgresql(postgresql_url)
    leader, other = build_scheduler_lock(one, None), build_scheduler_lock(two, None)
    assert leader.try_lead()
    kill_connections(postgresql)
    while not other.try_lead():
        pass
    assert not leader.try_lead()
    other.resign()
    for engine in (one, two):
        engine.dispose()


def test_a_leader_that_is_frozen_is_replaced_and_knows_when_it_wakes(postgresql_url: str) -> None:
    """Its session lives on, and keeps the lock: the lease that it does not renew tells."""
    one, two = open_postgresql(postgresql_url), open_postgresql(postgresql_url)
    frozen, other = build_scheduler_lock(one, None), build_scheduler_lock(two, None)
    assert frozen.try_lead()
    assert frozen.keep()
    assert not other.try_lead()
    with two.begin() as connection:
        connection.execute(sa.update(scheduler_lease).values(renewed_at=scheduler_lease.c.renewed_at - 11_000_000))
    while not other.try_lead():
        pass
    assert other.term > frozen.term
    assert not frozen.keep()
    assert not frozen.try_lead()
    assert other.keep()
    other.resign()
    for engine in (one, two):
        engine.dispose()


def test_a_leader_that_is_alive_renews_its_lease(postgresql_url: str) -> None:
    one, two = open_postgresql(postgresql_url), open_postgresql(postgresql_url)
    leader, other = build_scheduler_lock(one, None), build_scheduler_lock(two, None)
    assert leader.try_lead()
    with two.begin() as connection:
        connection.execute(sa.update(scheduler_lease).values(renewed_at=scheduler_lease.c.renewed_at - 11_000_000))
    assert leader.keep()
    assert not other.try_lead()
    assert leader.keep()
    leader.resign()
    for engine in (one, two):
        engine.dispose()


def test_the_server_gives_up_a_client_that_the_network_no_longer_reaches(postgresql_url: str) -> None:
    """A host that lost its power says no farewell, and would keep the lead for two hours. Unix sockets show zeros."""
    engine = open_postgresql(postgresql_url)
    with engine.connect() as connection:
        shown = [
            connection.exec_driver_sql(f"SELECT setting, source FROM pg_settings WHERE name = '{name}'").one()
            for name in ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "tcp_user_timeout")
        ]
    assert {source for _, source in shown} == {"client"}
    assert [setting for setting, _ in shown] in (["4", "2", "3", "10000"], ["0"] * 4)
    engine.dispose()


def test_a_job_that_a_worker_is_just_taking_is_not_coalesced_with(postgresql_url: str) -> None:
    """The worker may not see what this unit changes; one job more is the lesser evil."""
    issuer, worker = open_at(postgresql_url, "host/worker-1"), open_at(postgresql_url, "host/worker-2")
    with issuer.housekeep() as unit:
        first = unit.jobs.enqueue(CRL, START)
    with worker.housekeep() as taking:
        assert [job.id for job in taking.jobs.take(START, START - START, 1)] == [first]
        other: list[object] = []

        def enqueue() -> None:
            with issuer.housekeep() as unit:
                other.append(unit.jobs.enqueue(CRL, START))

        thread = threading.Thread(target=enqueue)
        thread.start()
        thread.join(20)
        assert len(other) == 1
    assert other != [first]
    issuer.close()
    worker.close()


def test_a_coalesced_job_is_not_taken_before_the_unit_is_committed(postgresql_url: str) -> None:
    issuer, worker = open_at(postgresql_url, "host/worker-1"), open_at(postgresql_url, "host/worker-2")
    with issuer.housekeep() as unit:
        first = unit.jobs.enqueue(CRL, START)
    taken: list[object] = []

    def take() -> None:
        with worker.housekeep() as unit:
            taken.append([job.id for job in unit.jobs.take(START, START - START, 1)])

    with issuer.housekeep() as unit:
        assert unit.jobs.enqueue(CRL, START) == first
        thread = threading.Thread(target=take)
        thread.start()
        thread.join(20)
    take()
    assert taken == [[], [first]]
    issuer.close()
    worker.close()


def test_several_units_of_one_thread_wait_once_for_what_another_session_has_locked(
    postgresql: PostgresServer, postgresql_url: str
) -> None:
    storage = open_at(postgresql_url)
    with storage.begin(ACTOR) as unit:
        unit.record(EVENT)
    storage._writer._patience = 0.5
    waits: list[str] = []
    sa.event.listen(storage._engine, "handle_error", lambda context: waits.append(str(context.original_exception)))
    with postgresql.connect(sa.make_url(postgresql_url).database or "") as other, other.transaction():
        other.execute("LOCK TABLE meta IN EXCLUSIVE MODE")
        told = []
        with storage.together() as units:
            for _ in range(20):
                with pytest.raises(StorageUnavailable) as refused, units.begin(ACTOR) as unit:
                    unit.meta.put("a", "1")
                told.append(refused.value.held)
    assert told == [True] * 20
    assert len(waits) == 1, waits
    storage._writer._patience = 60
    with storage.begin(ACTOR) as unit:
        assert unit.meta.get("a") is None
        unit.meta.put("a", "1")
        unit.record(EVENT)
    storage.close()


def _until_waiting(server: PostgresServer, waiting: int) -> None:
    """Until as many sessions wait for an advisory lock."""
    count = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with server.connect() as connection:
        while connection.execute(count).fetchone() != (waiting,):
            time.sleep(0.01)


def test_processes_that_act_by_the_directory_and_then_change_it_in_one_group_do_not_deadlock(
    postgresql_url: str,
) -> None:
    """Each holds the directory's lock shared with an earlier unit; both would wait for the other to give it up."""
    both_hold = threading.Barrier(2)
    failures: list[BaseException] = []

    def work(storage: SqlStorage, name: str) -> None:
        try:
            with storage.together() as units:
                with units.begin(ACTOR) as unit:
                    unit.meta.get_directory_revision()
                    unit.record(EVENT)
                both_hold.wait()
                with units.begin(ACTOR) as unit:
                    unit.meta.lock_directory()
                    unit.profiles.add(replace(builtin_profiles.TLS_SERVER, name=name), START)
                    unit.record(EVENT)
        except StorageUnavailable as error:
            failures.append(error)

    storages = [open_at(postgresql_url, f"host/worker-{number}") for number in (1, 2)]
    with storages[0].begin(ACTOR) as unit:
        unit.profiles.add(builtin_profiles.TLS_SERVER, START)
        unit.record(EVENT)
    threads = [threading.Thread(target=work, args=(one, f"web-{at}")) for at, one in enumerate(storages)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with storages[0].read() as reader:
        assert reader.meta.get_directory_revision() == 3
    for one in storages:
        one.close()


def test_a_change_of_the_directory_waits_only_for_those_that_came_before_it(
    postgresql: PostgresServer, postgresql_url: str
) -> None:
    """However many processes issue without a pause, a suspension's turn comes."""
    storages = [open_at(postgresql_url, f"host/worker-{number}") for number in (1, 2, 3)]
    with storages[0].begin(ACTOR) as unit:
        unit.profiles.add(builtin_profiles.TLS_SERVER, START)
        unit.record(EVENT)
    seen: list[int] = []

    def change() -> None:
        with storages[1].begin(ACTOR) as unit:
            unit.meta.lock_directory()
            unit.profiles.retire(builtin_profiles.TLS_SERVER.name)
            unit.record(EVENT)

    def act() -> None:
        with storages[2].housekeep() as unit:
            seen.append(unit.meta.get_directory_revision())

    threads = [threading.Thread(target=change), threading.Thread(target=act)]
    with storages[0].housekeep() as unit:
        seen.append(unit.meta.get_directory_revision())
        for waiting, thread in enumerate(threads, 1):
            thread.start()
            _until_waiting(postgresql, waiting)
    for thread in threads:
        thread.join()
    assert seen == [1, 2]
    for one in storages:
        one.close()
