"""Drafts of units of work: what they would write, and the assumptions that must hold for it.

A unit of a draft runs no statement. The process that stores the draft checks the assumptions in its transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


class DatabaseNeeded(Exception):
    """Raised if a unit reads or changes what a draft cannot assume."""


@dataclass(slots=True)
class Assumptions:
    """The assumptions of the units of one draft.

    `directory` is the directory's revision, None if no unit depends on it. `signing_time` is the newest time of a
    signature. `issuing` are enrollments whose certificates are still being issued.
    """

    directory: int | None = None
    signing_time: datetime | None = None
    issuing: set[UUID] = field(default_factory=set)
    are_insufficient: bool = False
    """Whether a unit needed the database: then the draft is worth nothing."""

    def assume_directory(self, revision: int) -> bool:
        if self.directory not in (None, revision):
            self.need_database()
        self.directory = revision
        return True

    def advance_clock(self, now: datetime) -> datetime:
        self.signing_time = max(self.signing_time or now, now)
        return now

    def assume_issuing(self, enrollment_ids: Collection[UUID]) -> None:
        self.issuing.update(enrollment_ids)

    def need_database(self) -> None:
        """Raise DatabaseNeeded. The draft cannot be used even if the unit catches it."""
        self.are_insufficient = True
        raise DatabaseNeeded
