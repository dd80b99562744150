"""Blocked keys as they are answered."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from pki_manager.authority.blocked_keys import BlockedKeyView
from pki_manager.domain import known_key


class BlockedKey(BaseModel):
    """`spki_sha256` is lower-case hex; `certificate` the one whose revocation blocked the key, null for operators'."""

    spki_sha256: str
    reason: known_key.BlockReason
    comment: str
    certificate: UUID | None
    blocked_by: str
    blocked_at: datetime
    unblocked_at: datetime | None

    @classmethod
    def of(cls, one: known_key.BlockedKey) -> BlockedKey:
        return cls.model_validate(cls.members(one))

    @staticmethod
    def members(one: known_key.BlockedKey) -> dict[str, object]:
        return {
            "spki_sha256": one.spki_sha256.hex(),
            "reason": one.reason,
            "comment": one.comment,
            "certificate": one.certificate_id,
            "blocked_by": one.blocked_by,
            "blocked_at": one.blocked_at,
            "unblocked_at": one.unblocked_at,
        }


class BlockedKeyWithCertificates(BlockedKey):
    """`certificates` have the key, are not revoked and have not expired; newest first, 200 at most."""

    certificates: list[UUID]

    @classmethod
    def of_view(cls, view: BlockedKeyView) -> BlockedKeyWithCertificates:
        return cls.model_validate({**cls.members(view.key), "certificates": list(view.certificates)})


class BlockedKeyPage(BaseModel):
    items: list[BlockedKey]
    next_cursor: str | None
