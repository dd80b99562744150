"""Stored public keys by hash: which of them have certificates, and which are blocked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.errors import NotFound
from pki_manager.domain.known_key import BlockedKey, BlockReason, KeyUsageHistory, ReservedKeys
from pki_manager.domain.page import Page
from pki_manager.domain.rights.actor import OCSP_SIGNER
from pki_manager.storage.engine.compiled_statement import CompiledStatement
from pki_manager.storage.engine.paging import read_page_by_id
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.repositories.certificate_search import REVOKED
from pki_manager.storage.tables.pki import blocked_keys, certificates, issuer_keys
from pki_manager.storage.tables.types import Bytes

_KEY = sa.bindparam("key", type_=Bytes)
_CERTIFIED = certificates.c.spki_sha256 == _KEY
_IN_FORCE = blocked_keys.c.unblocked_at.is_(None)
_BLOCKED = (blocked_keys.c.spki_sha256 == _KEY, _IN_FORCE)
_OF_OCSP = sa.exists().where(_CERTIFIED, certificates.c.owner_id == OCSP_SIGNER.id)

# The least and the greatest owner come from the ends of an index, however many certificates a key has.
_USAGE_HISTORY = CompiledStatement(
    sa.select(
        sa.select(blocked_keys.c.reason).where(*_BLOCKED).scalar_subquery().label("blocked"),
        sa.exists().where(issuer_keys.c.spki_sha256 == _KEY).label("is_a_cas"),
        _OF_OCSP.label("is_an_ocsp_signers"),
        sa.select(sa.func.min(certificates.c.owner_id)).where(_CERTIFIED).scalar_subquery().label("first_owner"),
        sa.select(sa.func.max(certificates.c.owner_id)).where(_CERTIFIED).scalar_subquery().label("last_owner"),
    )
)
_BY_KEY = CompiledStatement(sa.select(blocked_keys).where(*_BLOCKED))


class SqlKnownKeys:
    """Implements ports.known_keys.KnownKeys."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get_usage_history(self, spki_sha256: bytes) -> KeyUsageHistory:
        (row,) = self._transaction.rows(_USAGE_HISTORY, {"key": spki_sha256})
        return KeyUsageHistory(
            blocked=None if row.blocked is None else _WHY[BlockReason(row.blocked)],
            is_a_cas=bool(row.is_a_cas),
            is_an_ocsp_signers=bool(row.is_an_ocsp_signers),
            owners=frozenset(owner for owner in (row.first_owner, row.last_owner) if owner is not None),
        )

    def get_reserved(self) -> ReservedKeys:
        of_signers = sa.select(certificates.c.spki_sha256).where(certificates.c.requested_by == OCSP_SIGNER.id)
        any_blocked = sa.select(blocked_keys.c.id).where(_IN_FORCE).limit(1)
        rows = self._transaction.rows
        return ReservedKeys(
            authorities=frozenset(row.spki_sha256 for row in rows(sa.select(issuer_keys.c.spki_sha256))),
            ocsp_signers=frozenset(row.spki_sha256 for row in rows(of_signers.distinct())),
            any_blocked=bool(rows(any_blocked)),
        )

    def find_blocked(self, spki_sha256: bytes) -> BlockedKey | None:
        row = self._transaction.first(_BY_KEY, {"key": spki_sha256})
        return None if row is None else _from_row(row)

    def get_blocked(self, block_id: UUID) -> BlockedKey:
        row = self._transaction.first(sa.select(blocked_keys).where(blocked_keys.c.id == block_id))
        if row is None:
            raise NotFound.of("blocked key", str(block_id))
        return _from_row(row)

    def page(self, cursor: str | None, limit: int) -> Page[BlockedKey]:
        """Return a page of blocked keys, newest first."""
        statement = sa.select(blocked_keys).where(_IN_FORCE)
        return read_page_by_id(
            self._transaction, statement, blocked_keys.c.id, cursor=cursor, limit=limit, value_of=_from_row
        )

    def list_unrevoked(self, spki_sha256: bytes, now: datetime, limit: int) -> Sequence[UUID]:
        statement = sa.select(certificates.c.id).where(
            certificates.c.spki_sha256 == spki_sha256,
            certificates.c.standing != REVOKED,
            certificates.c.not_after >= now,
        )
        return [row.id for row in self._transaction.rows(statement.order_by(certificates.c.id.desc()).limit(limit))]

    def block(self, key: BlockedKey) -> bool:
        if self._transaction.insert_new(blocked_keys, _to_row(key)):
            return True
        if key.reason is BlockReason.COMPROMISED:
            changed = {"reason": key.reason.value, "certificate_id": key.certificate_id}
            self._transaction.execute(
                sa.update(blocked_keys).where(*_BLOCKED).values(changed), {"key": key.spki_sha256}
            )
        return False

    def unblock(self, spki_sha256: bytes, now: datetime) -> None:
        statement = sa.update(blocked_keys).where(*_BLOCKED).values(unblocked_at=now)
        if not self._transaction.changed(statement, {"key": spki_sha256}):
            raise NotFound.of("blocked key", spki_sha256.hex())


_WHY = {
    BlockReason.COMPROMISED: "a certificate with it was revoked because the key is compromised",
    BlockReason.OPERATOR: "an operator has blocked it",
}


def _to_row(key: BlockedKey) -> dict[str, object]:
    return {
        "id": key.id,
        "spki_sha256": key.spki_sha256,
        "reason": key.reason.value,
        "comment": key.comment,
        "blocked_by": key.blocked_by,
        "blocked_at": key.blocked_at,
        "certificate_id": key.certificate_id,
        "unblocked_at": key.unblocked_at,
    }


def _from_row(row: sa.Row[Any]) -> BlockedKey:
    return BlockedKey(
        id=row.id,
        spki_sha256=row.spki_sha256,
        reason=BlockReason(row.reason),
        comment=row.comment,
        blocked_by=row.blocked_by,
        blocked_at=row.blocked_at,
        certificate_id=row.certificate_id,
        unblocked_at=row.unblocked_at,
    )
