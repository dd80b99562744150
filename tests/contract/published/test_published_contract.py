"""ports.publish.PublishedStore as SQLite keeps it: among threads and processes, and when the file is lost."""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from uuid import UUID

import pytest

from pki_manager.domain.errors import StorageUnavailable
from pki_manager.ports.publish import (
    PublishedIssuer,
    PublishedObject,
    PublishedResponse,
    PublishedState,
    PublishedStore,
    RefreshRound,
    WithdrawnStatus,
)
from pki_manager.storage.published import SqlitePublished
from tests.support.responders import DAY, NOW

KEY, OTHER_KEY = UUID(int=1), UUID(int=2)
LONGEST_SERIAL = (1 << 159) - 1


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "published" / "status.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlitePublished]:
    opened = SqlitePublished(path)
    yield opened
    opened.close()


def file(path: str, body: bytes = b"body", *, days: int | None = 7) -> PublishedObject:
    return PublishedObject(
        path=path,
        body=body,
        content_type="application/pkix-crl",
        modified=NOW + timedelta(microseconds=1),
        expires=None if days is None else NOW + days * DAY,
    )


def issuer(key: UUID, number: int = 1) -> PublishedIssuer:
    return PublishedIssuer(
        issuer_key_id=key,
        ca_id=UUID(int=9),
        number=number,
        name_hash={"sha1": b"a" * 20, "sha256": b"b" * 32},
        key_hash={"sha1": b"c" * 20, "sha256": b"d" * 32},
    )


def response(
    serial: int, body: bytes = b"body", *, key: UUID = KEY, hash_name: str = "sha1", days: int = 1
) -> PublishedResponse:
    return PublishedResponse(
        issuer_key_id=key,
        serial=serial,
        hash_name=hash_name,
        body=body,
        this_update=NOW,
        next_update=NOW + days * DAY,
    )


def test_what_is_put_comes_back_as_it_was(store: PublishedStore) -> None:
    files = [file("/crl/a/k1.crl"), file("/ca/a.cer", days=None)]
    responses = [response(1), response(1, hash_name="sha256"), response(LONGEST_SERIAL), response(0)]
    store.put_objects(files)
    store.put_issuers([issuer(KEY), issuer(OTHER_KEY, 2)])
    store.put_responses(responses)
    assert [store.find_object(one.path) for one in files] == files
    assert list(store.list_issuers()) == [issuer(KEY), issuer(OTHER_KEY, 2)]
    assert [store.find_response(one.issuer_key_id, one.serial, one.hash_name) for one in responses] == responses


def test_what_was_never_put_is_not_there(store: PublishedStore) -> None:
    assert store.find_object("/crl/a.crl") is None
    assert store.find_response(KEY, 1, "sha1") is None
    assert list(store.list_issuers()) == []


def test_rev_02_the_same_serial_number_of_two_issuers_are_two_responses(store: PublishedStore) -> None:
    store.put_responses([response(7, b"one"), response(7, b"other", key=OTHER_KEY)])
    bodies = [found.body for key in (KEY, OTHER_KEY) if (found := store.find_response(key, 7, "sha1"))]
    assert bodies == [b"one", b"other"]


def test_putting_again_replaces(store: PublishedStore) -> None:
    store.put_objects([file("/x", b"old")])
    store.put_objects([file("/x", b"new")])
    store.put_issuers([issuer(KEY)])
    store.put_issuers([issuer(KEY, 5)])
    store.put_responses([response(1, b"old")])
    store.put_responses([response(1, b"new")])
    assert store.find_object("/x") == file("/x", b"new")
    assert list(store.list_issuers()) == [issuer(KEY, 5)]
    assert store.find_response(KEY, 1, "sha1") == response(1, b"new")


def test_a_batch_is_put_whole_or_not_at_all(store: PublishedStore) -> None:
    broken = response(2, body=None)
    with pytest.raises(StorageUnavailable, match="The published status store is unavailable"):
        store.put_responses([response(1), broken])
    assert store.find_response(KEY, 1, "sha1") is None
    store.put_responses([response(1)])


def test_forgetting_drops_only_what_is_outdated(store: PublishedStore) -> None:
    store.put_responses([response(1, days=1), response(2, days=2), response(3, days=3)])
    assert store.forget_responses(NOW + 2 * DAY) == 1
    assert store.find_response(KEY, 1, "sha1") is None
    assert store.find_response(KEY, 2, "sha1") is not None


def test_the_version_changes_with_each_change_and_only_then(store: PublishedStore) -> None:
    seen = [store.get_version()]
    assert store.get_version() == seen[-1]
    for change in (
        lambda: store.put_objects([file("/x")]),
        lambda: store.put_issuers([issuer(KEY)]),
        lambda: store.put_responses([response(1)]),
        lambda: store.forget_responses(NOW + 9 * DAY),
    ):
        change()
        seen.append(store.get_version())
        assert store.get_version() == seen[-1]
    assert len(set(seen)) == len(seen)


