"""The storage port of CMP transactions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pki_manager.domain.protocols.cmp import CmpTransaction


class CmpTransactions(Protocol):
    """Stored CMP transactions."""

    def find(self, client: str, transaction_id: bytes) -> CmpTransaction | None: ...

    def list_overdue(self, now: datetime, limit: int) -> Sequence[CmpTransaction]:
        """Return pending and delivered transactions that have expired, oldest first."""
        ...

    def count_open(self, client: str) -> int:
        """Return how many transactions of a client are pending or delivered."""
        ...

    def add(self, transaction: CmpTransaction) -> bool:
        """Store a transaction. Returns False if the client has already used the transactionID."""
        ...

    def change(self, before: CmpTransaction, after: CmpTransaction) -> bool:
        """Store state, nonce, and time of `after`.

        Returns False if the transaction has changed since `before` was read.
        """
        ...

    def prune(self, now: datetime) -> int:
        """Delete ended transactions that have expired. Returns how many were deleted."""
        ...
