"""Stored links between accounts at identity providers and users, and sign-ins through a provider in progress."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.errors import Conflict
from pki_manager.domain.people.identity import Flow, GrantKind, Identity, IdentityGrant, SignInPurpose
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.tables.identities import identities, identity_grants, oidc_flows


class SqlIdentities:
    """Implements ports.identity.Identities."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find(self, issuer: str, subject: str) -> Identity | None:
        this = (identities.c.issuer == issuer) & (identities.c.subject == subject)
        row = self._transaction.first(sa.select(identities).where(this))
        return None if row is None else _identity(row)

    def list_by_user(self, user_id: UUID) -> Sequence[Identity]:
        theirs = sa.select(identities).where(identities.c.user_id == user_id).order_by(identities.c.id)
        return [_identity(row) for row in self._transaction.rows(theirs)]

    def add(self, identity: Identity) -> None:
        if not self._transaction.insert_new(identities, _row(identity)):
            raise Conflict("The account at the identity provider is already linked to a user.")

    def set_suspended(self, identity_id: UUID, *, suspended: bool) -> None:
        this = identities.c.id == identity_id
        self._transaction.execute(sa.update(identities).where(this).values(suspended=int(suspended)))

    def touch(self, identity_id: UUID, now: datetime) -> bool:
        this = identities.c.id == identity_id
        return self._transaction.changed(sa.update(identities).where(this).values(last_used_at=now)) == 1

    def remove(self, identity_id: UUID) -> None:
        self._transaction.execute(sa.delete(identity_grants).where(identity_grants.c.identity_id == identity_id))
        self._transaction.execute(sa.delete(identities).where(identities.c.id == identity_id))

    def list_grants(self, identity_id: UUID) -> Sequence[IdentityGrant]:
        row = identity_grants.c
        theirs = sa.select(identity_grants).where(row.identity_id == identity_id).order_by(row.kind, row.name)
        return [IdentityGrant(GrantKind(one.kind), one.name) for one in self._transaction.rows(theirs)]

    def put_grants(self, identity_id: UUID, grants: Sequence[IdentityGrant]) -> None:
        self._transaction.execute(sa.delete(identity_grants).where(identity_grants.c.identity_id == identity_id))
        rows = [{"identity_id": identity_id, "kind": one.kind.value, "name": one.name} for one in grants]
        if rows:
            self._transaction.execute(sa.insert(identity_grants), rows)

    def add_flow(self, secret_sha256: bytes, flow: Flow) -> None:
        row = {
            "secret_sha256": secret_sha256,
            "provider": flow.provider,
            "purpose": flow.purpose.value,
            "session_id": flow.session_id,
            "invitation_sha256": flow.invitation_sha256,
            "begun_at": flow.begun_at,
            "expires_at": flow.expires_at,
        }
        if not self._transaction.insert_new(oidc_flows, row):
            raise Conflict("The sign-in flow already exists.")

    def take_flow(self, secret_sha256: bytes, now: datetime) -> Flow | None:
        this = (oidc_flows.c.secret_sha256 == secret_sha256) & (oidc_flows.c.expires_at > now)
        row = self._transaction.first(sa.delete(oidc_flows).where(this).returning(*oidc_flows.c))
        if row is None:
            return None
        invitation = None if row.invitation_sha256 is None else bytes(row.invitation_sha256)
        return Flow(
            provider=row.provider,
            purpose=SignInPurpose(row.purpose),
            session_id=row.session_id,
            invitation_sha256=invitation,
            begun_at=row.begun_at,
            expires_at=row.expires_at,
        )

    def prune_flows(self, now: datetime) -> int:
        return self._transaction.changed(sa.delete(oidc_flows).where(oidc_flows.c.expires_at < now))


def _row(identity: Identity) -> dict[str, object]:
    return {
        "id": identity.id,
        "user_id": identity.user_id,
        "issuer": identity.issuer,
        "subject": identity.subject,
        "by_rules": int(identity.by_rules),
        "suspended": int(identity.suspended),
        "created_at": identity.created_at,
        "last_used_at": identity.last_used_at,
    }


def _identity(row: sa.Row[Any]) -> Identity:
    return Identity(
        id=row.id,
        user_id=row.user_id,
        issuer=row.issuer,
        subject=row.subject,
        by_rules=bool(row.by_rules),
        suspended=bool(row.suspended),
        created_at=row.created_at,
        last_used_at=row.last_used_at,
    )
