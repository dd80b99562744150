"""Reading: lists and single objects, each with the permission it needs. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate
from uuid import UUID

from pki_manager.authority.kernel.clock import clock_fault, clock_state
from pki_manager.authority.kernel.context import Authority
from pki_manager.authority.kernel.disk import PartState, disk_state
from pki_manager.domain.certificate import CertificateState
from pki_manager.domain.enrollment import EnrolmentState
from pki_manager.domain.errors import PkiError
from pki_manager.domain.jobs import Job, JobState
from pki_manager.domain.page import Page
from pki_manager.domain.rights.actor import Actor
from pki_manager.domain.setting import Explained
from pki_manager.policy import access
from pki_manager.policy.access import Permission

EXPIRY_WINDOWS = (1, 7, 14, 30)
"""In days, rising. Each certificate that ends within the longest one is counted in an index at every scrape."""


def list_jobs(authority: Authority, actor: Actor, state: JobState | None, cursor: str | None, limit: int) -> Page[Job]:
    access.require(actor, Permission.JOB_READ)
    with authority.storage.read() as reader:
        return reader.jobs.page(state, cursor, limit)


def show_job(authority: Authority, actor: Actor, job_id: UUID) -> Job:
    access.require(actor, Permission.JOB_READ)
    with authority.storage.read() as reader:
        return reader.jobs.get(job_id)


def list_settings(authority: Authority, actor: Actor) -> tuple[Explained, ...]:
    """What this process was started with, in the order of the reference."""
    access.require(actor, Permission.SETTING_READ)
    return authority.settings


def readiness(authority: Authority) -> dict[str, PartState]:
    """Each part that a request may need, and whether it answers. Never raises; no permission: it names no objects."""
    parts = {
        "database": _probe(authority.storage.check),
        "disk": disk_state(authority),
        "clock": _clock(authority),
        "published": _probe(authority.published.version),
    }
    for backend in authority.signers.describe():
        ok = backend.reason is None
        parts[f"key_backend:{backend.name}"] = PartState("ok" if ok else "away", backend.reason)
    return parts


def _clock(authority: Authority) -> PartState:
    """Without a database nothing can be said against it."""
    try:
        fault = clock_fault(authority)
    except PkiError:
        return PartState("ok")
    return PartState(clock_state(fault), fault.detail if fault else None, is_public=True)


def _probe(check: Callable[[], object]) -> PartState:
    try:
        check()
    except PkiError as error:
        # Only the words of `storage.failures` are known to be free of names.
        return PartState("away", error.detail, is_public="reason" in error.facts)
    return PartState("ok")


@dataclass(frozen=True, slots=True)
class Counts:
    """What `/metrics` tells about the database."""

    certificates: dict[CertificateState, int]
    enrolments: dict[EnrolmentState, int]
    overridden: int
    jobs: dict[JobState, int]
    expiring: dict[int, int]
    """Certificates that are not revoked, by the number of days within which they end."""


def counts(authority: Authority, actor: Actor) -> Counts:
    access.require(actor, Permission.METRICS_READ)
    now = authority.clock.now()
    moments = [now, *(now + timedelta(days=days) for days in EXPIRY_WINDOWS)]
    with authority.storage.read() as reader:
        return Counts(
            certificates=reader.certificates.count_by_state(now),
            enrolments=reader.enrolments.count_by_state(),
            overridden=reader.approvals.count_overridden(),
            jobs=reader.jobs.count_by_state(),
            expiring=dict(zip(EXPIRY_WINDOWS, accumulate(reader.census.ending(moments, None)), strict=True)),
        )
