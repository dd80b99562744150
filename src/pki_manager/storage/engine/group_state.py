"""The state that units of work with one commit share: values read once, and changes written once at the end.

Each repository has a separate part. A unit works on a copy, so a failed unit leaves no changes to the others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pki_manager.domain.jobs import JobKind
from pki_manager.ports.audit_trail import ChainHead
from pki_manager.ports.status_log import StatusSubject
from pki_manager.storage.engine.bulk_statement import BulkStatement, Row
from pki_manager.storage.engine.guarded_clock import ClockReading


@dataclass(slots=True)
class AuditState:
    """The audit events of a group in the order of the chain, and the heads of the chains after them.

    `head` is the head of this process' chain. It is locked from the first event on, and None before. `other_heads` are
    the heads of other processes' chains that have events in `events`.
    """

    head: ChainHead | None = None
    other_heads: dict[str, ChainHead] = field(default_factory=dict)
    events: list[Row] = field(default_factory=list)

    def copy(self) -> AuditState:
        """Return a copy that can be changed."""
        return AuditState(self.head, self.other_heads.copy(), self.events.copy())


@dataclass(slots=True)
class EnrollmentsState:
    """The enrollments whose certificates the units of a group issue.

    `issuing` states whether each enrollment is still being issued. These enrollments are locked; the entries are valid
    only for units of one thread. `reserved` are issuer keys with serial numbers that no existing certificate may have.
    """

    issuing: dict[UUID, bool] = field(default_factory=dict)
    reserved: list[tuple[UUID, int]] = field(default_factory=list)

    def copy(self) -> EnrollmentsState:
        """Return a copy that can be changed."""
        return EnrollmentsState(self.issuing.copy(), self.reserved.copy())


@dataclass(slots=True)
class StatusState:
    """The changes of published status in a group.

    `serials` contains job kind, issuer key, and serial number of each status to publish. `publications` contains the
    CRLs and CA certificates that changed: subject, issuer key, None, and partition.
    """

    serials: list[tuple[JobKind, UUID, int]] = field(default_factory=list)
    publications: list[tuple[StatusSubject, UUID, int | None, int | None]] = field(default_factory=list)

    def copy(self) -> StatusState:
        """Return a copy that can be changed."""
        return StatusState(self.serials.copy(), self.publications.copy())


@dataclass(slots=True)
class MetaState:
    """Values of the installation that a group reads once: the clock and the directory revision.

    None means not yet read.

    `is_directory_locked` means that `Transaction.lock_directory` is in force.
    """

    clock: ClockReading | None = None
    revision: int | None = None
    is_directory_locked: bool = False

    def copy(self) -> MetaState:
        """Return a copy that can be changed."""
        return MetaState(self.clock, self.revision, self.is_directory_locked)


@dataclass(slots=True)
class GroupState:
    """The shared state of a group: one part for each repository, and values that concern all repositories.

    `rows` are deferred rows of any table. `counts` are changes of certificate counts by group of certificates.
    `is_last` means that a unit has locked rows that other processes wait for, so the commit group ends with that unit:
    units that lock in one order cannot deadlock, but groups of such units could.
    """

    audit: AuditState = field(default_factory=AuditState)
    enrollments: EnrollmentsState = field(default_factory=EnrollmentsState)
    status: StatusState = field(default_factory=StatusState)
    meta: MetaState = field(default_factory=MetaState)
    counts: dict[tuple[Any, ...], int] = field(default_factory=dict)
    rows: dict[BulkStatement, list[Row]] = field(default_factory=dict)
    is_last: bool = False

    def copy(self) -> GroupState:
        """Return a copy that a unit can change."""
        rows = {statement: rows.copy() for statement, rows in self.rows.items()}
        parts = self.audit.copy(), self.enrollments.copy(), self.status.copy(), self.meta.copy()
        return GroupState(*parts, self.counts.copy(), rows, self.is_last)
