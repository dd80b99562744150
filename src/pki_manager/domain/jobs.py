"""Background jobs: their kinds, and a job as operators see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class JobKind(StrEnum):
    """Kind of a job. Each kind has one handler; running it twice must have the same effect as running it once."""

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
    """The state of a background job."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A background job. `payload` is small JSON. After `lease_until` another process can take a running job."""

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
    """The jobs of one kind that can be run now: `first` and `last` are the earliest and latest times they were due."""

    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Fairness:
    """The rule that divides the workers among the jobs of one kind. Jobs form shares, and several shares a pool.

    Jobs belong to one share if their `coalesce` keys begin with the same `share_characters` characters, and to one pool
    if they begin with the same `pool_characters`. At most `most_of_share` jobs of a share and `most_of_pool` jobs of a
    pool run at a time.
    """

    kind: JobKind
    share_characters: int
    most_of_share: int
    pool_characters: int
    most_of_pool: int


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job for the outbox. Two queued jobs with the same `coalesce` key become one."""

    kind: JobKind
    payload: dict[str, str]
    coalesce: str | None = None
