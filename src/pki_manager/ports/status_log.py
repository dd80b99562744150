"""The storage port of status revisions: a number that only increases, and the changes of each revision.

Every commit that changes what is published raises the revision once: a revocation, a hold, a release, a CRL, or a CA
certificate. Published contents have the revision of the data that they were created from, so that an older one never
replaces a newer one, even if a process is late.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class StatusSubject(StrEnum):
    """The subject of a change: one serial number, one CRL of an issuer key, or the certificates of the key itself."""

    SERIAL = "serial"
    CRL = "crl"
    CA = "ca"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """One change of what is published. `serial` is set for SERIAL; `shard` is the partition of a CRL."""

    revision: int
    subject: StatusSubject
    issuer_key_id: UUID
    serial: int | None = None
    shard: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreReport:
    """What a process of a host reports of the host's published store.

    `node` names the process (`host/worker-1`). `revision` is the status revision that the store had at `seen_at`; None
    before the store is filled. `term` is the number of the leadership term if the process leads. `settings` are digests
    of the settings that all hosts must share, by name.
    """

    store: UUID
    node: str
    seen_at: datetime
    revision: int | None
    term: int | None
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowingStore(StoreReport):
    """The last report of a published store. `term` is the last term in which a process of its host is known to lead.

    `missing_since` is the time of the oldest change that the store did not have; None if it had all changes.
    """

    missing_since: datetime | None


class StatusLogReader(Protocol):
    """The stored status revisions."""

    def get_revision(self) -> int:
        """Return the revision of this snapshot. It contains all changes up to this revision, and no later ones."""
        ...

    def contains(self, revision: int) -> bool:
        """Return whether this database has assigned the revision and still has all changes after it for `since`."""
        ...

    def list_since(self, revision: int, limit: int) -> Sequence[StatusChange]:
        """Return the changes after a revision in order. All changes of a revision are returned, even beyond `limit`."""
        ...

    def count_other_stores(self, store: UUID, since: datetime) -> int:
        """Return how many other published stores have followed the database since that time."""
        ...

    def list_stores(self) -> Sequence[FollowingStore]:
        """Return the published stores that follow this database, by the name of their process."""
        ...


class StatusLog(StatusLogReader, Protocol):
    """The status revisions that a transaction can change."""

    def raise_above(self, revision: int, now: datetime) -> int:
        """Raise the revision above the given one, and return it.

        This is needed if a published store is ahead of the database, because an older copy of the database was
        restored.
        """
        ...

    def note_store(self, report: StoreReport) -> None:
        """Record that a published store follows this database. A report without a term keeps the recorded term."""
        ...

    def end_term(self, store: UUID, term: int) -> None:
        """Record that no process of the store's host leads any more, unless a later term is recorded."""
        ...

    def delete_store(self, store: UUID) -> None:
        """Delete a published store that was replaced by another one, if it is recorded."""
        ...

    def prune_stores(self, before: datetime) -> int:
        """Delete published stores that were last seen before that time. Returns how many were deleted."""
        ...

    def prune(self, before: datetime) -> int:
        """Delete changes older than that time, except the newest one. Returns how many were deleted."""
        ...
