"""Certificates by the number: what an overview shows, and how the worker keeps the sums behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from pki_manager.domain.certificate import CertificateState
from pki_manager.domain.rights.actor import Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateTotals:
    """`by_state` has every state; the others count valid certificates and have no zeros."""

    by_state: dict[CertificateState, int]
    valid_by_ca: dict[UUID, int]
    valid_by_profile: dict[str, int]
    valid_by_key_type: dict[str, int]


class Census(Protocol):
    """Exact counts of the certificates that are visible; `visible` None counts all of them."""

    def totals(self, now: datetime, visible: Visibility | None) -> CertificateTotals: ...

    def ending(self, moments: Sequence[datetime], visible: Visibility | None) -> list[int]:
        """How many unrevoked ones end from each moment on and before the next; one less than there are moments.

        A moment at midnight UTC costs least.
        """
        ...

    def revoked(self, moments: Sequence[datetime], visible: Visibility | None) -> list[int]:
        """How many were revoked in the same way, and not held."""
        ...

    def issued(self, moments: Sequence[datetime], visible: Visibility | None) -> list[int]:
        """How many were issued in the same way."""
        ...


Differences = Mapping[tuple[Any, ...], int]
"""Numbers to add, by group or total."""


class CountReader(Protocol):
    def has_changes(self) -> bool:
        """Whether there are changes that `fold` has not added."""
        ...

    def place(self) -> int | None:
        """The day of issue where the recount goes on; None where none is in progress."""
        ...

    def is_complete(self) -> bool:
        """Whether the sums are of all certificates. After an upgrade they are not until the first recount has ended."""
        ...

    def next_day(self, day: int) -> int | None:
        """The first day from this one on, counted from 1970, on which anything was issued or is counted."""
        ...

    def differences(self, day: int) -> Differences:
        """What the counts of certificates issued on that day lack; negative where they are too high."""
        ...

    def total_differences(self) -> Differences:
        """What the totals lack to be the sums of the counts by day of issue."""
        ...


class Counts(CountReader, Protocol):
    def fold(self) -> int:
        """Add changes to the sums, a limited number at a time; return how many."""
        ...

    def move_place(self, old: int | None, new: int | None) -> bool:
        """Set the recount's place; False where another process has moved it."""
        ...

    def add_differences(self, differences: Differences, now: datetime) -> None: ...

    def add_total_differences(self, differences: Differences) -> None: ...

    def set_complete(self) -> None: ...

    def drop_empty(self) -> None:
        """Delete sums that have become 0."""
        ...
