"""Background work: what can be queued, and a job as operators see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class JobKind(StrEnum):
    """Kind of a job. Each kind has one handler, which can run twice with the same effect as once."""

    ISSUE_REQUEST = "issue_request"
    PUBLISH_STATUS = "publish_status"
    PUBLISH_NEW_STATUS = "publish_new_status"
    PUBLISH_CRL = "publish_crl"
    RENEW_OCSP_SIGNER = "renew_ocsp_signer"
    RENEW_SCEP_RA = "renew_scep_ra"
    PUBLISH_CA_CERTIFICATE = "publish_ca_certificate"
    DESTROY_KEY = "destroy_key"
    BULK = "bulk"
    VALIDATE_CHALLENGE = "validate_challenge"


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`payload` is small JSON; a job whose `lease_until` has passed may be taken by another process."""

    id: UUID
    kind: JobKind
    payload: dict[str, str]
    state: JobState
    run_at: datetime
    tries: int
    last_error: str | None
    created_at: datetime
    changed_at: datetime
    lease_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """Of one kind's jobs that could be taken now: when the first of them was to run, and when the last."""

    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Fairness:
    """How the jobs of one kind take turns: by shares, several of which are a pool.

    Jobs are of one share, or pool, if that many first characters of their `coalesce` keys are the same. Of each share
    `most_of_share` jobs run at a time, and of each pool `most_of_pool`.
    """

    kind: JobKind
    share_characters: int
    most_of_share: int
    pool_characters: int
    most_of_pool: int


@dataclass(frozen=True, slots=True)
class NewJob:
    """A row for the outbox. Two queued jobs with the same `coalesce` key become one."""

    kind: JobKind
    payload: dict[str, str]
    coalesce: str | None = None
