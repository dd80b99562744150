"""The storage port of public keys: who has them, and which are blocked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pki_manager.domain.known_key import BlockedKey, KeyUsageHistory, ReservedKeys
from pki_manager.domain.page import Page


class KnownKeyReader(Protocol):
    """Public keys by SHA-256 of their SubjectPublicKeyInfo (raw octets)."""

    def usage_history(self, spki_sha256: bytes) -> KeyUsageHistory:
        """Return who has a key and whether it is blocked. Answered by indexes, for any number of certificates."""
        ...

    def reserved(self) -> ReservedKeys:
        """Return the keys that the installation uses. A change of them raises the directory's revision."""
        ...

    def find_blocked(self, spki_sha256: bytes) -> BlockedKey | None: ...

    def get_blocked(self, block_id: UUID) -> BlockedKey:
        """Return a blocked key, also one that was unblocked."""
        ...

    def page(self, cursor: str | None, limit: int) -> Page[BlockedKey]:
        """List the keys that are blocked now, newest first."""
        ...

    def unrevoked(self, spki_sha256: bytes, now: datetime, limit: int) -> Sequence[UUID]:
        """Return IDs of unexpired, unrevoked certificates with the key (on hold included), newest first."""
        ...


class KnownKeys(KnownKeyReader, Protocol):
    """Blocked keys that a transaction can change."""

    def block(self, key: BlockedKey) -> bool:
        """Block a key. Returns False if it is blocked already; a compromise then replaces an operator's reason."""
        ...

    def unblock(self, spki_sha256: bytes, now: datetime) -> None:
        """Unblock a key. Raises NotFound if it is not blocked."""
        ...
