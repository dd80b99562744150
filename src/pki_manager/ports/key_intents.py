"""The storage port of intents to generate keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pki_manager.domain.key_intent import KeyIntent


class KeyIntentReader(Protocol):
    """Stored key intents: records of keys that are about to be generated."""

    def find(self, key_id: UUID) -> KeyIntent | None: ...

    def list_overdue(self, now: datetime, limit: int) -> Sequence[KeyIntent]:
        """Return intents whose deadline has passed, oldest first."""
        ...


class KeyIntents(KeyIntentReader, Protocol):
    """Stored key intents that a transaction can change."""

    def add(self, intent: KeyIntent) -> None:
        """Store an intent, in place of an earlier one with its ID.

        Raises Conflict if the earlier one is being given up.
        """
        ...

    def conclude(self, key_id: UUID) -> bool:
        """Delete the intent of a key that is now recorded. Returns False if there is none, or it is being given up."""
        ...

    def give_up(self, key_id: UUID, before: datetime, deadline: datetime) -> bool:
        """Mark an intent as being given up, so that it cannot be concluded, and store a new deadline.

        Returns False if its deadline has changed from `before`.
        """
        ...

    def remove(self, key_id: UUID) -> None:
        """Delete an intent in any state. Can be repeated."""
        ...
