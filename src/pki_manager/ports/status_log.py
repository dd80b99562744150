"""The storage port of status revisions: a number that only rises, and what changed with each.

Every commit that changes what is published raises the revision once: a revocation, a hold, a release, a CRL, a CA
certificate. What is published carries the revision of its snapshot, so that an older one never replaces a newer one,
however late a process is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class StatusSubject(StrEnum):
    """What a change is about: one serial number, one CRL of an issuer key, or the key's own certificates."""

    SERIAL = "serial"
    CRL = "crl"
    CA = "ca"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """One change. `serial` is set for SERIAL; `shard` is the partition of a CRL."""

    revision: int
    subject: StatusSubject
    issuer_key_id: UUID
    serial: int | None = None
    shard: int | None = None


class StatusLogReader(Protocol):
    """The stored status revisions."""

    def revision(self) -> int:
        """Return the revision of this snapshot: it contains all changes up to that one, and no later ones."""
        ...

    def contains(self, revision: int) -> bool:
        """Return whether this database has assigned that revision, and `since` knows everything after it."""
        ...

    def since(self, revision: int, limit: int) -> Sequence[StatusChange]:
        """Return the changes after that revision in order; all of a revision, also beyond `limit`."""
        ...

    def other_stores(self, store: UUID, since: datetime) -> int:
        """Count the published stores besides this one that have followed the database since then."""
        ...


class StatusLog(StatusLogReader, Protocol):
    """The status revisions that a transaction can change."""

    def raise_above(self, revision: int, now: datetime) -> int:
        """Raise the revision above the given one, and return it.

        For a published store that is ahead of the database: the database was restored from an older copy.
        """
        ...

    def note_store(self, store: UUID, node: str, now: datetime) -> None:
        """Record that a published store, filled by the process `node`, follows this database."""
        ...

    def prune(self, before: datetime) -> int:
        """Delete changes and stores older than that; return how many changes. The newest change stays."""
        ...
