"""ports.status_log.StatusLog on both engines: a revision that only rises, and what each of its steps changed."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from pki_manager.domain.errors import Fault
from pki_manager.domain.jobs import JobKind, NewJob
from pki_manager.ports.status_log import FollowingStore, StatusChange, StatusSubject, StoreReport
from pki_manager.storage.storage import SqlStorage
from pki_manager.storage.tables.types import from_microseconds, to_microseconds
from tests.conftest import OpenStorage
from tests.contract.storage.values import ACTOR, EVENT, Hierarchy, make_crl
from tests.fakes.clock import START, FrozenClock

DAY = timedelta(days=1)
STORE, OTHER_STORE = UUID(int=1), UUID(int=2)


def revision(storage: SqlStorage) -> int:
    with storage.read() as reader:
        return reader.status_log.get_revision()


def change_status(storage: SqlStorage, issuing: Hierarchy, *serials: int) -> int:
    with storage.begin(ACTOR) as unit:
        for serial in serials:
            unit.jobs.publish_status(issuing.key.id, serial)
        unit.record(EVENT)
    return revision(storage)


def changes(storage: SqlStorage, after: int, limit: int = 100) -> list[StatusChange]:
    with storage.read() as reader:
        return list(reader.status_log.list_since(after, limit))


def report(
    store: UUID, node: str, clock: FrozenClock, *, reached: int | None = None, term: int | None = None
) -> StoreReport:
    return StoreReport(store=store, node=node, seen_at=clock.now(), revision=reached, term=term)


def stores(storage: SqlStorage) -> dict[str, FollowingStore]:
    with storage.read() as reader:
        return {one.node: one for one in reader.status_log.list_stores()}


def test_a_commit_that_changes_a_status_raises_the_revision_once(storage: SqlStorage, issuing: Hierarchy) -> None:
    before = revision(storage)
    after = change_status(storage, issuing, 7, 8, 7)
    assert after > before
    assert [(one.revision, one.subject, one.serial) for one in changes(storage, before)] == [
        (after, StatusSubject.SERIAL, 7),
        (after, StatusSubject.SERIAL, 8),
    ]


def test_crls_and_ca_certificates_are_changes_too_and_new_certificates_are_not(
    storage: SqlStorage, issuing: Hierarchy
) -> None:
    before = revision(storage)
    with storage.begin(ACTOR) as unit:
        unit.jobs.publish_status(issuing.key.id, 7, is_new=True)
        unit.record(EVENT)
    assert revision(storage) == before
    with storage.housekeep() as unit:
        unit.crls.add(make_crl(issuing, 3))
        unit.jobs.enqueue(NewJob(JobKind.PUBLISH_CA_CERTIFICATE, {"issuer_key": str(issuing.key.id)}), START)
    subjects = {(one.subject, one.issuer_key_id) for one in changes(storage, before)}
    assert subjects == {(StatusSubject.CRL, issuing.key.id), (StatusSubject.CA, issuing.key.id)}


def test_revisions_rise_without_the_clock_and_never_fall_behind_it(
    storage: SqlStorage, issuing: Hierarchy, clock: FrozenClock
) -> None:
    first = change_status(storage, issuing, 1)
    assert first >= to_microseconds(clock.now())
    assert change_status(storage, issuing, 2) == first + 1
    clock.set(clock.now() - DAY)
    assert change_status(storage, issuing, 3) == first + 2
    clock.advance(2 * DAY)
    assert change_status(storage, issuing, 4) == to_microseconds(clock.now())


def test_two_processes_never_give_out_the_same_revision(open_storage: OpenStorage) -> None:
    """The second unit begins while the first is open; each commit has a revision of its own."""
    one, other = open_storage("host/worker-1"), open_storage("host/worker-2")
    key = UUID(int=5)
    seen = []
    for number in range(6):
        storage = (one, other)[number % 2]
        with storage.housekeep() as unit:
            unit.jobs.publish_status(key, number)
        seen.append(revision(one))
    assert seen == sorted(set(seen))


def test_what_a_unit_that_failed_has_changed_is_not_logged(storage: SqlStorage, issuing: Hierarchy) -> None:
    before = revision(storage)
    with pytest.raises(Fault, match="A unit of work ended without an audit event"), storage.begin(ACTOR) as unit:
        unit.jobs.publish_status(issuing.key.id, 7)
    assert revision(storage) == before
    assert changes(storage, before) == []


def test_a_batch_of_changes_ends_with_a_whole_revision(storage: SqlStorage, issuing: Hierarchy) -> None:
    before = revision(storage)
    first = change_status(storage, issuing, 1, 2, 3)
    second = change_status(storage, issuing, 4)
    assert {one.revision for one in changes(storage, before, limit=2)} == {first}
    assert {one.revision for one in changes(storage, before, limit=4)} == {first, second}
    assert {one.revision for one in changes(storage, first, limit=4)} == {second}


def test_a_revision_that_was_never_given_out_is_not_contained(storage: SqlStorage, issuing: Hierarchy) -> None:
    first = change_status(storage, issuing, 1)
    change_status(storage, issuing, 2)
    with storage.read() as reader:
        assert reader.status_log.contains(first)
        assert not reader.status_log.contains(first - 1)
        assert not reader.status_log.contains(first + 1000)


def test_the_revision_is_raised_above_that_of_a_store_from_before_a_restore(
    storage: SqlStorage, issuing: Hierarchy, clock: FrozenClock
) -> None:
    ahead = change_status(storage, issuing, 1) + 10**12
    with storage.housekeep() as unit:
        assert unit.status_log.raise_above(ahead, clock.now()) == ahead + 1
    assert change_status(storage, issuing, 2) == ahead + 2


def test_old_changes_are_deleted_and_the_newest_stays(
    storage: SqlStorage, issuing: Hierarchy, clock: FrozenClock
) -> None:
    first = change_status(storage, issuing, 1)
    clock.advance(DAY)
    second = change_status(storage, issuing, 2)
    with storage.housekeep() as unit:
        assert unit.status_log.prune(clock.now() - DAY / 2) == 1
        assert not unit.status_log.contains(first)
        assert unit.status_log.prune(clock.now() + 9 * DAY) == 0
        assert unit.status_log.contains(second)


def test_other_published_stores_are_known_while_they_are_present(storage: SqlStorage, clock: FrozenClock) -> None:
    with storage.housekeep() as unit:
        unit.status_log.note_store(report(STORE, "a/worker-1", clock))
        assert unit.status_log.count_other_stores(STORE, clock.now()) == 0
        unit.status_log.note_store(report(OTHER_STORE, "b/worker-1", clock))
        unit.status_log.note_store(report(OTHER_STORE, "b/worker-2", clock))
        assert unit.status_log.count_other_stores(STORE, clock.now()) == 1
        assert unit.status_log.count_other_stores(STORE, clock.now() + DAY) == 0


def test_a_report_shows_since_when_its_store_is_behind(
    storage: SqlStorage, issuing: Hierarchy, clock: FrozenClock
) -> None:
    reached = change_status(storage, issuing, 1)
    with storage.housekeep() as unit:
        unit.status_log.note_store(report(STORE, "a/worker-1", clock, reached=reached))
        unit.status_log.note_store(report(OTHER_STORE, "b/worker-1", clock))
    assert stores(storage)["a/worker-1"].missing_since is None
    clock.advance(DAY)
    first = change_status(storage, issuing, 2)
    clock.advance(DAY)
    change_status(storage, issuing, 3)
    found = stores(storage)
    assert found["a/worker-1"] == FollowingStore(
        store=STORE,
        node="a/worker-1",
        seen_at=START,
        revision=reached,
        term=None,
        missing_since=from_microseconds(first),
    )
    assert (found["b/worker-1"].revision, found["b/worker-1"].missing_since) == (None, None)


def test_a_term_stays_recorded_until_it_ends_or_a_later_one_begins(storage: SqlStorage, clock: FrozenClock) -> None:
    def terms() -> list[int | None]:
        return [one.term for one in stores(storage).values()]

    with storage.housekeep() as unit:
        unit.status_log.note_store(report(STORE, "a/worker-1", clock, term=4))
        unit.status_log.note_store(report(STORE, "a/worker-2", clock))
    assert terms() == [4]
    with storage.housekeep() as unit:
        unit.status_log.note_store(report(STORE, "a/worker-2", clock, term=5))
        unit.status_log.end_term(STORE, 4)
    assert terms() == [5]
    with storage.housekeep() as unit:
        unit.status_log.end_term(OTHER_STORE, 5)
        unit.status_log.end_term(STORE, 5)
    assert terms() == [None]


def test_stores_that_no_longer_report_are_deleted(storage: SqlStorage, clock: FrozenClock) -> None:
    with storage.housekeep() as unit:
        unit.status_log.note_store(report(STORE, "a/worker-1", clock))
        clock.advance(DAY)
        unit.status_log.note_store(report(OTHER_STORE, "b/worker-1", clock))
        assert unit.status_log.prune_stores(clock.now() - DAY / 2) == 1
    assert set(stores(storage)) == {"b/worker-1"}
