"""The part of the storage port that remembers which keys are being made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pki_manager.domain.key_intent import KeyIntent


class KeyIntentReader(Protocol):
    def find(self, key_id: UUID) -> KeyIntent | None: ...

    def overdue(self, now: datetime, limit: int) -> Sequence[KeyIntent]:
        """Those whose deadline has passed, oldest first."""
        ...


class KeyIntents(KeyIntentReader, Protocol):
    def add(self, intent: KeyIntent) -> None:
        """In the place of one with its id. Conflict while that one is being given up."""
        ...

    def conclude(self, key_id: UUID) -> bool:
        """The key has been recorded: the intent goes. False when there is none, or it is being given up."""
        ...

    def give_up(self, key_id: UUID, before: datetime, deadline: datetime) -> bool:
        """From now on it cannot be concluded. Its deadline was `before`: False when another one has taken it."""
        ...

    def remove(self, key_id: UUID) -> None:
        """Forget an intent, in any state; one that is gone is fine."""
        ...
