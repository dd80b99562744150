"""The part of the storage port that CRLs are made of: revocations, and the CRLs that have listed them."""

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
    """CRL entries as they were encoded when they were made: DER after DER."""

    count: int
    der: bytes


class RevocationReader(Protocol):
    def find(self, issuer_key_id: UUID, serial: int) -> Revocation | None: ...

    def entries(self, issuer_key_id: UUID, shard: int | None = None) -> EncodedEntries:
        """Everything that the key's full CRL must list; with a shard what belongs there."""
        ...

    def changed(self, issuer_key_id: UUID, since: datetime, shard: int | None = None) -> EncodedEntries:
        """Those of `entries` that have come or changed since a CRL with that thisUpdate: what a delta to it must list.

        Some more, too: what was committed around that moment may have missed that CRL.
        """
        ...

    def released(self, issuer_key_id: UUID, since: datetime) -> Sequence[tuple[int, datetime]]:
        """(serial, when) of holds released since, in the same sense; those held or revoked again are not among them."""
        ...


class Revocations(RevocationReader, Protocol):
    """`authority.signing.revocations` encodes entries and notifies those who wait for a change; use that."""

    def add(self, revocation: Revocation, entry_der: bytes, now: datetime, shard: int | None = None) -> None:
        """Conflict when the serial is already revoked. `entry_der` is its CRL entry, `shard` the part that has it."""
        ...

    def supersede(self, revocation: Revocation, entry_der: bytes, now: datetime) -> None:
        """Replace the one of the same serial; NotFound when there is none."""
        ...

    def release(self, issuer_key_id: UUID, serial: int, now: datetime) -> None:
        """End a hold: the entry goes, and `released` has it. Conflict unless the serial is on hold."""
        ...

    def mark_listed(self, issuer_key_id: UUID, this_update: datetime) -> None:
        """Note that all full CRLs of the key have that thisUpdate or a later one.

        Entries whose certificate had expired by then have now been on a CRL past their expiry and leave `entries` from
        here on (RFC 5280 §3.3); releases that were shown leave `released`.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlRecord:
    """One signed CRL. `der` is the whole CertificateList; `base_number` that of the full CRL that a delta adds to.

    `shard` is None for the one that lists everything of its key.
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
    """A CRL without its bytes: they can be many."""

    number: int
    this_update: datetime
    next_update: datetime
    entries: int


class CrlReader(Protocol):
    def head(self, issuer_key_id: UUID, base_number: int | None = None, *, shard: int | None = None) -> CrlHead | None:
        """The full one with the highest number; with a base number, the newest delta to that one."""
        ...

    def current(
        self, issuer_key_id: UUID, base_number: int | None = None, *, shard: int | None = None
    ) -> CrlRecord | None:
        """The same, whole."""
        ...

    def updates(self, issuer_key_id: UUID) -> Mapping[int | None, datetime]:
        """By shard the thisUpdate of the newest full one."""
        ...

    def next_updates(self, issuer_key_ids: Collection[UUID]) -> Mapping[UUID, Mapping[int | None, datetime]]:
        """Of each key that has any, by shard the nextUpdate of the full one that lasts longest."""
        ...

    def get(self, crl_id: UUID) -> CrlRecord: ...

    def find(self, crl_id: UUID) -> CrlRecord | None: ...

    def page(self, issuer_key_ids: Sequence[UUID], cursor: str | None, limit: int) -> Page[CrlRecord]: ...


class Crls(CrlReader, Protocol):
    def add(self, record: CrlRecord) -> None: ...

    def prune(self, now: datetime) -> int:
        """Delete superseded CRLs; return how many.

        Of full CRLs and of deltas, for each key and shard, the newest ten and the last one of each hour stay, until
        their nextUpdate. The newest full CRL always stays. At most 500 are deleted in one call.
        """
        ...
