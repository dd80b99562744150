"""The storage port of revocations and CRLs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pki_manager.domain.page import Page
from pki_manager.domain.revocation import Revocation


@dataclass(frozen=True, slots=True)
class EncodedEntries:
    """CRL entries as they are stored: their number, and their concatenated DER encodings."""

    count: int
    der: bytes


class RevocationReader(Protocol):
    """Stored revocations."""

    def find(self, issuer_key_id: UUID, serial: int) -> Revocation | None: ...

    def read_entries(self, issuer_key_id: UUID, shard: int | None = None) -> EncodedEntries:
        """Return all entries that the full CRL of the key, or one of its partitions, must contain."""
        ...

    def read_changed_entries(self, issuer_key_id: UUID, since: datetime, shard: int | None = None) -> EncodedEntries:
        """Return the entries that changed since a CRL with that thisUpdate, as a delta CRL must contain them.

        The result contains some more: changes committed around that moment may be missing in the CRL.
        """
        ...

    def list_released(self, issuer_key_id: UUID, since: datetime) -> Sequence[tuple[int, datetime]]:
        """Return the serial numbers of holds that were released since then, each with the time.

        Serial numbers that were put on hold or revoked again are omitted.
        """
        ...


class Revocations(RevocationReader, Protocol):
    """Stored revocations that a transaction can change.

    Use `authority.signing.revocations` instead of calling this directly: it encodes entries and queues the publication.
    """

    def add(self, revocation: Revocation, entry_der: bytes, now: datetime, shard: int | None = None) -> None:
        """Store a revocation. Raises Conflict if the serial number has one.

        `entry_der` is its CRL entry, `shard` its partition.
        """
        ...

    def supersede(self, revocation: Revocation, entry_der: bytes, now: datetime) -> None:
        """Replace the revocation of a serial number. Raises NotFound if it has none."""
        ...

    def release(self, issuer_key_id: UUID, serial: int, now: datetime) -> None:
        """Delete a hold; `released` then contains it. Raises Conflict unless the serial number is on hold."""
        ...

    def mark_listed(self, issuer_key_id: UUID, this_update: datetime) -> None:
        """Record that all full CRLs of the key have this thisUpdate or a later one.

        Certificates that had expired by then have been on a CRL after their expiration, so `read_entries` omits them
        from now on (RFC 5280 §3.3). `list_released` omits releases that these CRLs have shown.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlRecord:
    """A signed CRL.

    `der` is the whole CertificateList; `base_number` is the number of the full CRL that a delta refers to.

    `shard` is the partition, None for the full CRL of its key.
    """

    id: UUID
    issuer_key_id: UUID
    number: int
    this_update: datetime
    next_update: datetime
    entries: int
    der: bytes
    created_at: datetime
    base_number: int | None = None
    shard: int | None = None


@dataclass(frozen=True, slots=True)
class CrlHead:
    """A CRL without its DER encoding, which can be large."""

    number: int
    this_update: datetime
    next_update: datetime
    entries: int


class CrlReader(Protocol):
    """Stored CRLs."""

    def find_head(
        self, issuer_key_id: UUID, base_number: int | None = None, *, shard: int | None = None
    ) -> CrlHead | None:
        """Return the newest full CRL, or, with a base number, the newest delta CRL for it; None if there is none.

        The result does not contain the CRL's DER encoding.
        """
        ...

    def find_current(
        self, issuer_key_id: UUID, base_number: int | None = None, *, shard: int | None = None
    ) -> CrlRecord | None:
        """Return the CRL that `find_head` returns, with its DER encoding."""
        ...

    def find_this_updates(self, issuer_key_id: UUID) -> Mapping[int | None, datetime]:
        """Return the thisUpdate of the newest full CRL for each partition."""
        ...

    def find_next_updates(self, issuer_key_ids: Collection[UUID]) -> Mapping[UUID, Mapping[int | None, datetime]]:
        """Return the latest nextUpdate by partition, for each key that has CRLs."""
        ...

    def get(self, crl_id: UUID) -> CrlRecord: ...

    def find(self, crl_id: UUID) -> CrlRecord | None: ...

    def page(self, issuer_key_ids: Sequence[UUID], cursor: str | None, limit: int) -> Page[CrlRecord]: ...


class Crls(CrlReader, Protocol):
    """Stored CRLs that a transaction can change."""

    def add(self, record: CrlRecord) -> None: ...

    def prune(self, now: datetime) -> int:
        """Delete superseded CRLs. Returns how many were deleted, at most 500 in one call.

        For each key and shard, the newest ten full CRLs and delta CRLs and the last one of each hour stay until their
        nextUpdate. The newest full CRL always stays.
        """
        ...
