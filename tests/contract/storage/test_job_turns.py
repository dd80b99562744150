"""Jobs that are taken in turns: each share its own, each pool its own, on either engine."""

from __future__ import annotations

from datetime import timedelta

from pki_manager.domain.jobs import Fairness, JobKind, NewJob
from pki_manager.storage.storage import SqlStorage
from tests.fakes.clock import START

LEASE = timedelta(seconds=45)
TURNS = Fairness(
    kind=JobKind.VALIDATE_CHALLENGE, share_characters=4, most_of_share=2, pool_characters=2, most_of_pool=3
)


def queue(storage: SqlStorage, token: str, account: str, number: int) -> None:
    for place in range(number):
        payload, key = {"challenge": f"{account}{place}"}, f"{token}:{account}:{place}"
        with storage.housekeep() as uow:
            job = NewJob(JobKind.VALIDATE_CHALLENGE, payload, coalesce=key)
            uow.jobs.enqueue(job, START + timedelta(microseconds=place))


def take(storage: SqlStorage, limit: int = 16, after: timedelta = timedelta(seconds=1)) -> list[str]:
    with storage.housekeep() as uow:
        return sorted(one.payload["challenge"] for one in uow.jobs.take_in_turns(START + after, LEASE, limit, TURNS))


def test_each_share_has_its_turn_before_any_has_a_second(storage: SqlStorage) -> None:
    queue(storage, "t1", "a", 5)
    queue(storage, "t2", "b", 1)
    queue(storage, "t3", "c", 5)
    assert take(storage, limit=3) == ["a0", "b0", "c0"]
    assert take(storage, limit=3) == ["a1", "c1"]
    assert take(storage) == []


def test_of_a_pool_no_more_run_than_may_whatever_its_shares(storage: SqlStorage) -> None:
    for account in ("a", "b", "c", "d"):
        queue(storage, "t1", account, 5)
    queue(storage, "t2", "e", 5)
    taken = take(storage)
    assert (len(taken), len({one[0] for one in taken}), taken[-2:]) == (5, 4, ["e0", "e1"])
    assert take(storage) == []


def test_what_is_done_makes_room_and_so_does_a_lease_that_ends(storage: SqlStorage) -> None:
    queue(storage, "t1", "a", 4)
    with storage.housekeep() as uow:
        taken = uow.jobs.take_in_turns(START + timedelta(seconds=1), LEASE, 16, TURNS)
        assert [one.payload["challenge"] for one in taken] == ["a0", "a1"]
        uow.jobs.finish([taken[0].id], START)
    assert take(storage) == ["a2"]
    assert take(storage, after=2 * LEASE) == ["a1", "a2"]


def test_jobs_of_other_kinds_and_without_a_key_are_no_trouble(storage: SqlStorage) -> None:
    with storage.housekeep() as uow:
        uow.jobs.enqueue(NewJob(JobKind.PUBLISH_CRL, {"issuer_key": "x"}), START)
        uow.jobs.enqueue(NewJob(JobKind.VALIDATE_CHALLENGE, {"challenge": "old"}), START)
    assert take(storage) == ["old"]


def test_queued_jobs_are_counted_by_the_beginning_of_their_key(storage: SqlStorage) -> None:
    queue(storage, "t1", "a", 5)
    queue(storage, "t1", "ab", 2)
    with storage.housekeep() as uow:
        assert uow.jobs.count_queued("t1:a:", 100) == 5
        assert uow.jobs.count_queued("t1:a:", 3) == 3
        assert uow.jobs.count_queued("t1:b:", 3) == 0
