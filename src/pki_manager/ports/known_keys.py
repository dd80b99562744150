"""The storage port of public keys: their owners, and which keys are blocked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pki_manager.domain.known_key import BlockedKey, KeyUsageHistory, ReservedKeys
from pki_manager.domain.page import Page


class KnownKeyReader(Protocol):
    """Public keys, identified by the SHA-256 of their SubjectPublicKeyInfo (raw octets)."""

    def get_usage_history(self, spki_sha256: bytes) -> KeyUsageHistory:
        """Return the owners of a key, and whether it is blocked or belongs to a CA or OCSP signer.

        Indexes answer this quickly for any number of certificates.
        """
        ...

    def get_reserved(self) -> ReservedKeys:
        """Return the keys that the installation itself uses. When they change, the directory's revision is raised."""
        ...

    def find_blocked(self, spki_sha256: bytes) -> BlockedKey | None: ...

    def get_blocked(self, block_id: UUID) -> BlockedKey:
        """Return a blocked key by the ID of the block, even if it was unblocked later."""
        ...

    def page(self, cursor: str | None, limit: int) -> Page[BlockedKey]:
        """List the keys that are currently blocked, newest first."""
        ...

    def list_unrevoked(self, spki_sha256: bytes, now: datetime, limit: int) -> Sequence[UUID]:
        """Return the IDs of unexpired certificates with the key that are valid or on hold, newest first."""
        ...


class KnownKeys(KnownKeyReader, Protocol):
    """Blocked keys that a transaction can change."""

    def block(self, key: BlockedKey) -> bool:
        """Block a key. Returns False if it is blocked already.

        If the new reason is a compromise, it replaces the stored reason.
        """
        ...

    def unblock(self, spki_sha256: bytes, now: datetime) -> None:
        """Unblock a key. Raises NotFound if it is not blocked."""
        ...
