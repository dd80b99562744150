"""The part of the storage port that knows public keys: whose they are, and which are blocked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pki_manager.domain.known_key import BlockedKey, KeyUsageHistory, ReservedKeys
from pki_manager.domain.page import Page


class KnownKeyReader(Protocol):
    """Public keys by the SHA-256 of their SubjectPublicKeyInfo, raw octets."""

    def usage_history(self, spki_sha256: bytes) -> KeyUsageHistory:
        """Whose key it is and whether it is blocked; answered by indexes, however many certificates it has."""
        ...

    def reserved(self) -> ReservedKeys:
        """As of the directory's revision: a change of them raises it."""
        ...

    def find_blocked(self, spki_sha256: bytes) -> BlockedKey | None: ...

    def get_blocked(self, block_id: UUID) -> BlockedKey:
        """Also one that is no longer in force."""
        ...

    def page(self, cursor: str | None, limit: int) -> Page[BlockedKey]:
        """Those in force, newest first."""
        ...

    def unrevoked(self, spki_sha256: bytes, now: datetime, limit: int) -> Sequence[UUID]:
        """Unexpired certificates with the key that are not revoked (held ones are among them), newest first."""
        ...


class KnownKeys(KnownKeyReader, Protocol):
    def block(self, key: BlockedKey) -> bool:
        """False when the key is blocked already; then a compromise takes the place of an operator's word."""
        ...

    def unblock(self, spki_sha256: bytes, now: datetime) -> None:
        """NotFound when the key is not blocked."""
        ...
