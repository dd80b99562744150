"""Units of work: all or nothing, one event at least, several in one commit."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import Fault, PkiError, StorageUnavailable
from pki_manager.ports.unit_of_work import Units
from pki_manager.storage.engine import writer as writer_module
from pki_manager.storage.engine.compiled_statement import run_command
from pki_manager.storage.storage import SqlStorage
from tests.conftest import CHAIN, OpenStorage
from tests.contract.storage.groups import in_one_group
from tests.contract.storage.values import ACTOR, EVENT, Hierarchy, make_certificate, new_id
from tests.fakes.clock import START


def stored(storage: SqlStorage, *keys: str) -> list[str | None]:
    with storage.read() as reader:
        return [reader.meta.get(key) for key in keys]


def putting(storage: SqlStorage, key: str) -> Callable[[], None]:
    def run() -> None:
        with storage.housekeep() as unit:
            unit.meta.put(key, "1")

    return run


def orphan_of(issuing: Hierarchy) -> Certificate:
    """A certificate of an issuer key that is not there: the database refuses it."""
    return make_certificate(Hierarchy(issuing.ca, replace(issuing.key, id=new_id(5))), new_id(1), serial=1)


def count_commits(storage: SqlStorage) -> list[str]:
    commits: list[str] = []
    sa.event.listen(storage._engine, "commit", lambda connection: commits.append("commit"))
    return commits


def test_a_unit_is_visible_after_it_and_not_before(storage: SqlStorage) -> None:
    with storage.begin(ACTOR) as unit:
        unit.meta.put("a", "1")
        unit.record(EVENT)
        assert unit.meta.get("a") == "1"
        assert stored(storage, "a") == [None]
    assert stored(storage, "a") == ["1"]


def test_a_reader_sees_one_moment(storage: SqlStorage) -> None:
    with storage.read() as reader:
        assert reader.meta.get("a") is None
        with storage.housekeep() as unit:
            unit.meta.put("a", "1")
        assert reader.meta.get("a") is None
    assert stored(storage, "a") == ["1"]


def test_the_callers_own_mistakes_stay_what_they_are(storage: SqlStorage) -> None:
    for block in (storage.read, storage.housekeep):
        with pytest.raises(OverflowError, match="a mistake"), block():
            raise OverflowError("a mistake")


def test_a_reader_cannot_write(storage: SqlStorage) -> None:
    with storage.read() as reader, pytest.raises(PkiError, match="The database is unavailable"):
        reader.meta.put("a", "1")
    with storage.housekeep() as unit:
        unit.meta.put("b", "1")
    assert stored(storage, "a", "b") == [None, "1"]


def test_a_unit_that_raises_leaves_nothing_not_even_its_event(storage: SqlStorage) -> None:
    with pytest.raises(KeyError, match="undo the unit"), storage.begin(ACTOR) as unit:  # noqa: PT012 - the unit is the statement
        unit.meta.put("a", "1")
        unit.record(EVENT)
        raise KeyError("undo the unit")
    assert stored(storage, "a") == [None]
    with storage.begin(ACTOR) as unit:
        unit.record(EVENT)
    with storage.read() as reader:
        assert [event.seq for event in reader.audit.iterate_chain(CHAIN)] == [1]


def test_a_unit_without_an_event_is_a_fault_and_is_rolled_back(storage: SqlStorage) -> None:
    with pytest.raises(Fault, match="audit event"), storage.begin(ACTOR) as unit:
        unit.meta.put("a", "1")
    assert stored(storage, "a") == [None]


def test_housekeeping_needs_no_event_and_cannot_record_one(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        unit.meta.put("a", "1")
    with pytest.raises(Fault, match="A housekeeping transaction recorded an audit event"), storage.housekeep() as unit:
        unit.record(EVENT)
    assert stored(storage, "a") == ["1"]


def test_a_unit_inside_a_unit_is_a_fault_instead_of_a_deadlock(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        with pytest.raises(Fault, match="inside another"), storage.housekeep():
            pass
        unit.meta.put("a", "1")
    assert stored(storage, "a") == ["1"]


def test_a_repository_does_not_outlive_its_unit(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        meta = unit.meta
    with pytest.raises(Fault, match="ended"):
        meta.put("a", "1")
    with storage.read() as reader:
        kept = reader.meta
    with pytest.raises(Fault, match="ended"):
        kept.get("a")


def test_a_failed_statement_that_is_swallowed_still_undoes_the_unit(storage: SqlStorage, issuing: Hierarchy) -> None:
    orphan = orphan_of(issuing)
    with pytest.raises(Fault, match=r"refused a statement: .*(?i:foreign ?key)"), storage.housekeep() as unit:  # noqa: PT012 - the unit is the statement
        unit.meta.put("a", "1")
        with pytest.raises(Fault, match=r"refused a statement: .*(?i:foreign ?key)"):
            unit.certificates.add(orphan)
        with pytest.raises(Fault, match=r"refused a statement: .*(?i:foreign ?key)"):
            unit.meta.put("b", "1")
    assert stored(storage, "a", "b") == [None, None]


def test_waiting_units_share_a_commit(storage: SqlStorage) -> None:
    commits = count_commits(storage)
    keys = [f"key-{number}" for number in range(5)]
    assert in_one_group(storage, *(putting(storage, key) for key in keys)) == [None] * 6
    assert len(commits) == 1
    assert stored(storage, "first", *keys) == ["1"] * 6


def test_a_group_has_at_most_64_units(storage: SqlStorage) -> None:
    commits = count_commits(storage)
    assert in_one_group(storage, *(putting(storage, f"key-{number}") for number in range(64))) == [None] * 65
    assert len(commits) == 2


def test_a_failing_unit_does_not_take_its_neighbours_along(storage: SqlStorage) -> None:
    def failing() -> None:
        with storage.begin(ACTOR) as unit:
            unit.meta.put("bad", "1")
            unit.record(EVENT)
            raise KeyError("bad")

    def recording() -> None:
        with storage.begin(ACTOR) as unit:
            unit.record(EVENT)

    commits = count_commits(storage)
    good = [putting(storage, "a"), recording]
    results = in_one_group(storage, *good, failing, recording, putting(storage, "b"), failing)
    assert [type(result) for result in results if result is not None] == [KeyError, KeyError]
    assert len(commits) == 1
    assert stored(storage, "first", "a", "bad", "b") == ["1", "1", None, "1"]
    with storage.read() as reader:
        assert [event.seq for event in reader.audit.iterate_chain(CHAIN)] == [1, 2]


def test_a_refused_statement_does_not_take_its_neighbours_along(storage: SqlStorage, issuing: Hierarchy) -> None:
    orphan = orphan_of(issuing)

    def failing() -> None:
        with storage.housekeep() as unit:
            unit.certificates.add(orphan)

    results = in_one_group(storage, putting(storage, "a"), failing, putting(storage, "b"))
    assert [type(result) for result in results if result is not None] == [Fault]
    assert stored(storage, "first", "a", "b") == ["1", "1", "1"]


def test_a_failed_commit_fails_every_unit_of_its_group_and_the_writer_recovers(storage: SqlStorage) -> None:
    def fail(connection: sa.Connection) -> None:
        raise sa.exc.OperationalError("COMMIT", None, Exception("disk I/O error"))

    sa.event.listen(storage._engine, "commit", fail)
    results = in_one_group(storage, putting(storage, "a"), putting(storage, "b"))
    sa.event.remove(storage._engine, "commit", fail)
    assert [type(result) for result in results] == [StorageUnavailable] * 3
    assert stored(storage, "first", "a", "b") == [None, None, None]
    putting(storage, "c")()
    assert stored(storage, "c") == ["1"]


def test_eight_threads_write_fifty_units_each_and_none_is_lost(storage: SqlStorage, issuing: Hierarchy) -> None:
    def write(thread: int) -> None:
        for number in range(50):
            serial = 1 + thread * 50 + number
            with storage.begin(ACTOR) as unit:
                unit.certificates.add(make_certificate(issuing, new_id(serial), serial=serial))
                unit.record(EVENT)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    with storage.read() as reader:
        assert len(reader.certificates.list_unexpired(issuing.key.id, START, None, 1000)) == 400
        assert [event.seq for event in reader.audit.iterate_chain(CHAIN)] == list(range(1, 402))


def test_a_closed_storage_refuses_and_keeps_what_it_has(open_storage: OpenStorage) -> None:
    storage = open_storage()
    with storage.housekeep() as unit:
        unit.meta.put("a", "1")
    storage.close()
    with pytest.raises(StorageUnavailable, match="The storage is closed"), storage.housekeep():
        pass
    assert stored(open_storage(), "a") == ["1"]


def test_closing_waits_for_the_group_that_is_open(open_storage: OpenStorage) -> None:
    storage = open_storage()
    assert in_one_group(storage, storage.close) == [None, None]
    assert stored(open_storage(), "first") == ["1"]


def test_the_change_counter_differs_after_any_process_has_committed(open_storage: OpenStorage) -> None:
    here, there = open_storage("host/worker-1"), open_storage("host/worker-2")
    seen = [here.change_counter()]
    for number, writer in enumerate((here, there, there)):
        putting(writer, f"key-{number}")()
        seen.append(here.change_counter())
    assert len(set(seen)) == 4


def test_check_passes_on_a_database_that_answers(storage: SqlStorage) -> None:
    storage.check()


def put_together(units: Units, key: str) -> None:
    """A unit of several, with its event; KeyError, and nothing kept, for the key `bad`."""
    with units.begin(ACTOR) as unit:
        unit.meta.put(key, "1")
        unit.record(EVENT)
        if key == "bad":
            raise KeyError(key)


def test_units_together_share_a_commit_and_each_has_its_own_end(storage: SqlStorage) -> None:
    commits = count_commits(storage)
    with storage.together() as units:
        put_together(units, "a")
        with pytest.raises(KeyError, match="bad"):
            put_together(units, "bad")
        put_together(units, "c")
        assert stored(storage, "a", "bad", "c") == [None, None, None]
    assert stored(storage, "a", "bad", "c") == ["1", None, "1"]
    assert len(commits) == 1
    with storage.read() as reader:
        assert [event.seq for event in reader.audit.iterate_chain(CHAIN)] == [1, 2]


def test_units_together_need_an_event_each(storage: SqlStorage) -> None:
    with storage.together() as units:
        with pytest.raises(Fault, match="audit event"), units.begin(ACTOR) as unit:
            unit.meta.put("a", "1")
        with units.begin(ACTOR) as unit:
            unit.meta.put("b", "1")
            unit.record(EVENT)
    assert stored(storage, "a", "b") == [None, "1"]


def test_units_together_are_not_begun_inside_a_unit(storage: SqlStorage) -> None:
    with storage.housekeep(), pytest.raises(Fault, match="inside"), storage.together():
        pass


def test_after_a_failure_of_the_engine_no_unit_of_those_together_begins(
    storage: SqlStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine may have rolled back by itself: what came next would be outside any transaction."""

    def broken(connection: sa.Connection, statement: str) -> None:
        if statement.startswith("RELEASE"):
            raise sa.exc.OperationalError(statement, None, Exception("disk I/O error"))
        run_command(connection, statement)

    def both() -> None:
        with storage.together() as units:
            monkeypatch.setattr(writer_module, "run_command", broken)
            put_together(units, "a")
            with pytest.raises(StorageUnavailable, match="The database is unavailable"):
                put_together(units, "b")

    with pytest.raises(StorageUnavailable, match="The database is unavailable"):
        both()
    monkeypatch.undo()
    assert stored(storage, "a", "b") == [None, None]
    with storage.begin(ACTOR) as unit:
        unit.record(EVENT)
