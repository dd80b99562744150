"""Drafts of units of work: the rows that they would write, and the assumptions under which those rows are valid.

A unit of a draft runs no statement. The process that stores the draft checks the assumptions in its transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


class DatabaseNeeded(Exception):
    """Raised if a unit of a draft reads or changes something that the draft cannot assume."""


@dataclass(slots=True)
class Assumptions:
    """The assumptions of the units of one draft.

    `directory` is the expected revision of the directory, or None if no unit depends on it. `signing_time` is the time
    of the newest signature. `issuing` are enrollments that must still be in progress.
    """

    directory: int | None = None
    signing_time: datetime | None = None
    issuing: set[UUID] = field(default_factory=set)
    are_insufficient: bool = False
    """Whether a unit needed the database. If so, the draft is discarded."""

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
        """Raise DatabaseNeeded. The draft is then unusable, even if the unit catches the error."""
        self.are_insufficient = True
        raise DatabaseNeeded
