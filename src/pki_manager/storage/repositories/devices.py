"""Stored sign-ins by device code, by hashes of their two codes."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.people.device import DeviceClient, DeviceSignIn, DeviceState
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.tables.devices import device_sign_ins

_ROW = device_sign_ins.c


class SqlDevices:
    """Implements ports.people.Devices."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find_device_code(self, device_sha256: bytes, now: datetime) -> DeviceSignIn | None:
        return self._find(_ROW.device_sha256 == device_sha256, now)

    def find_user_code(self, user_code_mac: bytes, now: datetime) -> DeviceSignIn | None:
        return self._find(_ROW.user_code_mac == user_code_mac, now)

    def count(self, network: str | None = None) -> int:
        these = sa.true() if network is None else _ROW.network == network
        row = self._transaction.first(
            sa.select(sa.func.count().label("found")).select_from(device_sign_ins).where(these)
        )
        return 0 if row is None else int(row.found)

    def add(self, one: DeviceSignIn, device_sha256: bytes, user_code_mac: bytes) -> bool:
        row = {
            "id": one.id,
            "device_sha256": device_sha256,
            "user_code_mac": user_code_mac,
            "client_id": one.client.client_id,
            "host": one.client.host,
            "role": one.client.role,
            "lifetime": one.client.lifetime,
            "peer": one.peer,
            "network": one.network,
            "state": one.state.value,
            "poll_interval": one.interval,
            "created_at": one.created_at,
            "expires_at": one.expires_at,
            "polled_at": one.polled_at,
            "token_id": one.token_id,
        }
        return self._transaction.insert_new(device_sign_ins, row)

    def set_polled(self, sign_in_id: UUID, interval: int, polled_at: datetime) -> None:
        this = sa.update(device_sign_ins).where(_ROW.id == sign_in_id)
        self._transaction.execute(this.values(poll_interval=interval, polled_at=polled_at))

    def decide(self, sign_in_id: UUID, state: DeviceState, token_id: UUID | None, now: datetime) -> bool:
        waits = (_ROW.id == sign_in_id, _ROW.state == DeviceState.PENDING.value, _ROW.expires_at > now)
        statement = sa.update(device_sign_ins).where(*waits).values(state=state.value, token_id=token_id)
        return self._transaction.changed(statement) == 1

    def complete(self, device_sha256: bytes, now: datetime) -> DeviceSignIn | None:
        ready = (
            _ROW.device_sha256 == device_sha256,
            _ROW.state == DeviceState.APPROVED.value,
            _ROW.expires_at > now,
        )
        completed = sa.update(device_sign_ins).where(*ready).values(state=DeviceState.COMPLETED.value)
        row = self._transaction.first(completed.returning(*_ROW))
        return None if row is None else _from_row(row)

    def prune(self, now: datetime) -> int:
        return self._transaction.changed(sa.delete(device_sign_ins).where(_ROW.expires_at <= now))

    def _find(self, by: sa.ColumnElement[bool], now: datetime) -> DeviceSignIn | None:
        row = self._transaction.first(sa.select(device_sign_ins).where(by, _ROW.expires_at > now))
        return None if row is None else _from_row(row)


def _from_row(row: sa.Row[Any]) -> DeviceSignIn:
    return DeviceSignIn(
        id=row.id,
        client=DeviceClient(client_id=row.client_id, host=row.host, role=row.role, lifetime=row.lifetime),
        peer=row.peer,
        network=row.network,
        state=DeviceState(row.state),
        interval=row.poll_interval,
        created_at=row.created_at,
        expires_at=row.expires_at,
        polled_at=row.polled_at,
        token_id=row.token_id,
    )
