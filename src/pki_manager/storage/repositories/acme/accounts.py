"""Stored ACME accounts and EAB keys."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.acme.orders import AccountState, AcmeAccount
from pki_manager.domain.errors import NotFound
from pki_manager.domain.page import Page
from pki_manager.domain.rights.actor import Visibility
from pki_manager.storage.engine import visibility
from pki_manager.storage.engine.compiled_statement import CompiledStatement
from pki_manager.storage.engine.paging import read_page_by_id
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.repositories.acme.authorizations import SqlAcmeAuthorizations
from pki_manager.storage.repositories.acme.orders import SqlAcmeOrders
from pki_manager.storage.tables.acme import acme_accounts, acme_keys, acme_nonces, acme_orders
from pki_manager.storage.tables.enrollment import enrollment_credentials
from pki_manager.storage.tables.pki import tokens

_OF_ACCOUNT = enrollment_credentials.c.token_id == acme_accounts.c.token_id
_ACCOUNTS = sa.select(acme_accounts, enrollment_credentials.c.pre_authorized).select_from(
    acme_accounts.outerjoin(enrollment_credentials, _OF_ACCOUNT)
)
_BY_ID = CompiledStatement(_ACCOUNTS.where(acme_accounts.c.id == sa.bindparam("wanted")))
_IS_OPEN = CompiledStatement(
    sa.select(acme_keys.c.token_id).where(
        acme_keys.c.token_id == sa.bindparam("wanted"), acme_keys.c.is_open == sa.literal_column("1")
    )
)


class SqlAcme:
    """Implements ports.acme.Acme."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    @cached_property
    def accounts(self) -> SqlAcmeAccounts:
        return SqlAcmeAccounts(self._transaction)

    @cached_property
    def orders(self) -> SqlAcmeOrders:
        return SqlAcmeOrders(self._transaction)

    @cached_property
    def authorizations(self) -> SqlAcmeAuthorizations:
        return SqlAcmeAuthorizations(self._transaction)

    @cached_property
    def nonces(self) -> SqlAcmeNonces:
        return SqlAcmeNonces(self._transaction)

    def prune(self, now: datetime, abandoned_before: datetime) -> int:
        nonces = sa.delete(acme_nonces).where(acme_nonces.c.expires_at <= now)
        forgotten = self._transaction.changed(nonces)
        return forgotten + self.orders.prune(abandoned_before) + self.authorizations.prune(abandoned_before)


class SqlAcmeAccounts:
    """Implements ports.acme.AcmeAccounts."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, account_id: UUID) -> AcmeAccount:
        row = self._transaction.first(_BY_ID, {"wanted": account_id})
        if row is None:
            raise NotFound.of("ACME account", str(account_id))
        return _account(row)

    def find_key(self, thumbprint: bytes) -> AcmeAccount | None:
        row = self._transaction.first(_ACCOUNTS.where(acme_accounts.c.thumbprint == thumbprint))
        return None if row is None else _account(row)

    def page(self, cursor: str | None, limit: int, visible: Visibility | None = None) -> Page[AcmeAccount]:
        statement = _ACCOUNTS
        if visible is not None:
            theirs = acme_accounts.c.token_id == tokens.c.id
            statement = statement.join(tokens, theirs).where(*visibility.build_token_conditions(visible))
        identifier = acme_accounts.c.id
        return read_page_by_id(self._transaction, statement, identifier, cursor=cursor, limit=limit, value_of=_account)

    def count_unused(self, token_id: UUID, since: datetime) -> int:
        has_order = sa.exists().where(acme_orders.c.account_id == acme_accounts.c.id)
        these = (acme_accounts.c.token_id == token_id, acme_accounts.c.created_at >= since, ~has_order)
        row = self._transaction.first(sa.select(sa.func.count()).select_from(acme_accounts).where(*these))
        return 0 if row is None else int(row[0])

    def add(self, account: AcmeAccount) -> bool:
        row = {
            "id": account.id,
            "token_id": account.token_id,
            "jwk": account.jwk,
            "thumbprint": account.thumbprint,
            "state": account.state.value,
            "contacts": json.dumps(account.contacts),
            "created_at": account.created_at,
            "changed_at": account.changed_at,
        }
        return self._transaction.insert_new(acme_accounts, row)

    def set_state(self, account_id: UUID, state: AccountState, now: datetime) -> None:
        self._change(account_id, state=state.value, changed_at=now)

    def set_contacts(self, account_id: UUID, contacts: Sequence[str], now: datetime) -> None:
        self._change(account_id, contacts=json.dumps(list(contacts)), changed_at=now)

    def set_key(self, account_id: UUID, jwk: str, thumbprint: bytes, now: datetime) -> bool:
        values = {"jwk": jwk, "thumbprint": thumbprint, "changed_at": now}
        this = (acme_accounts.c.id == account_id, acme_accounts.c.thumbprint != thumbprint)
        if self._transaction.changed_unless_taken(sa.update(acme_accounts).where(*this).values(values)) == 1:
            return True
        self.get(account_id)  # NotFound, where that is why nothing changed
        return False

    def find_binding_key(self, token_id: UUID) -> bytes | None:
        row = self._transaction.first(sa.select(acme_keys.c.sealed).where(acme_keys.c.token_id == token_id))
        return None if row is None else bytes(row.sealed)

    def put_binding_key(self, token_id: UUID, sealed: bytes, *, is_open: bool = False) -> None:
        self._transaction.upsert(acme_keys, {"token_id": token_id, "sealed": sealed, "is_open": int(is_open)})

    def is_open(self, token_id: UUID) -> bool:
        return self._transaction.first(_IS_OPEN, {"wanted": token_id}) is not None

    def open_tokens(self) -> Sequence[UUID]:
        key = acme_keys.c
        these = sa.select(key.token_id).where(key.is_open == 1).order_by(key.token_id.desc())
        return [row.token_id for row in self._transaction.rows(these)]

    def _change(self, account_id: UUID, **values: object) -> None:
        statement = sa.update(acme_accounts).where(acme_accounts.c.id == account_id).values(**values)
        if self._transaction.changed(statement) == 0:
            raise NotFound.of("ACME account", str(account_id))


class SqlAcmeNonces:
    """Implements ports.acme.AcmeNonces."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def use(self, nonce_sha256: bytes, expires_at: datetime) -> bool:
        row = {"nonce_sha256": nonce_sha256, "expires_at": expires_at}
        return self._transaction.insert_new(acme_nonces, row)


def _account(row: sa.Row[Any]) -> AcmeAccount:
    return AcmeAccount(
        id=row.id,
        token_id=row.token_id,
        jwk=row.jwk,
        thumbprint=bytes(row.thumbprint),
        state=AccountState(row.state),
        contacts=tuple(json.loads(row.contacts)),
        created_at=row.created_at,
        changed_at=row.changed_at,
        pre_authorized=bool(row.pre_authorized),
    )
