"""Bulk jobs and their rows, as use cases need them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from pki_manager.domain.bulk import BulkJob, BulkRow, BulkRowState
from pki_manager.domain.page import Page


class BulkReader(Protocol):
    def get(self, job_id: UUID) -> BulkJob: ...

    def counts(self, job_id: UUID) -> Mapping[BulkRowState, int]:
        """How many rows are in which state; every state is in the answer."""
        ...

    def page(self, job_id: UUID, state: BulkRowState | None, cursor: str | None, limit: int) -> Page[BulkRow]:
        """In the order of the file."""
        ...

    def next_rows(self, job_id: UUID, state: BulkRowState, limit: int) -> Sequence[BulkRow]:
        """The first rows of the file that are in that state."""
        ...

    def certificates(self, job_id: UUID, after: int, limit: int) -> Sequence[tuple[int, UUID]]:
        """(row number, certificate id) of done rows past that number, in the order of the file."""
        ...


class Bulk(BulkReader, Protocol):
    def add(self, job: BulkJob, rows: Sequence[BulkRow]) -> None: ...

    def settle(self, job_id: UUID, rows: Sequence[BulkRow]) -> None:
        """Keep each row's state, certificate and reason."""
        ...

    def start(self, job_id: UUID) -> None:
        """Every row was checked: from now on rows are done."""
        ...

    def reopen(self, job_id: UUID) -> None:
        """Refused rows are to be looked at again: checked again, or done again in a job that has started."""
        ...

    def prune(self) -> int:
        """Forget those whose background job is forgotten; how many."""
        ...
