"""Stored ACME authorizations and challenges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.acme.orders import (
    AcmeProblem,
    Authorization,
    AuthorizationState,
    Challenge,
    ChallengeKind,
    ChallengeState,
    Identifier,
    IdentifierKind,
)
from pki_manager.domain.errors import NotFound
from pki_manager.storage.engine.compiled_statement import CompiledStatement
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.tables.acme import acme_authorizations, acme_challenges, acme_order_authorizations

_BY_ID = CompiledStatement(sa.select(acme_authorizations).where(acme_authorizations.c.id == sa.bindparam("wanted")))
_CHALLENGE = CompiledStatement(sa.select(acme_challenges).where(acme_challenges.c.id == sa.bindparam("wanted")))
_CHALLENGES = CompiledStatement(
    sa.select(acme_challenges)
    .where(acme_challenges.c.authorization_id == sa.bindparam("wanted"))
    .order_by(acme_challenges.c.id)
)


class SqlAcmeAuthorizations:
    """Implements ports.acme.AcmeAuthorizations."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, authorization_id: UUID) -> Authorization:
        row = self._transaction.first(_BY_ID, {"wanted": authorization_id})
        if row is None:
            raise NotFound.of("ACME authorization", str(authorization_id))
        return authorization(row)

    def usable(
        self, account_id: UUID, identifiers: Sequence[Identifier], now: datetime
    ) -> Mapping[Identifier, Authorization]:
        column = acme_authorizations.c
        these = (
            sa.select(acme_authorizations)
            .where(
                column.account_id == account_id,
                column.value.in_([one.value for one in identifiers]),
                column.state == AuthorizationState.VALID.value,
                column.expires_at > now,
            )
            .order_by(column.id)
        )
        found = {one.identifier: one for one in map(authorization, self._transaction.rows(these))}
        return {identifier: found[identifier] for identifier in identifiers if identifier in found}

    def add(self, authorization: Authorization, challenges: Sequence[Challenge]) -> None:
        row = {
            "id": authorization.id,
            "account_id": authorization.account_id,
            "kind": authorization.identifier.kind.value,
            "value": authorization.identifier.value,
            "state": authorization.state.value,
            "created_at": authorization.created_at,
            "expires_at": authorization.expires_at,
            "validated_at": authorization.validated_at,
        }
        self._transaction.execute(sa.insert(acme_authorizations), row)
        self._transaction.execute(sa.insert(acme_challenges), [_challenge_row(one) for one in challenges])

    def challenges(self, authorization_id: UUID) -> Sequence[Challenge]:
        return tuple(map(_challenge, self._transaction.rows(_CHALLENGES, {"wanted": authorization_id})))

    def challenges_of(self, authorization_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Challenge]]:
        theirs = acme_challenges.c.authorization_id.in_(authorization_ids)
        found: dict[UUID, list[Challenge]] = defaultdict(list)
        for row in self._transaction.rows(sa.select(acme_challenges).where(theirs).order_by(acme_challenges.c.id)):
            found[row.authorization_id].append(_challenge(row))
        return found

    def challenge(self, challenge_id: UUID) -> Challenge:
        row = self._transaction.first(_CHALLENGE, {"wanted": challenge_id})
        if row is None:
            raise NotFound.of("ACME challenge", str(challenge_id))
        return _challenge(row)

    def move(
        self,
        authorization_id: UUID,
        before: Sequence[AuthorizationState],
        after: AuthorizationState,
        *,
        expires_at: datetime | None = None,
        validated_at: datetime | None = None,
    ) -> bool:
        column = acme_authorizations.c
        times = {"expires_at": expires_at, "validated_at": validated_at}
        values = {"state": after.value, **{name: value for name, value in times.items() if value is not None}}
        this = sa.update(acme_authorizations).where(column.id == authorization_id, column.state.in_(before))
        return self._transaction.changed(this.values(**values)) == 1

    def move_challenge(
        self,
        challenge_id: UUID,
        before: Sequence[ChallengeState],
        after: ChallengeState,
        *,
        validated_at: datetime | None = None,
        problem: AcmeProblem | None = None,
    ) -> bool:
        values: dict[str, object] = {"state": after.value}
        if validated_at is not None:
            values["validated_at"] = validated_at
        if problem is not None:
            values |= {"problem_kind": problem.kind, "problem_detail": problem.detail}
        column = acme_challenges.c
        this = sa.update(acme_challenges).where(column.id == challenge_id, column.state.in_(before))
        return self._transaction.changed(this.values(**values)) == 1

    def prune(self, before: datetime) -> int:
        """Delete authorizations that expired before that and that no order needs. Returns how many."""
        column, link = acme_authorizations.c, acme_order_authorizations.c
        needed = sa.exists().where(link.authorization_id == column.id)
        gone = sa.select(column.id).where(column.expires_at < before, ~needed)
        self._transaction.execute(sa.delete(acme_challenges).where(acme_challenges.c.authorization_id.in_(gone)))
        return self._transaction.changed(sa.delete(acme_authorizations).where(column.expires_at < before, ~needed))


def authorization(row: sa.Row[Any]) -> Authorization:
    """Return the authorization of a row."""
    return Authorization(
        id=row.id,
        account_id=row.account_id,
        identifier=Identifier(IdentifierKind(row.kind), row.value),
        state=AuthorizationState(row.state),
        created_at=row.created_at,
        expires_at=row.expires_at,
        validated_at=row.validated_at,
    )


def _challenge(row: sa.Row[Any]) -> Challenge:
    problem = AcmeProblem(row.problem_kind, row.problem_detail) if row.problem_kind is not None else None
    return Challenge(
        id=row.id,
        authorization_id=row.authorization_id,
        kind=ChallengeKind(row.kind),
        token=row.token,
        state=ChallengeState(row.state),
        validated_at=row.validated_at,
        problem=problem,
    )


def _challenge_row(challenge: Challenge) -> dict[str, object]:
    problem = challenge.problem
    return {
        "id": challenge.id,
        "authorization_id": challenge.authorization_id,
        "kind": challenge.kind.value,
        "token": challenge.token,
        "state": challenge.state.value,
        "validated_at": challenge.validated_at,
        "problem_kind": None if problem is None else problem.kind,
        "problem_detail": None if problem is None else problem.detail,
    }