def publish_elsewhere(path: Path, first: int, count: int) -> None:
    other = SqlitePublished(path)
    for serial in range(first, first + count):
        other.put_responses([response(serial)])
    other.close()


def test_another_process_change_is_seen_and_none_is_lost(store: SqlitePublished, path: Path) -> None:
    before = store.get_version()
    context = multiprocessing.get_context("spawn")
    others = [context.Process(target=publish_elsewhere, args=(path, first, 20)) for first in (1, 101)]
    for other in others:
        other.start()
    for serial in range(201, 221):
        store.put_responses([response(serial)])
    for other in others:
        other.join(30)
    assert [other.exitcode for other in others] == [0, 0]
    assert store.get_version() != before
    wanted = [*range(1, 21), *range(101, 121), *range(201, 221)]
    assert [serial for serial in wanted if store.find_response(KEY, serial, "sha1") is None] == []


def test_threads_read_and_write_at_once(store: SqlitePublished) -> None:
    def work(number: int) -> bool:
        store.put_responses([response(number)])
        return store.find_response(KEY, number, "sha1") is not None

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(1, 200)))


def test_a_reader_does_not_wait_for_a_writer(store: SqlitePublished, path: Path) -> None:
    store.put_responses([response(1, b"old")])
    writer = sqlite3.connect(path, isolation_level=None)
    try:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE responses SET body = x'00'")
        done = Event()
        found: list[PublishedResponse | None] = []

        def read() -> None:
            found.append(store.find_response(KEY, 1, "sha1"))
            store.get_version()
            done.set()

        Thread(target=read, daemon=True).start()
        assert done.wait(5)
        assert found == [response(1, b"old")]
        writer.execute("ROLLBACK")
    finally:
        writer.close()


def test_a_new_store_says_so_until_it_is_complete(path: Path) -> None:
    first = SqlitePublished(path)
    assert first.get_state().revision is None
    first.close()
    second = SqlitePublished(path)
    assert second.get_state().revision is None
    second.advance(second.get_state().store, 1)
    assert second.get_state().revision is not None
    second.close()
    third = SqlitePublished(path)
    assert third.get_state().revision is not None
    third.close()


def test_what_is_in_the_store_survives_a_restart(path: Path) -> None:
    first = SqlitePublished(path)
    first.put_objects([file("/x")])
    first.close()
    second = SqlitePublished(path)
    assert second.find_object("/x") == file("/x")
    second.close()


def filled(path: Path) -> SqlitePublished:
    store = SqlitePublished(path)
    store.put_responses([response(serial, bytes(2000)) for serial in range(200)])
    store.advance(store.get_state().store, 1)
    return store


