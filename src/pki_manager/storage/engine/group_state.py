"""The state that units of work with one commit share: what was read once, and what is written once at the end.

Each repository has a part of its own. A unit works on a copy: one that fails leaves nothing of it to the others.
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
    """The events of a group in the order of the chain, and the heads of the chains after them.

    `head` is that of this process' chain, locked since the first event; None before it. `other_heads` are those of
    other processes whose events are among `events`.
    """

    head: ChainHead | None = None
    other_heads: dict[str, ChainHead] = field(default_factory=dict)
    events: list[Row] = field(default_factory=list)

    def copy(self) -> AuditState:
        """Return a copy that can be changed."""
        return AuditState(self.head, self.other_heads.copy(), self.events.copy())


@dataclass(slots=True)
class EnrollmentsState:
    """The enrollments that units of a group issue.

    `issuing` says of enrollments whether they are still being issued; they are locked since then. It is for units of
    one thread. `reserved` are issuer keys and serial numbers that no certificate may have.
    """

    issuing: dict[UUID, bool] = field(default_factory=dict)
    reserved: list[tuple[UUID, int]] = field(default_factory=list)

    def copy(self) -> EnrollmentsState:
        """Return a copy that can be changed."""
        return EnrollmentsState(self.issuing.copy(), self.reserved.copy())


@dataclass(slots=True)
class StatusState:
    """The changes of published status.

    `serials` are job kind, issuer key, and serial number of each status to publish. `publications` are CRLs and CA
    certificates that changed: subject, issuer key, None, and partition.
    """

    serials: list[tuple[JobKind, UUID, int]] = field(default_factory=list)
    publications: list[tuple[StatusSubject, UUID, int | None, int | None]] = field(default_factory=list)

    def copy(self) -> StatusState:
        """Return a copy that can be changed."""
        return StatusState(self.serials.copy(), self.publications.copy())


@dataclass(slots=True)
class MetaState:
    """Values of the installation that a group reads once: the clock, and the directory's revision. None: not yet read.

    `is_directory_locked`: `Transaction.lock_directory` is in force.
    """

    clock: ClockReading | None = None
    revision: int | None = None
    is_directory_locked: bool = False

    def copy(self) -> MetaState:
        """Return a copy that can be changed."""
        return MetaState(self.clock, self.revision, self.is_directory_locked)


@dataclass(slots=True)
class GroupState:
    """The parts of the repositories, and what concerns all of them.

    `rows` are deferred rows of any table. `counts` are changes of certificate counts by group. `is_last`: the unit has
    locked rows that units of other processes wait for, so the group ends with it. Units that lock in one order cannot
    deadlock; groups of such units could.
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
