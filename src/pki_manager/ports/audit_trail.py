"""The part of the storage port that reads the audit trail; it is written by `UnitOfWork.record` alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pki_manager.domain.page import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An audit record as written. `body` are the canonical bytes; `hash` = SHA-256(previous hash ‖ body)."""

    chain: str
    seq: int
    body: bytes
    hash: bytes
    mac: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainHead:
    chain: str
    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainSpan:
    """A stretch of a chain, both ends included."""

    chain: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """All given conditions must hold; `via` is the door, `outcome` how it ended.

    `query` holds words: each must occur in the action, outcome, object or actor of an event.
    """

    query: str | None = None
    action: str | None = None
    actor: str | None = None
    object_id: str | None = None
    via: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class AuditReader(Protocol):
    def heads(self) -> Sequence[ChainHead]: ...

    def chain(self, chain: str, after_seq: int = 0) -> Iterator[StoredEvent]:
        """In order, streamed."""
        ...

    def spans(self, since: datetime | None, until: datetime | None) -> Sequence[ChainSpan]:
        """Of each chain with records in that time, from the first to the last of them."""
        ...

    def hash_at(self, chain: str, seq: int) -> bytes | None: ...

    def page(self, where: AuditFilter, cursor: str | None, limit: int) -> Page[StoredEvent]:
        """Newest first."""
        ...
