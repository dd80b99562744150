"""The storage port of certificate counts, and of the sums from which they are computed."""

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
    """Numbers of certificates. `by_state` contains every state.

    The other fields count valid certificates and omit zeros.
    """

    by_state: dict[CertificateState, int]
    valid_by_ca: dict[UUID, int]
    valid_by_profile: dict[str, int]
    valid_by_key_type: dict[str, int]


class Census(Protocol):
    """Exact numbers of the certificates that the caller can see; of all certificates if `visible` is None."""

    def count_totals(self, now: datetime, visible: Visibility | None) -> CertificateTotals: ...

    def count_expiring(self, moments: Sequence[datetime], visible: Visibility | None) -> list[int]:
        """Return how many unrevoked certificates expire between each pair of successive moments.

        Moments at midnight UTC are fastest.
        """
        ...

    def count_revoked(self, moments: Sequence[datetime], visible: Visibility | None) -> list[int]:
        """Return how many certificates were revoked (not put on hold) between each pair of successive moments."""
        ...

    def count_issued(self, moments: Sequence[datetime], visible: Visibility | None) -> list[int]:
        """Return how many certificates were issued between each pair of successive moments."""
        ...


Differences = Mapping[tuple[Any, ...], int]
"""Numbers to add to stored counts, by the key of the group or total."""


class CountReader(Protocol):
    """The stored sums of certificate counts."""

    def has_changes(self) -> bool:
        """Return whether there are changes that `fold` has not yet added to the sums."""
        ...

    def place(self) -> int | None:
        """Return the day of issue at which the recount continues, or None if no recount is in progress."""
        ...

    def is_complete(self) -> bool:
        """Return whether the sums include all certificates. After an upgrade, a recount is needed first."""
        ...

    def find_next_day(self, day: int) -> int | None:
        """Return the first day from this one on with issued or counted certificates (days since 1970), or None."""
        ...

    def compute_differences(self, day: int) -> Differences:
        """Return what must be added to the counts of certificates issued on a day; negative if one is too high."""
        ...

    def total_differences(self) -> Differences:
        """Return what must be added to the totals so that they are the sums of the counts by day of issue."""
        ...


class Counts(CountReader, Protocol):
    """The stored sums that a transaction can change."""

    def fold(self) -> int:
        """Add changes to the sums, a limited number in one call. Returns how many were added."""
        ...

    def move_place(self, old: int | None, new: int | None) -> bool:
        """Store the day at which the recount continues. Returns False if another process has changed it."""
        ...

    def add_differences(self, differences: Differences, now: datetime) -> None: ...

    def add_total_differences(self, differences: Differences) -> None: ...

    def set_complete(self) -> None: ...

    def drop_empty(self) -> None:
        """Delete sums that are 0."""
        ...
