"""Enrollment credentials with their device lists, and exchanges in progress that clients began."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import groupby, islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.page import Page
from pki_manager.domain.rights.actor import EnrollmentProtocol, Visibility
from pki_manager.domain.rights.credential import Credential, Device
from pki_manager.storage.engine import visibility
from pki_manager.storage.engine.compiled_statement import CompiledStatement
from pki_manager.storage.engine.paging import build_page, decode_cursor, encode_cursor, limit_page, read_page_by_id
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.repositories.tokens import read_token
from pki_manager.storage.tables.enrollment import enrollment_credentials, enrollment_devices, enrollment_exchanges
from pki_manager.storage.tables.pki import tokens

_OF_CREDENTIAL = [column for column in enrollment_credentials.c if column.name != "token_id"]
_ALL = sa.select(tokens, *_OF_CREDENTIAL).join(enrollment_credentials, enrollment_credentials.c.token_id == tokens.c.id)
_BY_ID = CompiledStatement(_ALL.where(tokens.c.id == sa.bindparam("wanted")))
_BY_SECRET = CompiledStatement(
    _ALL.where(
        enrollment_credentials.c.secret_sha256 == sa.bindparam("wanted"),
        enrollment_credentials.c.protocol == sa.bindparam("wanted_protocol"),
    )
)
_USABLE = (tokens.c.revoked_at.is_(None), tokens.c.expires_at > sa.bindparam("now"))
_LEGACY = CompiledStatement(_ALL.where(enrollment_credentials.c.legacy_algorithms == sa.literal_column("1"), *_USABLE))
_VALIDATED = CompiledStatement(
    _ALL.where(enrollment_credentials.c.validator.is_not(None), *_USABLE).order_by(tokens.c.id.desc())
)
_OF_RA = CompiledStatement(
    _ALL.where(enrollment_credentials.c.ra_certificate_id == sa.bindparam("wanted"), *_USABLE).order_by(
        tokens.c.id.desc()
    )
)

_CHUNK = 500
"""Maximum number of rows of a device list that one statement inserts."""


class SqlCredentials:
    """Implements ports.enrollment.Credentials."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find(self, token_id: UUID) -> Credential | None:
        row = self._transaction.first(_BY_ID, {"wanted": token_id})
        return None if row is None else _from_row(row)

    def find_secret(self, protocol: EnrollmentProtocol, secret_sha256: bytes) -> Credential | None:
        values = {"wanted": secret_sha256, "wanted_protocol": protocol.value}
        row = self._transaction.first(_BY_SECRET, values)
        return None if row is None else _from_row(row)

    def page(
        self,
        cursor: str | None,
        limit: int,
        visible: Visibility | None = None,
        protocol: EnrollmentProtocol | None = None,
    ) -> Page[Credential]:
        statement = _ALL.where(*visibility.build_token_conditions(visible))
        if protocol is not None:
            statement = statement.where(enrollment_credentials.c.protocol == protocol.value)
        return read_page_by_id(
            self._transaction, statement, tokens.c.id, cursor=cursor, limit=limit, value_of=_from_row
        )

    def find_validated(self, ca_id: UUID, profile: str, now: datetime) -> Credential | None:
        found = map(_from_row, self._transaction.rows(_VALIDATED, {"now": now}))
        return next((one for one in found if (one.ca_id, one.profile) == (ca_id, profile)), None)

    def find_ra(self, certificate_id: UUID, ca_id: UUID, profile: str, now: datetime) -> Credential | None:
        found = map(_from_row, self._transaction.rows(_OF_RA, {"wanted": certificate_id, "now": now}))
        return next((one for one in found if (one.ca_id, one.profile) == (ca_id, profile)), None)

    def has_legacy(self, ca_id: UUID, profile: str, now: datetime) -> bool:
        found = map(_from_row, self._transaction.rows(_LEGACY, {"now": now}))
        return any((one.ca_id, one.profile) == (ca_id, profile) for one in found)

    def add(self, credential: Credential, devices: Sequence[Device] = ()) -> None:
        row = {
            "token_id": credential.token.id,
            "protocol": credential.protocol.value,
            "single_use": int(credential.single_use),
            "device_count": credential.device_count,
            "pre_authorized": int(credential.pre_authorized),
            "legacy_algorithms": int(credential.legacy_algorithms),
            "validator": credential.validator,
            "ra_certificate_id": credential.ra_certificate_id,
            "secret_sha256": credential.secret_sha256,
            "sealed": credential.sealed,
            "enrollment_id": credential.enrollment_id,
            "used_at": credential.used_at,
        }
        self._transaction.execute(sa.insert(enrollment_credentials).values(row))
        rows = (
            {"token_id": credential.token.id, "identity": identity, "device": number}
            for number, device in enumerate(devices)
            for identity in sorted(device)
        )
        while chunk := list(islice(rows, _CHUNK)):
            self._transaction.execute(sa.insert(enrollment_devices).values(chunk))

    def use(self, token_id: UUID, enrollment_id: UUID, *, instead_of: UUID | None, now: datetime) -> bool:
        known = enrollment_credentials.c
        this = (known.token_id == token_id, _is(known.enrollment_id, instead_of))
        values = {"enrollment_id": enrollment_id, "used_at": now}
        return self._transaction.changed(sa.update(enrollment_credentials).where(*this).values(values)) == 1

    def find_devices(self, token_id: UUID, identities: Collection[str]) -> Sequence[Device]:
        listed = enrollment_devices.c
        these = (listed.token_id == token_id, listed.identity.in_(sorted(identities)))
        rows = self._transaction.rows(sa.select(enrollment_devices).where(*these).order_by(listed.device))
        devices = groupby(rows, key=lambda row: row.device)
        return [frozenset(row.identity for row in members) for _, members in devices]

    def page_devices(self, token_id: UUID, cursor: str | None, limit: int) -> Page[Device]:
        size = limit_page(limit)
        (last,) = (-1,) if cursor is None else decode_cursor(cursor, int)
        listed = enrollment_devices.c
        numbers = sa.select(listed.device).where(listed.token_id == token_id, listed.device > last).distinct()
        page = numbers.order_by(listed.device).limit(size + 1).subquery()
        statement = sa.select(enrollment_devices).where(
            listed.token_id == token_id, listed.device.in_(sa.select(page.c.device))
        )
        rows = self._transaction.rows(statement.order_by(listed.device, listed.identity))
        devices = [
            (number, frozenset(row.identity for row in members))
            for number, members in groupby(rows, key=lambda row: row.device)
        ]
        kept = build_page(devices, size, lambda one: encode_cursor((one[0],)))
        return Page(tuple(device for _, device in kept.items), kept.next_cursor)

    def find_exchange(self, exchange_sha256: bytes) -> UUID | None:
        this = enrollment_exchanges.c.exchange_sha256 == exchange_sha256
        row = self._transaction.first(sa.select(enrollment_exchanges.c.enrollment_id).where(this))
        return None if row is None else row.enrollment_id

    def add_exchange(
        self, exchange_sha256: bytes, enrollment_id: UUID, *, instead_of: UUID | None, now: datetime
    ) -> bool:
        values = {"enrollment_id": enrollment_id, "created_at": now}
        if instead_of is None:
            return self._transaction.insert_new(enrollment_exchanges, {"exchange_sha256": exchange_sha256, **values})
        known = enrollment_exchanges.c
        this = (known.exchange_sha256 == exchange_sha256, known.enrollment_id == instead_of)
        return self._transaction.changed(sa.update(enrollment_exchanges).where(*this).values(values)) == 1

    def prune_exchanges(self, before: datetime) -> int:
        return self._transaction.changed(
            sa.delete(enrollment_exchanges).where(enrollment_exchanges.c.created_at < before)
        )


def _is(column: sa.Column[UUID], value: UUID | None) -> sa.ColumnElement[bool]:
    return column.is_(None) if value is None else column == value


def _from_row(row: sa.Row[Any]) -> Credential:
    return Credential(
        token=read_token(row),
        protocol=EnrollmentProtocol(row.protocol),
        single_use=bool(row.single_use),
        enrollment_id=row.enrollment_id,
        used_at=row.used_at,
        device_count=row.device_count,
        pre_authorized=bool(row.pre_authorized),
        legacy_algorithms=bool(row.legacy_algorithms),
        validator=row.validator,
        ra_certificate_id=row.ra_certificate_id,
        secret_sha256=row.secret_sha256,
        sealed=row.sealed,
    )
