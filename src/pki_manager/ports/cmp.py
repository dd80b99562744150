"""Transactions of CMP clients, as a database transaction sees them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pki_manager.domain.cmp import CmpTransaction


class CmpTransactions(Protocol):
    def find(self, client: str, transaction_id: bytes) -> CmpTransaction | None: ...

    def overdue(self, now: datetime, limit: int) -> Sequence[CmpTransaction]:
        """Return pending and delivered transactions whose time is over, oldest first."""
        ...

    def count_open(self, client: str) -> int:
        """Return how many transactions of a client are pending or delivered."""
        ...

    def add(self, transaction: CmpTransaction) -> bool:
        """False if the client has used the transactionID already."""
        ...

    def change(self, before: CmpTransaction, after: CmpTransaction) -> bool:
        """Store the state, nonce, and time of `after`. False if the transaction is no longer as `before` says."""
        ...

    def prune(self, now: datetime) -> int:
        """Delete ended transactions whose time is over."""
        ...
