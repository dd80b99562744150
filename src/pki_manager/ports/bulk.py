"""The storage port of bulk jobs and their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from pki_manager.domain.bulk import BulkJob, BulkRow, BulkRowState
from pki_manager.domain.page import Page


class BulkReader(Protocol):
    """Stored bulk jobs."""

    def get(self, job_id: UUID) -> BulkJob: ...

    def count_rows(self, job_id: UUID) -> Mapping[BulkRowState, int]:
        """Return the number of rows in each state, zeros included."""
        ...

    def page(self, job_id: UUID, state: BulkRowState | None, cursor: str | None, limit: int) -> Page[BulkRow]:
        """List rows in the order of the file."""
        ...

    def list_next_rows(self, job_id: UUID, state: BulkRowState, limit: int) -> Sequence[BulkRow]:
        """Return the first rows in that state, in the order of the file."""
        ...

    def list_certificates(self, job_id: UUID, after: int, limit: int) -> Sequence[tuple[int, UUID]]:
        """Return row number and certificate ID of completed rows after row `after`, in the order of the file."""
        ...


class Bulk(BulkReader, Protocol):
    """Stored bulk jobs that a transaction can change."""

    def add(self, job: BulkJob, rows: Sequence[BulkRow]) -> None: ...

    def settle(self, job_id: UUID, rows: Sequence[BulkRow]) -> None:
        """Store the state, certificate, and reason of each row."""
        ...

    def start(self, job_id: UUID) -> None:
        """Record that all rows were checked, so that they can be run."""
        ...

    def reopen(self, job_id: UUID) -> None:
        """Reset refused rows, so that they are checked again, or run again if the job has started."""
        ...

    def prune(self) -> int:
        """Delete bulk jobs whose background job was deleted. Returns how many were deleted."""
        ...
