"""Read-only views of the installation: jobs, settings, readiness, and figures, each with its permission."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate
from uuid import UUID

from pki_manager.authority.installation.backup_schedule import get_backup_states
from pki_manager.authority.installation.expirations import get_publication_states
from pki_manager.authority.kernel.clock import find_clock_fault, format_clock_state
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.disk import PartState, get_disk_state, get_space_state
from pki_manager.authority.kernel.recovery import STATE, get_recovery_state
from pki_manager.domain.certificate import CertificateState
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.errors import PkiError
from pki_manager.domain.jobs import Job, JobState
from pki_manager.domain.page import Page
from pki_manager.domain.rights.actor import Actor
from pki_manager.domain.setting import Explained
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Reader

EXPIRY_WINDOWS = (1, 7, 14, 30)
"""Periods in days, rising, for which expiring certificates are counted.

At every scrape, each certificate that expires within the longest period is counted in an index.
"""


def list_jobs(ctx: Context, actor: Actor, state: JobState | None, cursor: str | None, limit: int) -> Page[Job]:
    """List background jobs, those in `state` or all, newest first."""
    access.require(actor, Permission.JOB_READ)
    with ctx.ports.storage.read() as reader:
        return reader.jobs.page(state, cursor, limit)


def show_job(ctx: Context, actor: Actor, job_id: UUID) -> Job:
    """Return a background job. Raises NotFound if it does not exist."""
    access.require(actor, Permission.JOB_READ)
    with ctx.ports.storage.read() as reader:
        return reader.jobs.get(job_id)


def list_settings(ctx: Context, actor: Actor) -> tuple[Explained, ...]:
    """Return the settings with which this process was started, in the order of the reference."""
    access.require(actor, Permission.SETTING_READ)
    return ctx.config.settings


def get_readiness(ctx: Context) -> dict[str, PartState]:
    """Return each component that a request can need, and whether it is available.

    While the database is unavailable, what only the database knows is omitted, and the clock counts as correct. Never
    raises. Requires no permission, because it names no objects.
    """
    database = _probe(ctx.ports.storage.check)
    has_database = database.state == "ok"
    parts = {
        "database": database,
        "disk": get_disk_state(ctx),
        "disk_space": get_space_state(ctx),
        "clock": _clock(ctx) if has_database else PartState("ok"),
        "published": _probe(ctx.ports.published.get_version),
    }
    if has_database:
        parts |= _stored_parts(ctx)
    for backend in ctx.ports.signers.describe():
        ok = backend.reason is None
        parts[f"key_backend:{backend.name}"] = PartState("ok" if ok else "away", backend.reason)
    return parts


def _stored_parts(ctx: Context) -> dict[str, PartState]:
    """Return the components whose state is in the database."""
    recovery = get_recovery_state(ctx)
    parts = {} if recovery.state == "ok" else {STATE: recovery}
    return parts | get_publication_states(ctx) | get_backup_states(ctx)


def _clock(ctx: Context) -> PartState:
    try:
        fault = find_clock_fault(ctx)
    except PkiError:
        return PartState("ok")
    return PartState(format_clock_state(fault), fault.detail if fault else None, is_public=True)


def _probe(check: Callable[[], object]) -> PartState:
    try:
        check()
    except PkiError as error:
        # Only the words of `storage.failures` are known to be free of names.
        return PartState("away", error.detail, is_public="reason" in error.facts)
    return PartState("ok")


@dataclass(frozen=True, slots=True)
class InstallationCounts:
    """The numbers about the database that `/metrics` shows."""

    certificates: dict[CertificateState, int]
    enrollments: dict[EnrollmentState, int]
    overridden: int
    jobs: dict[JobState, int]
    expiring: dict[int, int]
    """Numbers of certificates that are not revoked, by the number of days within which they expire."""


def get_counts(ctx: Context, actor: Actor) -> InstallationCounts:
    """Return the numbers about the database that `/metrics` shows."""
    access.require(actor, Permission.METRICS_READ)
    now = ctx.ports.clock.now()
    moments = [now, *(now + timedelta(days=days) for days in EXPIRY_WINDOWS)]

    def read(reader: Reader) -> InstallationCounts:
        return InstallationCounts(
            certificates=reader.census.count_totals(now, None).by_state,
            enrollments=reader.enrollments.count_by_state(),
            overridden=reader.approvals.count_overridden(),
            jobs=reader.jobs.count_by_state(),
            expiring=dict(zip(EXPIRY_WINDOWS, accumulate(reader.census.count_expiring(moments, None)), strict=True)),
        )

    return ctx.ports.storage.read_recent(actor, read)
