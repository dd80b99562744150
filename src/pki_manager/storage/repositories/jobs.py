"""The outbox: jobs are stored together with the change that needs them, and workers take them with a lease."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.certificate import format_serial
from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.domain.ids import create_uuid7
from pki_manager.domain.jobs import Due, Fairness, Job, JobKind, JobState, NewJob
from pki_manager.domain.page import Page
from pki_manager.ports.entropy import Entropy
from pki_manager.ports.status_log import StatusSubject
from pki_manager.storage.encoding.names import dump
from pki_manager.storage.engine.compiled_statement import CompiledStatement
from pki_manager.storage.engine.paging import read_page_by_id
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.repositories import job_turns
from pki_manager.storage.tables.jobs import jobs

_QUEUED, _RUNNING = JobState.QUEUED.value, JobState.RUNNING.value
_KINDS = tuple(sorted(JobKind))
"""Kinds that this program knows. A newer version beside it can queue others, which wait for that version."""


_INSERT = CompiledStatement(sa.insert(jobs))
_WAITING = CompiledStatement(
    sa.select(jobs.c.id, jobs.c.run_at)
    .where(jobs.c.coalesce == sa.bindparam("key"), jobs.c.state == sa.literal_column(f"'{_QUEUED}'"))
    .limit(1)
    .with_for_update(skip_locked=True)
)


def _is_due(now: datetime | sa.BindParameter[datetime]) -> sa.ColumnElement[bool]:
    """Return the condition of jobs to take: queued and due, or abandoned by a worker whose lease has expired."""
    return sa.or_(
        sa.and_(jobs.c.state == sa.literal_column(f"'{_QUEUED}'"), jobs.c.run_at <= now),
        sa.and_(jobs.c.state == sa.literal_column(f"'{_RUNNING}'"), jobs.c.lease_until <= now),
    )


_DUE = CompiledStatement(
    sa.select(jobs.c.kind, sa.func.min(jobs.c.run_at).label("first"), sa.func.max(jobs.c.run_at).label("last"))
    .where(_is_due(sa.bindparam("now", type_=jobs.c.run_at.type)))
    .group_by(jobs.c.kind)
)
_FINISH = CompiledStatement(
    sa.update(jobs)
    .where(jobs.c.id == sa.bindparam("wanted"), jobs.c.state == sa.literal_column(f"'{_RUNNING}'"))
    .values(
        state=sa.literal_column(f"'{JobState.DONE.value}'"),
        changed_at=sa.bindparam("changed_at"),
        lease_until=sa.null(),
        last_error=sa.null(),
    )
)


@lru_cache(maxsize=64)
def _lease_chosen(size: int) -> CompiledStatement:
    """Return the statement that leases those of `size` chosen jobs that are still due."""
    chosen = [sa.bindparam(_CHOSEN.format(place), type_=jobs.c.id.type) for place in range(size)]
    due = sa.select(jobs.c.id).where(_is_due(sa.bindparam("now", type_=jobs.c.run_at.type)), jobs.c.id.in_(chosen))
    return CompiledStatement(
        sa.update(jobs)
        .where(jobs.c.id.in_(due.with_for_update(skip_locked=True)))
        .values(
            state=sa.literal_column(f"'{_RUNNING}'"),
            lease_until=sa.bindparam("lease_until"),
            tries=jobs.c.tries + 1,
            changed_at=sa.bindparam("changed_at"),
        )
        .returning(jobs)
    )


_CHOSEN = "chosen_{}"
_LAST_CHARACTER = "\U0010ffff"
_SOME_QUEUED: sa.Select[tuple[int]] = (
    sa.select(sa.literal_column("1").label("one"))
    .where(
        jobs.c.coalesce >= sa.bindparam("first"),
        jobs.c.coalesce < sa.bindparam("behind"),
        jobs.c.state == sa.literal_column(f"'{_QUEUED}'"),
    )
    .limit(sa.bindparam("most"))
)
_NUMBER_QUEUED = CompiledStatement(sa.select(sa.func.count().label("number")).select_from(_SOME_QUEUED.subquery()))


def enqueue_statuses(transaction: Transaction, entropy: Entropy, now: datetime) -> None:
    """Queue a job for each job kind and issuer key, with the serial numbers of the group.

    It is called once before the commit.
    """
    by_key: dict[tuple[JobKind, UUID], list[str]] = {}
    for kind, issuer_key_id, serial in dict.fromkeys(transaction.group_state.status.serials):
        by_key.setdefault((kind, issuer_key_id), []).append(format_serial(serial))
    for (kind, issuer_key_id), serials in by_key.items():
        payload = {"issuer_key": str(issuer_key_id), "serials": " ".join(serials)}
        _insert(transaction, entropy, NewJob(kind, payload), now, now)


def _insert(transaction: Transaction, entropy: Entropy, job: NewJob, now: datetime, run_at: datetime) -> UUID:
    job_id = create_uuid7(int(now.timestamp() * 1000), entropy.token(10))
    values = {
        "id": job_id,
        "kind": job.kind.value,
        "payload": dump(job.payload),
        "state": _QUEUED,
        "run_at": run_at,
        "tries": 0,
        "created_at": now,
        "changed_at": now,
        "coalesce": job.coalesce,
    }
    transaction.execute(_INSERT, values)
    return job_id


class SqlJobs:
    """Implements ports.unit_of_work.Jobs."""

    def __init__(self, transaction: Transaction, entropy: Entropy) -> None:
        self._transaction = transaction
        self._entropy = entropy

    def get(self, job_id: UUID) -> Job:
        row = self._transaction.first(sa.select(jobs).where(jobs.c.id == job_id, jobs.c.kind.in_(_KINDS)))
        if row is None:
            raise NotFound.of("job", str(job_id))
        return _from_row(row)

    def page(self, state: JobState | None, cursor: str | None, limit: int) -> Page[Job]:
        """Return a page of jobs, newest first."""
        statement = sa.select(jobs).where(jobs.c.kind.in_(_KINDS))
        if state is not None:
            statement = statement.where(jobs.c.state == state.value)
        return read_page_by_id(self._transaction, statement, jobs.c.id, cursor=cursor, limit=limit, value_of=_from_row)

    def count_by_state(self) -> dict[JobState, int]:
        """Return the number of jobs in each state, zeros included."""
        statement = sa.select(jobs.c.state, sa.func.count().label("number")).group_by(jobs.c.state)
        found = {JobState(row.state): row.number for row in self._transaction.rows(statement)}
        return dict.fromkeys(JobState, 0) | found

    def find_due(self, now: datetime) -> Mapping[JobKind, Due]:
        found = self._transaction.rows(_DUE, {"now": now})
        return {JobKind(row.kind): Due(row.first, row.last) for row in found if row.kind in _KINDS}

    def enqueue(self, job: NewJob, now: datetime, run_at: datetime | None = None) -> UUID:
        """Queue a job and return its ID. If a queued job has the same `coalesce` key, return that one's ID instead.

        The existing job then runs at the earlier of both times. A queued job that another process is taking is not
        used, because it may not see the changes of this unit.
        """
        due = run_at or now
        if job.kind is JobKind.PUBLISH_CA_CERTIFICATE:
            # Every host follows, not only the one that runs the job.
            change = (StatusSubject.CA, UUID(job.payload["issuer_key"]), None, None)
            self._transaction.group_state.status.publications.append(change)
        if job.coalesce is not None and (waiting := self._waiting(job.coalesce)) is not None:
            if due < waiting.run_at:
                self._transaction.execute(sa.update(jobs).where(jobs.c.id == waiting.id).values(run_at=due))
            existing: UUID = waiting.id
            return existing
        return _insert(self._transaction, self._entropy, job, now, due)

    def count_queued(self, prefix: str, most: int) -> int:
        found = {"first": prefix, "behind": prefix + _LAST_CHARACTER, "most": most}
        row = self._transaction.first(_NUMBER_QUEUED, found)
        return 0 if row is None else int(row.number)

    def publish_status(self, issuer_key_id: UUID, serial: int, *, is_new: bool = False) -> None:
        kind = JobKind.PUBLISH_NEW_STATUS if is_new else JobKind.PUBLISH_STATUS
        self._transaction.group_state.status.serials.append((kind, issuer_key_id, serial))

    def take(self, now: datetime, lease: timedelta, limit: int, kind: JobKind | None = None) -> Sequence[Job]:
        is_of_kind = jobs.c.kind.in_(_KINDS) if kind is None else jobs.c.kind == kind.value
        due = sa.select(jobs.c.id).where(_is_due(now), is_of_kind).order_by(jobs.c.run_at, jobs.c.id).limit(limit)
        return self._lease(due, now, lease)

    def take_in_turns(self, now: datetime, lease: timedelta, limit: int, fairness: Fairness) -> Sequence[Job]:
        chosen = [
            row.id
            for row in self._transaction.rows(job_turns.build_next_jobs_query(fairness), {"now": now, "most": limit})
        ]
        if not chosen:
            return ()
        values = {_CHOSEN.format(place): job_id for place, job_id in enumerate(chosen)}
        times = {"now": now, "lease_until": now + lease, "changed_at": now}
        return _by_time(self._transaction.rows(_lease_chosen(len(chosen)), values | times))

    def _lease(self, due: sa.Select[tuple[UUID]], now: datetime, lease: timedelta) -> Sequence[Job]:
        statement = (
            sa.update(jobs)
            .where(jobs.c.id.in_(due.with_for_update(skip_locked=True)))
            .values(state=_RUNNING, lease_until=now + lease, tries=jobs.c.tries + 1, changed_at=now)
            .returning(jobs)
        )
        return _by_time(self._transaction.rows(statement))

    def finish(self, job_ids: Iterable[UUID], now: datetime) -> None:
        for job_id in job_ids:
            self._transaction.execute(_FINISH, {"wanted": job_id, "changed_at": now})

    def fail(self, job_id: UUID, error: str, now: datetime, run_again_at: datetime | None) -> None:
        values: dict[str, object] = {"last_error": error, "changed_at": now, "lease_until": None}
        if run_again_at is None:
            values["state"] = JobState.FAILED.value
        else:
            values |= {"state": _QUEUED, "run_at": run_again_at}
        self._transaction.execute(sa.update(jobs).where(jobs.c.id == job_id, jobs.c.state == _RUNNING).values(values))

    def take_over(self, now: datetime, kinds: Collection[JobKind]) -> int:
        freed = {"state": _QUEUED, "run_at": now, "lease_until": None, "changed_at": now}
        left_behind = (jobs.c.state == _RUNNING, jobs.c.kind.in_([kind.value for kind in kinds]))
        return self._transaction.changed(sa.update(jobs).where(*left_behind).values(freed))

    def put_off(self, job_id: UUID, run_at: datetime) -> None:
        values = {"state": _QUEUED, "run_at": run_at, "changed_at": run_at, "lease_until": None, "tries": 0}
        self._transaction.execute(sa.update(jobs).where(jobs.c.id == job_id, jobs.c.state == _RUNNING).values(values))

    def cancel(self, job_id: UUID, now: datetime) -> None:
        # A bulk job looks between two rows whether it still runs; what else is running is over in a moment.
        is_long = self.get(job_id).kind is JobKind.BULK
        allowed = (JobState.QUEUED, JobState.FAILED, *((JobState.RUNNING,) if is_long else ()))
        self._move(job_id, allowed, {"state": JobState.CANCELLED.value, "changed_at": now})

    def retry(self, job_id: UUID, now: datetime) -> None:
        values = {"state": _QUEUED, "run_at": now, "changed_at": now}
        self._move(job_id, (JobState.FAILED, JobState.CANCELLED), values)

    def prune(self, before: datetime) -> int:
        # A job runs before it is done: the condition on run_at follows from the other, and has an index.
        old = (jobs.c.state == JobState.DONE.value, jobs.c.run_at < before, jobs.c.changed_at < before)
        return self._transaction.changed(sa.delete(jobs).where(*old))

    def _waiting(self, coalesce: str) -> sa.Row[Any] | None:
        """Return and lock a queued job with that key, so that no worker takes it before this unit is committed."""
        return self._transaction.first(_WAITING, {"key": coalesce})

    def _move(self, job_id: UUID, allowed: tuple[JobState, ...], values: dict[str, object]) -> None:
        names = [state.value for state in allowed]
        statement = sa.update(jobs).where(jobs.c.id == job_id, jobs.c.state.in_(names)).values(values)
        if self._transaction.changed(statement) == 0:
            raise Conflict(f"The job is {self.get(job_id).state}, but must be {' or '.join(names)}.")


def _by_time(rows: Sequence[sa.Row[Any]]) -> Sequence[Job]:
    return sorted(map(_from_row, rows), key=lambda job: (job.run_at, job.id))


def _from_row(row: sa.Row[Any]) -> Job:
    return Job(
        id=row.id,
        kind=JobKind(row.kind),
        payload=json.loads(row.payload),
        state=JobState(row.state),
        run_at=row.run_at,
        tries=row.tries,
        last_error=row.last_error,
        created_at=row.created_at,
        changed_at=row.changed_at,
        lease_until=row.lease_until,
    )
