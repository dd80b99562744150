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
    """CRL entries as stored: their number, and their DER one after the other."""

    count: int
    der: bytes


class RevocationReader(Protocol):
    """Stored revocations."""

    def find(self, issuer_key_id: UUID, serial: int) -> Revocation | None: ...

    def entries(self, issuer_key_id: UUID, shard: int | None = None) -> EncodedEntries:
        """Return everything that the key's full CRL, or a partition, must list."""
        ...

    def changed(self, issuer_key_id: UUID, since: datetime, shard: int | None = None) -> EncodedEntries:
        """Return the entries that a delta CRL must list: changed since a CRL with that thisUpdate.

        It contains some more: what was committed around that moment may be missing from that CRL.
        """
        ...

    def released(self, issuer_key_id: UUID, since: datetime) -> Sequence[tuple[int, datetime]]:
        """Return serial number and time of holds released since, without those held or revoked again."""
        ...


class Revocations(RevocationReader, Protocol):
    """Stored revocations that a transaction can change.

    Use `authority.signing.revocations`, which encodes entries and queues the publication.
    """

    def add(self, revocation: Revocation, entry_der: bytes, now: datetime, shard: int | None = None) -> None:
        """Store a revocation. `entry_der` is its CRL entry, `shard` its partition. Raises Conflict if it exists."""
        ...

    def supersede(self, revocation: Revocation, entry_der: bytes, now: datetime) -> None:
        """Replace the revocation of the same serial number. Raises NotFound if there is none."""
        ...

    def release(self, issuer_key_id: UUID, serial: int, now: datetime) -> None:
        """Delete a hold; `released` then returns it. Raises Conflict unless the serial number is on hold."""
        ...

    def mark_listed(self, issuer_key_id: UUID, this_update: datetime) -> None:
        """Record that all full CRLs of the key have that thisUpdate or a later one.

        Entries of certificates that had expired by then have been on a CRL after their expiration and leave `entries`
        (RFC 5280 §3.3); releases that were shown leave `released`.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlRecord:
    """One signed CRL. `der` is the whole CertificateList; `base_number` is the full CRL that a delta refers to.

    `shard` is None for the full CRL of its key.
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
    """A CRL without its bytes, which can be large."""

    number: int
    this_update: datetime
    next_update: datetime
    entries: int


class CrlReader(Protocol):
    """Stored CRLs."""

    def head(self, issuer_key_id: UUID, base_number: int | None = None, *, shard: int | None = None) -> CrlHead | None:
        """Return the newest full CRL without bytes, or with a base number the newest delta to it. None without one."""
        ...

    def current(
        self, issuer_key_id: UUID, base_number: int | None = None, *, shard: int | None = None
    ) -> CrlRecord | None:
        """Return the CRL that `head` returns, with its bytes."""
        ...

    def updates(self, issuer_key_id: UUID) -> Mapping[int | None, datetime]:
        """Return the thisUpdate of the newest full CRL by partition."""
        ...

    def next_updates(self, issuer_key_ids: Collection[UUID]) -> Mapping[UUID, Mapping[int | None, datetime]]:
        """Return, for each key that has CRLs, the latest nextUpdate by partition."""
        ...

    def get(self, crl_id: UUID) -> CrlRecord: ...

    def find(self, crl_id: UUID) -> CrlRecord | None: ...

    def page(self, issuer_key_ids: Sequence[UUID], cursor: str | None, limit: int) -> Page[CrlRecord]: ...


class Crls(CrlReader, Protocol):
    """Stored CRLs that a transaction can change."""

    def add(self, record: CrlRecord) -> None: ...

    def prune(self, now: datetime) -> int:
        """Delete superseded CRLs; return how many.

        Of full CRLs and of deltas, for each key and shard, the newest ten and the last one of each hour stay, until
        their nextUpdate. The newest full CRL always stays. At most 500 are deleted in one call.
        """
        ...
