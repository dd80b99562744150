"""Counts of failed attempts, when a transaction waits for a row that another one resets or deletes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from pki_manager.ports.people import Failures
from pki_manager.ports.unit_of_work import UnitOfWork
from tests.contract.storage.test_postgresql import open_at
from tests.fakes.clock import START
from tests.services.postgresql import PostgresServer

KEY = bytes(32)


def until_a_row_is_waited_for(server: PostgresServer) -> None:
    count = "SELECT count(*) FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted"
    with server.connect() as connection:
        while connection.execute(count).fetchone() != (1,):
            time.sleep(0.01)


@pytest.mark.parametrize(
    "end",
    [lambda unit: unit.throttle.forget(KEY), lambda unit: unit.throttle.prune(START)],
    ids=["forgotten", "pruned"],
)
def test_who_waited_for_a_key_gets_it_without_failures(
    postgresql: PostgresServer, postgresql_url: str, end: Callable[[UnitOfWork], None]
) -> None:
    first, second = open_at(postgresql_url, "host/worker-1"), open_at(postgresql_url, "host/worker-2")
    with first.housekeep() as unit:
        unit.throttle.lock([KEY])
    found: list[dict[bytes, Failures]] = []

    def lock() -> None:
        with second.housekeep() as unit:
            found.append(unit.throttle.lock([KEY]))

    waiting = threading.Thread(target=lock)
    with first.housekeep() as unit:
        unit.throttle.lock([KEY])
        waiting.start()
        until_a_row_is_waited_for(postgresql)
        end(unit)
    waiting.join()
    assert [failures[KEY].count for failures in found] == [0]
    with first.read() as reader:
        assert reader.throttle.find([KEY]) == {}
    first.close()
    second.close()
