"""The part of the storage port that orders status: a revision that only rises, and what each of its steps changed.

Every commit that changes what is published raises the revision once: a revocation, a hold, its release, a CRL, a CA
certificate. What is published carries the revision of the snapshot it was made from, so that an older answer
never replaces a newer one, whichever process is late.
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
    """`serial` is set for SERIAL; `shard` for the CRL of one shard."""

    revision: int
    subject: StatusSubject
    issuer_key_id: UUID
    serial: int | None = None
    shard: int | None = None


class StatusLogReader(Protocol):
    def revision(self) -> int:
        """Return the revision of this snapshot: it contains all changes up to that one, and no later ones."""
        ...

    def contains(self, revision: int) -> bool:
        """Return whether this database has given out that revision, and `since` knows everything after it."""
        ...

    def since(self, revision: int, limit: int) -> Sequence[StatusChange]:
        """Return the changes after that revision in order; all of a revision, also beyond `limit`."""
        ...

    def other_stores(self, store: UUID, since: datetime) -> int:
        """Count the published stores besides this one that have followed the database since then."""
        ...


class StatusLog(StatusLogReader, Protocol):
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
