"""Stored second factors.

Values that can be used only once are deleted by one statement, which reports whether they existed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.domain.people.factor import Passkey, Totp
from pki_manager.ports.factors import Rite
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.tables.people import challenges, passkeys, recovery_codes, totp


class SqlFactors:
    """Implements ports.factors.Factors."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find_totp(self, user_id: UUID) -> Totp | None:
        row = self._transaction.first(sa.select(totp).where(totp.c.user_id == user_id))
        if row is None:
            return None
        return Totp(sealed=bytes(row.sealed), last_step=row.last_step, confirmed_at=row.confirmed_at)

    def offer_totp(self, user_id: UUID, sealed: bytes) -> bool:
        self._transaction.execute(sa.delete(totp).where(totp.c.user_id == user_id, totp.c.confirmed_at.is_(None)))
        row = {"user_id": user_id, "sealed": sealed, "last_step": 0, "confirmed_at": None}
        return self._transaction.insert_new(totp, row)

    def confirm_totp(self, user_id: UUID, sealed: bytes, step: int, now: datetime) -> bool:
        waiting = (totp.c.user_id == user_id, totp.c.sealed == sealed, totp.c.confirmed_at.is_(None))
        confirmed = sa.update(totp).where(*waiting).values(last_step=step, confirmed_at=now)
        return self._transaction.changed(confirmed) == 1

    def take_step(self, user_id: UUID, step: int) -> bool:
        newer = (totp.c.user_id == user_id) & (totp.c.last_step < step)
        return self._transaction.changed(sa.update(totp).where(newer).values(last_step=step)) == 1

    def remove_totp(self, user_id: UUID) -> bool:
        return self._transaction.changed(sa.delete(totp).where(totp.c.user_id == user_id)) == 1

    def list_passkeys(self, user_id: UUID) -> Sequence[Passkey]:
        mine = sa.select(passkeys).where(passkeys.c.user_id == user_id).order_by(passkeys.c.id)
        return [_passkey(row) for row in self._transaction.rows(mine)]

    def find_passkey(self, credential_id: bytes) -> Passkey | None:
        row = self._transaction.first(sa.select(passkeys).where(passkeys.c.credential_id == credential_id))
        return None if row is None else _passkey(row)

    def add_passkey(self, passkey: Passkey) -> None:
        row = {
            "id": passkey.id,
            "user_id": passkey.user_id,
            "credential_id": passkey.credential_id,
            "public_key": passkey.public_key,
            "sign_count": passkey.sign_count,
            "name": passkey.name,
            "created_at": passkey.created_at,
            "last_used_at": passkey.last_used_at,
        }
        if not self._transaction.insert_new(passkeys, row):
            raise Conflict("The passkey is already registered.")

    def rename_passkey(self, user_id: UUID, passkey_id: UUID, name: str) -> None:
        self._require_met(sa.update(passkeys).values(name=name), user_id, passkey_id)

    def remove_passkey(self, user_id: UUID, passkey_id: UUID) -> None:
        self._require_met(sa.delete(passkeys), user_id, passkey_id)

    def take_count(self, passkey: Passkey, sign_count: int, now: datetime) -> bool:
        unchanged = (passkeys.c.id == passkey.id) & (passkeys.c.sign_count == passkey.sign_count)
        used = sa.update(passkeys).where(unchanged).values(sign_count=sign_count, last_used_at=now)
        return self._transaction.changed(used) == 1

    def count_recovery_codes(self, user_id: UUID) -> int:
        count = sa.select(sa.func.count().label("left")).where(recovery_codes.c.user_id == user_id)
        row = self._transaction.first(count)
        return 0 if row is None else int(row.left)

    def put_recovery_codes(self, user_id: UUID, hashes: Sequence[bytes]) -> None:
        self._transaction.execute(sa.delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
        rows = [{"user_id": user_id, "code_hash": one} for one in hashes]
        self._transaction.execute(sa.insert(recovery_codes), rows)

    def take_recovery_code(self, user_id: UUID, code_hash: bytes) -> bool:
        this = (recovery_codes.c.user_id == user_id) & (recovery_codes.c.code_hash == code_hash)
        return self._transaction.changed(sa.delete(recovery_codes).where(this)) == 1

    def remove_all(self, user_id: UUID) -> None:
        for table in (totp, passkeys, recovery_codes):
            self._transaction.execute(sa.delete(table).where(table.c.user_id == user_id))

    def add_challenge(self, challenge_sha256: bytes, rite: Rite, user_id: UUID | None, expires_at: datetime) -> None:
        row = {
            "challenge_sha256": challenge_sha256,
            "rite": rite.value,
            "user_id": user_id,
            "expires_at": expires_at,
        }
        if not self._transaction.insert_new(challenges, row):
            raise Conflict("A sign-in challenge with this ID already exists.")

    def take_challenge(self, challenge_sha256: bytes, rite: Rite, user_id: UUID | None, now: datetime) -> bool:
        row = challenges.c
        whose = row.user_id.is_(None) if user_id is None else row.user_id == user_id
        this = (row.challenge_sha256 == challenge_sha256) & (row.rite == rite.value) & (row.expires_at > now) & whose
        return self._transaction.changed(sa.delete(challenges).where(this)) == 1

    def prune_challenges(self, now: datetime) -> int:
        return self._transaction.changed(sa.delete(challenges).where(challenges.c.expires_at < now))

    def _require_met(self, change: sa.Update | sa.Delete, user_id: UUID, passkey_id: UUID) -> None:
        mine = (passkeys.c.user_id == user_id) & (passkeys.c.id == passkey_id)
        if self._transaction.changed(change.where(mine)) == 0:
            raise NotFound.of("passkey", str(passkey_id))


def _passkey(row: sa.Row[Any]) -> Passkey:
    return Passkey(
        id=row.id,
        user_id=row.user_id,
        credential_id=bytes(row.credential_id),
        public_key=bytes(row.public_key),
        sign_count=row.sign_count,
        name=row.name,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
    )
