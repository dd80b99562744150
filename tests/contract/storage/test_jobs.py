"""The outbox."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.domain.jobs import Due, JobKind, JobState, NewJob
from pki_manager.storage.storage import SqlStorage
from pki_manager.worker.outbox import OTHERS, URGENT
from tests.conftest import OpenStorage, open_engine
from tests.contract.storage.values import new_id
from tests.fakes.clock import START

MINUTE = timedelta(minutes=1)
CRL = NewJob(JobKind.PUBLISH_CRL, {"issuer_key": "é"}, coalesce="crl:1")
STATUS = NewJob(JobKind.PUBLISH_STATUS, {"serial": "1"})


def test_a_job_runs_once_and_is_done(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        job_id = unit.jobs.enqueue(STATUS, START)
        (job,) = unit.jobs.take(START, MINUTE, 10)
        assert (job.id, job.kind, job.payload) == (job_id, STATUS.kind, STATUS.payload)
        assert (job.state, job.tries, job.lease_until) == (JobState.RUNNING, 1, START + MINUTE)
        assert unit.jobs.take(START, MINUTE, 10) == []
        unit.jobs.finish([job_id], START + MINUTE)
        assert unit.jobs.get(job_id).state is JobState.DONE
        assert unit.jobs.take(START + 9 * MINUTE, MINUTE, 10) == []


def test_jobs_wait_for_their_time_and_come_oldest_first(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        late = unit.jobs.enqueue(STATUS, START, START + 2 * MINUTE)
        early = unit.jobs.enqueue(STATUS, START, START + MINUTE)
        now = unit.jobs.enqueue(CRL, START)
        assert unit.jobs.find_due(START) == {JobKind.PUBLISH_CRL: Due(START, START)}
        assert [job.id for job in unit.jobs.take(START, MINUTE, 10)] == [now]
        unit.jobs.finish([now], START)
        assert unit.jobs.find_due(START) == {}
        assert unit.jobs.find_due(START + 3 * MINUTE) == {
            JobKind.PUBLISH_STATUS: Due(START + MINUTE, START + 2 * MINUTE)
        }
        assert [job.id for job in unit.jobs.take(START + 2 * MINUTE, MINUTE, 1)] == [early]
        assert [job.id for job in unit.jobs.take(START + 2 * MINUTE, MINUTE, 10)] == [late]


def test_what_a_commit_asks_to_publish_becomes_one_job_an_issuer_key(storage: SqlStorage) -> None:
    one, other = new_id(1), new_id(2)
    with storage.housekeep() as unit:
        for issuer_key, serial in ((one, 0x0A), (other, 0x0B), (one, 0x0C), (one, 0x0A)):
            unit.jobs.publish_status(issuer_key, serial)
    with storage.housekeep() as unit:
        jobs = unit.jobs.take(START, MINUTE, 10)
    assert {job.kind for job in jobs} == {JobKind.PUBLISH_STATUS}
    assert {job.payload["issuer_key"]: job.payload["serials"] for job in jobs} == {str(one): "0a 0c", str(other): "0b"}


def test_the_status_of_a_new_certificate_is_a_job_apart(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        unit.jobs.publish_status(new_id(1), 0x0A, is_new=True)
        unit.jobs.publish_status(new_id(1), 0x0B)
    with storage.housekeep() as unit:
        jobs = unit.jobs.take(START, MINUTE, 10)
    told = {job.kind: job.payload["serials"] for job in jobs}
    assert told == {JobKind.PUBLISH_NEW_STATUS: "0a", JobKind.PUBLISH_STATUS: "0b"}


def test_a_unit_that_fails_asks_for_nothing(storage: SqlStorage) -> None:
    def fail() -> None:
        with storage.housekeep() as unit:
            unit.jobs.publish_status(new_id(1), 1)
            raise Conflict("a change of mind")

    with pytest.raises(Conflict, match="a change of mind"):
        fail()
    with storage.housekeep() as unit:
        assert unit.jobs.take(START, MINUTE, 10) == []


def test_jobs_can_be_taken_by_kind(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        unit.jobs.enqueue(STATUS, START)
        crl = unit.jobs.enqueue(CRL, START)
        assert [job.id for job in unit.jobs.take(START, MINUTE, 10, JobKind.PUBLISH_CRL)] == [crl]


def test_a_job_whose_lease_passed_is_taken_again(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        unit.jobs.enqueue(STATUS, START)
        unit.jobs.take(START, MINUTE, 1)
        assert unit.jobs.find_due(START + MINUTE - timedelta(microseconds=1)) == {}
        assert unit.jobs.find_due(START + MINUTE) == {JobKind.PUBLISH_STATUS: Due(START, START)}
        (again,) = unit.jobs.take(START + MINUTE, MINUTE, 1)
        assert again.tries == 2


def test_queued_jobs_with_the_same_key_become_one(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        first = unit.jobs.enqueue(CRL, START, START + MINUTE)
        assert unit.jobs.enqueue(CRL, START, START + 2 * MINUTE) == first
        assert unit.jobs.get(first).run_at == START + MINUTE
        assert unit.jobs.enqueue(CRL, START) == first
        assert unit.jobs.get(first).run_at == START
        unit.jobs.take(START, MINUTE, 1)
        assert unit.jobs.enqueue(CRL, START) != first
        assert unit.jobs.enqueue(STATUS, START) != unit.jobs.enqueue(STATUS, START)


def test_a_failed_job_runs_again_or_stays_failed(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        job_id = unit.jobs.enqueue(STATUS, START)
        unit.jobs.take(START, MINUTE, 1)
        unit.jobs.fail(job_id, "away", START, START + MINUTE)
        waiting = unit.jobs.get(job_id)
        assert (waiting.state, waiting.last_error, waiting.run_at) == (JobState.QUEUED, "away", START + MINUTE)
        unit.jobs.take(START + MINUTE, MINUTE, 1)
        unit.jobs.fail(job_id, "still away", START + MINUTE, None)
        assert unit.jobs.get(job_id).state is JobState.FAILED
        assert unit.jobs.find_due(START + 99 * MINUTE) == {}


def test_operators_cancel_and_retry_jobs_in_the_right_states_only(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        job_id = unit.jobs.enqueue(STATUS, START)
        with pytest.raises(Conflict, match="is queued, but must be failed or cancelled"):
            unit.jobs.retry(job_id, START)
        unit.jobs.cancel(job_id, START)
        assert unit.jobs.get(job_id).state is JobState.CANCELLED
        with pytest.raises(Conflict, match="is cancelled, but must be queued or failed"):
            unit.jobs.cancel(job_id, START)
        unit.jobs.retry(job_id, START + MINUTE)
        assert unit.jobs.get(job_id).run_at == START + MINUTE
        unit.jobs.take(START + MINUTE, MINUTE, 1)
        with pytest.raises(Conflict, match="is running, but must be queued or failed"):
            unit.jobs.cancel(job_id, START)
        for change in (unit.jobs.cancel, unit.jobs.retry):
            with pytest.raises(NotFound, match=r"Job .* not found"):
                change(new_id(1), START)


def test_old_done_jobs_are_forgotten(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        old, recent, failed = (unit.jobs.enqueue(STATUS, START) for _ in range(3))
        unit.jobs.take(START, MINUTE, 3)
        unit.jobs.finish([old], START)
        unit.jobs.finish([recent], START + 2 * MINUTE)
        unit.jobs.fail(failed, "away", START, None)
        assert unit.jobs.prune(START + MINUTE) == 1
        counts = unit.jobs.count_by_state()
        assert (counts[JobState.DONE], counts[JobState.FAILED], counts[JobState.QUEUED]) == (1, 1, 0)


def test_jobs_are_paged_newest_first_and_by_state(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        made = [unit.jobs.enqueue(STATUS, START + number * MINUTE) for number in range(3)]
        unit.jobs.cancel(made[1], START)
    with storage.read() as reader:
        first = reader.jobs.page(None, None, 2)
        rest = reader.jobs.page(None, first.next_cursor, 2)
        assert [job.id for job in (*first.items, *rest.items)] == made[::-1]
        assert [job.id for job in reader.jobs.page(JobState.CANCELLED, None, 5).items] == [made[1]]


def test_two_takers_never_get_the_same_job(open_storage: OpenStorage) -> None:
    one, two = open_storage("host/worker-1"), open_storage("host/worker-2")
    with one.housekeep() as unit:
        queued = {unit.jobs.enqueue(STATUS, START) for _ in range(20)}
    taken: list[UUID] = []
    for _ in range(2):
        for taker in (one, two):
            with taker.housekeep() as unit:
                taken += [job.id for job in unit.jobs.take(START, MINUTE, 5)]
    assert len(taken) == 20
    assert set(taken) == queued


def test_a_new_leader_has_running_jobs_at_once_and_touches_no_others(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        for _ in range(3):
            unit.jobs.enqueue(STATUS, START)
        done, running = unit.jobs.take(START, MINUTE, 2)
        unit.jobs.finish([done.id], START)
        later = unit.jobs.enqueue(STATUS, START, START + MINUTE)
        assert unit.jobs.take_over(START, [JobKind.PUBLISH_STATUS]) == 1
        again = unit.jobs.take(START, MINUTE, 10)
    assert len(again) == 2
    assert running.id in {job.id for job in again}
    assert not {done.id, later} & {job.id for job in again}


def test_what_every_process_does_is_left_to_it_by_a_new_leader(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        unit.jobs.enqueue(NewJob(JobKind.VALIDATE_CHALLENGE, {}), START)
        unit.jobs.take(START, MINUTE, 1)
        assert unit.jobs.take_over(START, OTHERS | URGENT) == 0
        assert not unit.jobs.take(START, MINUTE, 1)
        assert unit.jobs.take(START + MINUTE, MINUTE, 1)


def test_a_job_of_a_newer_version_waits_for_it_and_the_others_run(storage: SqlStorage, database_url: str) -> None:
    with storage.housekeep() as unit:
        newer = unit.jobs.enqueue(STATUS, START)
        known = unit.jobs.enqueue(CRL, START)
    engine = open_engine(database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE jobs SET kind = 'later' WHERE kind = :kind"), {"kind": STATUS.kind.value})
    engine.dispose()
    with storage.housekeep() as unit:
        assert unit.jobs.find_due(START) == {JobKind.PUBLISH_CRL: Due(START, START)}
        assert [job.id for job in unit.jobs.page(None, None, 10).items] == [known]
        with pytest.raises(NotFound, match=str(newer)):
            unit.jobs.get(newer)
        assert [job.id for job in unit.jobs.take(START, MINUTE, 10)] == [known]
        assert unit.jobs.take(START, MINUTE, 10) == []
