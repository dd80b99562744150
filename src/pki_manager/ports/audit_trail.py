"""The storage port that reads the audit log. Only `UnitOfWork.record` writes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pki_manager.domain.page import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An audit event as stored. `body` is canonical JSON; `hash` = SHA-256(previous hash ‖ body)."""

    chain: str
    seq: int
    body: bytes
    hash: bytes
    mac: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainHead:
    """The newest record of an audit chain."""

    chain: str
    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainSpan:
    """A range of records of a chain, both ends included."""

    chain: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Conditions for audit events; all must be met. `via` is the interface, `outcome` the result.

    `query` are words; each must occur in the action, outcome, object, or actor.
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
    """Stored audit events."""

    def list_heads(self) -> Sequence[ChainHead]: ...

    def iterate_chain(self, chain: str, after_seq: int = 0) -> Iterator[StoredEvent]:
        """Yield the events of a chain in order, after `after_seq`, without loading all of them."""
        ...

    def list_spans(self, since: datetime | None, until: datetime | None) -> Sequence[ChainSpan]:
        """Return the range from the first to the last event in the time span, for each chain that has events in it."""
        ...

    def hash_at(self, chain: str, seq: int) -> bytes | None: ...

    def page(self, where: AuditFilter, cursor: str | None, limit: int) -> Page[StoredEvent]:
        """List events, newest first."""
        ...