@pytest.mark.parametrize("content", [b"", b"this is no database" * 1000, b"SQLite format 3\x00" + bytes(8000)])
def test_a_file_that_is_no_store_is_replaced_when_opened(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    store = SqlitePublished(path)
    assert store.get_state().revision is None
    store.put_objects([file("/x")])
    assert store.find_object("/x") == file("/x")
    store.close()


def test_a_store_of_another_layout_is_replaced_when_opened(path: Path) -> None:
    filled(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    store = SqlitePublished(path)
    assert store.get_state().revision is None
    assert store.find_response(KEY, 1, "sha1") is None
    store.close()


def test_damage_inside_is_met_by_starting_afresh(path: Path) -> None:
    filled(path).close()
    damaged = bytearray(path.read_bytes())
    damaged[8192:] = b"\xa5" * (len(damaged) - 8192)
    path.write_bytes(damaged)
    store = SqlitePublished(path)
    before = store.get_version()
    assert store.find_response(KEY, 1, "sha1") is None
    assert store.get_state().revision is None
    assert store.get_version() != before
    store.put_responses([response(1)])
    assert store.find_response(KEY, 1, "sha1") == response(1)
    store.close()
    assert files_beside(path) == 1


def test_a_file_that_is_removed_under_two_stores_is_made_again_for_both(path: Path) -> None:
    one = filled(path)
    other = SqlitePublished(path)
    versions = one.get_version(), other.get_version()
    for part in path.parent.iterdir():
        part.unlink()
    other.put_responses([response(1, b"new")])
    assert (one.get_version(), other.get_version()) != versions
    assert one.get_state().revision is None
    assert other.get_state().revision is None
    one.put_responses([response(2, b"new")])
    for store in (one, other):
        assert store.find_response(KEY, 1, "sha1") == response(1, b"new")
        assert store.find_response(KEY, 2, "sha1") == response(2, b"new")
        assert store.find_response(KEY, 3, "sha1") is None
    one.close()
    other.close()
    assert files_beside(path) == 1


def files_beside(path: Path) -> int:
    """How many database files the folder holds: the link at `path` is none."""
    return len([part for part in path.parent.glob("*.db") if not part.is_symlink()])


def test_a_place_that_cannot_be_written_is_told_as_unavailable(tmp_path: Path) -> None:
    (tmp_path / "published").write_text("a file where a folder belongs")
    with pytest.raises(StorageUnavailable, match="The published status store is unavailable"):
        SqlitePublished(tmp_path / "published" / "status.db")


def test_rev_01_an_older_status_never_replaces_a_newer_one(store: SqlitePublished) -> None:
    """A slow process puts what it signed before the revocation; the revocation stays published."""
    store.put_responses([replace(response(1, b"revoked"), revision=20)])
    store.put_responses([replace(response(1, b"good"), revision=19, this_update=NOW + DAY)])
    found = store.find_response(KEY, 1, "sha1")
    assert found is not None
    assert (found.body, found.revision) == (b"revoked", 20)
    store.put_responses([replace(response(1, b"by a fast clock"), revision=20, this_update=NOW + 900 * DAY)])
    store.put_responses([replace(response(1, b"refreshed"), revision=20, this_update=NOW + DAY)])
    found = store.find_response(KEY, 1, "sha1")
    assert found is not None
    assert found.body == b"refreshed"


def test_rev_09_an_older_crl_never_replaces_a_newer_one(store: SqlitePublished) -> None:
    for body, order in ((b"7", (1, 7)), (b"6", (1, 6)), (b"k2", (2, 3)), (b"9", (1, 9))):
        store.put_objects([replace(file("/crl/a.crl", body), order=order)])
    found = store.find_object("/crl/a.crl")
    assert found is not None
    assert (found.body, found.order) == (b"k2", (2, 3))


def test_a_withdrawn_status_is_not_served_until_a_newer_one_is_put(store: SqlitePublished) -> None:
    store.put_responses([replace(response(1, b"good"), revision=10), replace(response(2, b"kept"), revision=12)])
    store.withdraw([WithdrawnStatus(KEY, serial, 12, NOW + DAY) for serial in (1, 2, 3)])
    assert store.find_response(KEY, 1, "sha1") is None
    assert store.find_response(KEY, 2, "sha1") is not None
    for serial in (1, 3):
        store.put_responses([replace(response(serial, b"good"), revision=11)])
        assert store.find_response(KEY, serial, "sha1") is None
        store.put_responses([replace(response(serial, b"revoked"), revision=12)])
        assert store.find_response(KEY, serial, "sha1") is not None


def test_what_was_read_before_the_store_was_cleared_is_not_put_any_more(store: SqlitePublished) -> None:
    store.put_objects([replace(file("/x"), order=(1, 99))])
    store.put_issuers([issuer(KEY)])
    store.put_responses([replace(response(1), revision=10)])
    before = store.get_state()
    cleared = store.clear(20)
    assert (cleared.store != before.store, cleared.revision) == (True, None)
    assert (store.find_object("/x"), list(store.list_issuers()), store.find_response(KEY, 1, "sha1")) == (
        None,
        [],
        None,
    )
    store.put_responses([replace(response(1), revision=19)])
    assert store.find_response(KEY, 1, "sha1") is None
    store.put_responses([replace(response(1), revision=20)])
    assert store.find_response(KEY, 1, "sha1") is not None


def test_what_a_forgotten_response_has_refused_is_refused_without_it(store: SqlitePublished) -> None:
    store.withdraw([WithdrawnStatus(KEY, 1, 12, NOW + DAY)])
    store.forget_responses(NOW + 2 * DAY)
    store.put_responses([replace(response(1, b"good"), revision=11)])
    assert store.find_response(KEY, 1, "sha1") is None


def test_the_revision_that_a_store_agrees_with_is_its_own_and_never_goes_back(store: SqlitePublished) -> None:
    state = store.get_state()
    assert state.revision is None
    for revision in (5, 4):
        store.advance(state.store, revision)
        assert store.get_state() == PublishedState(state.store, 5)
    cleared = store.clear(5)
    store.advance(state.store, 6)
    assert store.get_state() == cleared


def test_the_place_in_a_round_outlasts_the_process(store: SqlitePublished, path: Path) -> None:
    began = RefreshRound(issuer_key_id=KEY, began=NOW, validity=DAY)
    under_way = replace(began, after=UUID(int=77))
    for one in (began, under_way, replace(under_way, ended=True), under_way):
        store.put_round(one)
    other = SqlitePublished(path)
    assert other.find_rounds() == {KEY: under_way}
    other.forget_rounds()
    assert store.find_rounds() == {}
    other.close()


def test_one_process_of_a_host_follows_at_a_time(store: SqlitePublished, path: Path) -> None:
    other = SqlitePublished(path)
    with store.lock_updates() as first, other.lock_updates() as second:
        assert (first, second) == (True, False)
    with other.lock_updates() as again:
        assert again
    other.close()
