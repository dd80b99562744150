"""Stored ACME orders and their authorizations."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.acme.orders import AcmeOrder, Authorization, Identifier, IdentifierKind
from pki_manager.domain.errors import NotFound
from pki_manager.domain.page import Page
from pki_manager.storage.engine.bulk_statement import insert
from pki_manager.storage.engine.compiled_statement import CompiledStatement
from pki_manager.storage.engine.paging import read_page_by_id
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.repositories.acme.authorizations import read_authorization
from pki_manager.storage.tables.acme import acme_authorizations, acme_order_authorizations, acme_orders
from pki_manager.storage.tables.pki import enrollments
from pki_manager.storage.tables.types import is_serial

_NOT_FINALIZED = acme_orders.c.enrolment_id.is_(None)
_LINK = acme_order_authorizations

_BY_ID = CompiledStatement(sa.select(acme_orders).where(acme_orders.c.id == sa.bindparam("wanted")))
_AUTHORIZATIONS = CompiledStatement(
    sa.select(acme_authorizations)
    .join(_LINK, _LINK.c.authorization_id == acme_authorizations.c.id)
    .where(_LINK.c.order_id == sa.bindparam("wanted"))
    .order_by(_LINK.c.place)
)
_NUMBER_OPEN = CompiledStatement(
    sa.select(sa.func.count().label("number")).where(
        acme_orders.c.account_id == sa.bindparam("account"),
        acme_orders.c.expires_at > sa.bindparam("now"),
        _NOT_FINALIZED,
    )
)
_OF_ENROLLMENT = CompiledStatement(sa.select(acme_orders).where(acme_orders.c.enrolment_id == sa.bindparam("wanted")))
_INSERT = CompiledStatement(sa.insert(acme_orders))
_INSERT_LINKS = insert(_LINK, *_LINK.c.keys())
_FINALIZE = CompiledStatement(
    sa.update(acme_orders)
    .where(acme_orders.c.id == sa.bindparam("wanted"), _NOT_FINALIZED)
    .values(enrolment_id=sa.bindparam("enrolment_id"))
)


class SqlAcmeOrders:
    """Implements ports.acme.AcmeOrders."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, order_id: UUID) -> AcmeOrder:
        row = self._transaction.first(_BY_ID, {"wanted": order_id})
        if row is None:
            raise NotFound.of("ACME order", str(order_id))
        return _order(row)

    def page_of(self, account_id: UUID, cursor: str | None, limit: int) -> Page[AcmeOrder]:
        theirs = sa.select(acme_orders).where(acme_orders.c.account_id == account_id)
        return read_page_by_id(self._transaction, theirs, acme_orders.c.id, cursor=cursor, limit=limit, value_of=_order)

    def open_orders(self, account_id: UUID, now: datetime) -> int:
        row = self._transaction.first(_NUMBER_OPEN, {"account": account_id, "now": now})
        return 0 if row is None else int(row.number)

    def find_by_serial(self, issuer_key_id: UUID, serial: int) -> AcmeOrder | None:
        if not is_serial(serial):
            return None
        issued = (enrollments.c.serial == serial) & (enrollments.c.issuer_key_id == issuer_key_id)
        these = sa.select(acme_orders).join(enrollments, enrollments.c.id == acme_orders.c.enrolment_id).where(issued)
        row = self._transaction.first(these)
        return None if row is None else _order(row)

    def find_by_enrollment(self, enrolment_id: UUID) -> AcmeOrder | None:
        row = self._transaction.first(_OF_ENROLLMENT, {"wanted": enrolment_id})
        return None if row is None else _order(row)

    def list_replacing(self, certificate_id: UUID) -> Sequence[AcmeOrder]:
        these = sa.select(acme_orders).where(acme_orders.c.replaces == certificate_id).order_by(acme_orders.c.id)
        return [_order(row) for row in self._transaction.rows(these)]

    def add(self, order: AcmeOrder, authorization_ids: Sequence[UUID]) -> None:
        row = {
            "id": order.id,
            "account_id": order.account_id,
            "ca_id": order.ca_id,
            "profile": order.profile,
            "identifiers": json.dumps([(one.kind.value, one.value) for one in order.identifiers]),
            "not_before": order.not_before,
            "not_after": order.not_after,
            "created_at": order.created_at,
            "expires_at": order.expires_at,
            "enrolment_id": order.enrolment_id,
            "replaces": order.replaces,
        }
        self._transaction.execute(_INSERT, row)
        links = [
            self._transaction.row(_INSERT_LINKS, {"order_id": order.id, "place": place, "authorization_id": identifier})
            for place, identifier in enumerate(authorization_ids)
        ]
        self._transaction.write(_INSERT_LINKS, links)

    def finalize(self, order_id: UUID, enrolment_id: UUID) -> bool:
        return self._transaction.changed(_FINALIZE, {"wanted": order_id, "enrolment_id": enrolment_id}) == 1

    def list_authorizations(self, order_id: UUID) -> Sequence[Authorization]:
        return [read_authorization(row) for row in self._transaction.rows(_AUTHORIZATIONS, {"wanted": order_id})]

    def prune(self, before: datetime) -> int:
        """Delete orders that expired before that time and were never finalized. Returns their number."""
        gone = sa.select(acme_orders.c.id).where(acme_orders.c.expires_at < before, _NOT_FINALIZED)
        self._transaction.execute(sa.delete(_LINK).where(_LINK.c.order_id.in_(gone)))
        these = sa.delete(acme_orders).where(acme_orders.c.expires_at < before, _NOT_FINALIZED)
        return self._transaction.changed(these)


def _order(row: sa.Row[Any]) -> AcmeOrder:
    return AcmeOrder(
        id=row.id,
        account_id=row.account_id,
        ca_id=row.ca_id,
        profile=row.profile,
        identifiers=tuple(Identifier(IdentifierKind(kind), value) for kind, value in json.loads(row.identifiers)),
        not_before=row.not_before,
        not_after=row.not_after,
        created_at=row.created_at,
        expires_at=row.expires_at,
        enrolment_id=row.enrolment_id,
        replaces=row.replaces,
    )
