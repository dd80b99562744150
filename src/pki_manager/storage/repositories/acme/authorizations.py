"""Stored ACME authorizations and challenges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
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
from pki_manager.storage.engine.bulk_statement import insert
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
_INSERT = CompiledStatement(sa.insert(acme_authorizations))
_INSERT_CHALLENGES = insert(acme_challenges, *acme_challenges.c.keys())
_BEFORE = "before_{}"


@lru_cache(maxsize=256)
def _usable(size: int) -> CompiledStatement:
    column = acme_authorizations.c
    values = [sa.bindparam(f"value_{place}", type_=column.value.type) for place in range(size)]
    return CompiledStatement(
        sa.select(acme_authorizations)
        .where(
            column.account_id == sa.bindparam("account"),
            column.value.in_(values),
            column.state == sa.literal_column(f"'{AuthorizationState.VALID.value}'"),
            column.expires_at > sa.bindparam("now"),
        )
        .order_by(column.id)
    )


@lru_cache(maxsize=256)
def _move(moved: sa.Table, changed: tuple[str, ...], size: int) -> CompiledStatement:
    """Return the statement that changes these columns of a row if its state is one of `size` states."""
    before = [sa.bindparam(_BEFORE.format(place), type_=moved.c.state.type) for place in range(size)]
    this = sa.update(moved).where(moved.c.id == sa.bindparam("wanted"), moved.c.state.in_(before))
    return CompiledStatement(this.values({name: sa.bindparam(name) for name in changed}))


class SqlAcmeAuthorizations:
    """Implements ports.acme.AcmeAuthorizations."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, authorization_id: UUID) -> Authorization:
        row = self._transaction.first(_BY_ID, {"wanted": authorization_id})
        if row is None:
            raise NotFound.of("ACME authorization", str(authorization_id))
        return read_authorization(row)

    def find_usable(
        self, account_id: UUID, identifiers: Sequence[Identifier], now: datetime
    ) -> Mapping[Identifier, Authorization]:
        if not identifiers:
            return {}
        values = {f"value_{place}": one.value for place, one in enumerate(identifiers)}
        rows = self._transaction.rows(_usable(len(identifiers)), {"account": account_id, "now": now} | values)
        found = {one.identifier: one for one in map(read_authorization, rows)}
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
            "pre_authorized": int(authorization.pre_authorized),
        }
        self._transaction.execute(_INSERT, row)
        rows = [self._transaction.row(_INSERT_CHALLENGES, _challenge_row(one)) for one in challenges]
        self._transaction.write(_INSERT_CHALLENGES, rows)

    def list_challenges(self, authorization_id: UUID) -> Sequence[Challenge]:
        return tuple(map(_challenge, self._transaction.rows(_CHALLENGES, {"wanted": authorization_id})))

    def find_challenges(self, authorization_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Challenge]]:
        theirs = acme_challenges.c.authorization_id.in_(authorization_ids)
        found: dict[UUID, list[Challenge]] = defaultdict(list)
        for row in self._transaction.rows(sa.select(acme_challenges).where(theirs).order_by(acme_challenges.c.id)):
            found[row.authorization_id].append(_challenge(row))
        return found

    def get_challenge(self, challenge_id: UUID) -> Challenge:
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
        times = {"expires_at": expires_at, "validated_at": validated_at}
        values = {"state": after.value, **{name: value for name, value in times.items() if value is not None}}
        return self._moved(acme_authorizations, authorization_id, before, values)

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
        return self._moved(acme_challenges, challenge_id, before, values)

    def _moved(self, table: sa.Table, row_id: UUID, before: Sequence[str], values: Mapping[str, object]) -> bool:
        states = {_BEFORE.format(place): str(state) for place, state in enumerate(before)}
        statement = _move(table, tuple(values), len(before))
        return self._transaction.changed(statement, {"wanted": row_id, **states, **values}) == 1

    def prune(self, before: datetime) -> int:
        """Delete authorizations that expired before that time and that no order needs. Returns their number."""
        column, link = acme_authorizations.c, acme_order_authorizations.c
        needed = sa.exists().where(link.authorization_id == column.id)
        gone = sa.select(column.id).where(column.expires_at < before, ~needed)
        self._transaction.execute(sa.delete(acme_challenges).where(acme_challenges.c.authorization_id.in_(gone)))
        return self._transaction.changed(sa.delete(acme_authorizations).where(column.expires_at < before, ~needed))


def read_authorization(row: sa.Row[Any]) -> Authorization:
    """Return the authorization of a row."""
    return Authorization(
        id=row.id,
        account_id=row.account_id,
        identifier=Identifier(IdentifierKind(row.kind), row.value),
        state=AuthorizationState(row.state),
        created_at=row.created_at,
        expires_at=row.expires_at,
        validated_at=row.validated_at,
        pre_authorized=bool(row.pre_authorized),
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
