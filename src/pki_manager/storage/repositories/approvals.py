"""Stored approvals, approvers, and approval rules."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.approval import (
    Approval,
    ApprovalRule,
    ApprovalState,
    Consent,
    Operation,
    RuleSet,
    encode_rules,
    parse_rule,
)
from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.domain.page import Page
from pki_manager.ports.requests import ApprovalFilter, Approver
from pki_manager.storage.encoding.names import dump
from pki_manager.storage.engine.paging import read_page_by_id
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.tables.requests import approval_groups, approval_persons, approval_rules, approvals

_AUTHOR, _APPROVER = "author", "approver"
_OPEN = (ApprovalState.WAITING.value, ApprovalState.APPROVED.value)


class SqlApprovals:
    """Implements ports.requests.Approvals."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, approval_id: UUID) -> Approval:
        row = self._transaction.first(sa.select(approvals).where(approvals.c.id == approval_id))
        if row is None:
            raise NotFound.of("approval", str(approval_id))
        return self._with_people([row])[0]

    def find_many(self, approval_ids: Collection[UUID]) -> dict[UUID, Approval]:
        if not approval_ids:
            return {}
        statement = sa.select(approvals).where(approvals.c.id.in_(approval_ids))
        return {one.id: one for one in self._with_people(self._transaction.rows(statement))}

    def open_of(self, person: str, object_id: str) -> Sequence[Approval]:
        statement = sa.select(approvals).where(
            approvals.c.person == person,
            approvals.c.object_id == object_id,
            # As the index says it: with the states as parameters SQLite would not know that it may use it.
            sa.text("state IN ('waiting', 'approved')"),
        )
        return self._with_people(self._transaction.rows(statement))

    def page(self, where: ApprovalFilter, cursor: str | None, limit: int) -> Page[Approval]:
        statement = sa.select(approvals).where(*_conditions(where))
        page = read_page_by_id(
            self._transaction, statement, approvals.c.id, cursor=cursor, limit=limit, value_of=lambda row: row
        )
        return Page(tuple(self._with_people(page.items)), page.next_cursor)

    def list_expired(self, now: datetime, limit: int) -> Sequence[Approval]:
        found: list[Approval] = []
        for state in _OPEN:
            past = (approvals.c.state == state, approvals.c.expires_at < now, approvals.c.request_id.is_(None))
            statement = sa.select(approvals).where(*past).order_by(approvals.c.expires_at).limit(limit - len(found))
            found += self._with_people(self._transaction.rows(statement))
        return found

    def count_overridden(self) -> int:
        statement = sa.select(sa.func.count().label("number")).where(approvals.c.overridden_by.is_not(None))
        row = self._transaction.first(statement)
        return 0 if row is None else row.number

    def get_rules(self, version: int | None = None) -> RuleSet:
        statement = sa.select(approval_rules).order_by(approval_rules.c.version.desc()).limit(1)
        if version is not None:
            statement = statement.where(approval_rules.c.version == version)
        row = self._transaction.first(statement)
        if row is None and version:
            raise NotFound.of("version of the approval rules", str(version))
        return RuleSet() if row is None else RuleSet(row.version, _rules(row.body))

    def add(self, approval: Approval) -> bool:
        if not self._transaction.insert_new(approvals, _to_row(approval)):
            return False
        self._put_people(approval)
        return True

    def lock(self, approval_id: UUID) -> Approval:
        mine = sa.update(approvals).where(approvals.c.id == approval_id).values(changed_at=approvals.c.changed_at)
        if self._transaction.changed(mine) == 0:
            raise NotFound.of("approval", str(approval_id))
        return self.get(approval_id)

    def reset(self, approval: Approval) -> None:
        values = {name: value for name, value in _to_row(approval).items() if name != "id"}
        self._transaction.execute(sa.update(approvals).where(approvals.c.id == approval.id).values(values))
        for table in (approval_persons, approval_groups):
            self._transaction.execute(sa.delete(table).where(table.c.approval_id == approval.id))
        self._put_people(approval)

    def add_consent(self, approval_id: UUID, consent: Consent) -> bool:
        return self._transaction.insert_new(approval_persons, _person_row(approval_id, consent, _APPROVER))

    def take_back(self, approval_id: UUID, person: str) -> bool:
        statement = sa.delete(approval_persons).where(
            approval_persons.c.approval_id == approval_id,
            approval_persons.c.person == person,
            approval_persons.c.part == _APPROVER,
        )
        return self._transaction.changed(statement) == 1

    def reopen(self, approval_id: UUID, now: datetime) -> None:
        approved = (approvals.c.id == approval_id, approvals.c.state == ApprovalState.APPROVED.value)
        values = {"state": ApprovalState.WAITING.value, "changed_at": now, "reason": None, "overridden_by": None}
        if self._transaction.changed(sa.update(approvals).where(*approved).values(values)) == 0:
            raise Conflict(f"Approval {approval_id} is not approved.")

    def move(
        self,
        approval_id: UUID,
        before: Collection[ApprovalState],
        after: ApprovalState,
        now: datetime,
        *,
        reason: str | None = None,
        overridden_by: str | None = None,
    ) -> bool:
        statement = sa.update(approvals).where(
            approvals.c.id == approval_id, approvals.c.state.in_([state.value for state in before])
        )
        values: dict[str, object] = {"state": after.value, "changed_at": now}
        reasons = {"reason": reason, "overridden_by": overridden_by}
        values |= {name: value for name, value in reasons.items() if value is not None}
        return self._transaction.changed(statement.values(values)) == 1

    def put_rules(self, rules: RuleSet, by: str, now: datetime) -> None:
        values = {
            "version": rules.version,
            "body": dump(encode_rules(rules.rules)),
            "created_by": by,
            "created_at": now,
        }
        if not self._transaction.insert_new(approval_rules, values):
            raise Conflict(f"Version {rules.version} of the approval rules already exists.")
        self._transaction.change_directory()

    def _put_people(self, approval: Approval) -> None:
        authors = [
            _person_row(approval.id, Consent(person, person, "", approval.created_at, ()), _AUTHOR)
            for person in approval.authors
        ]
        self._transaction.execute(sa.insert(approval_persons), authors)
        keys = dict.fromkeys(key for rule in approval.rules for key in rule.approver_keys())
        self._transaction.execute(
            sa.insert(approval_groups), [{"approval_id": approval.id, "key": key} for key in keys]
        )

    def _with_people(self, rows: Sequence[sa.Row[Any]]) -> list[Approval]:
        """Return the approvals of these rows with their requesters and approvers, read in one additional query."""
        people: dict[UUID, list[sa.Row[Any]]] = defaultdict(list)
        if rows:
            of_these = approval_persons.c.approval_id.in_([row.id for row in rows])
            statement = sa.select(approval_persons).where(of_these).order_by(approval_persons.c.at)
            for person in self._transaction.rows(statement):
                people[person.approval_id].append(person)
        return [_from_row(row, people[row.id]) for row in rows]


def build_waiting_conditions(approver: Approver) -> Iterator[sa.ColumnElement[bool]]:
    """Yield the conditions of approvals that wait for this user."""
    yield sa.exists().where(
        approval_groups.c.approval_id == approvals.c.id, approval_groups.c.key.in_(sorted(approver.keys))
    )
    yield ~sa.exists().where(
        approval_persons.c.approval_id == approvals.c.id,
        approval_persons.c.person.in_(sorted({approver.person, *approver.keys})),
    )


def _conditions(where: ApprovalFilter) -> Iterator[sa.ColumnElement[bool]]:
    if where.state is not None:
        yield approvals.c.state == where.state.value
    if where.owner is not None:
        yield approvals.c.person == where.owner
    if where.waits_for is not None:
        yield approvals.c.state == ApprovalState.WAITING.value
        yield from build_waiting_conditions(where.waits_for)


def _person_row(approval_id: UUID, consent: Consent, part: str) -> dict[str, object]:
    return {
        "approval_id": approval_id,
        "person": consent.person,
        "part": part,
        "actor_id": consent.actor_id,
        "name": consent.name,
        "rules": dump(consent.rules),
        "at": consent.at,
    }


def _to_row(approval: Approval) -> dict[str, object]:
    return {
        "id": approval.id,
        "operation": approval.operation.value,
        "object_kind": approval.object_kind,
        "object_id": approval.object_id,
        "request_id": approval.request_id,
        "body": approval.body,
        "sha256": approval.sha256,
        "rules": dump(encode_rules(approval.rules)),
        "state": approval.state.value,
        "requested_by": approval.requested_by,
        "requester_name": approval.requester_name,
        "person": approval.person,
        "team_id": approval.team_id,
        "created_at": approval.created_at,
        "changed_at": approval.changed_at,
        "expires_at": approval.expires_at,
        "reason": approval.reason,
        "overridden_by": approval.overridden_by,
    }


def _from_row(row: sa.Row[Any], people: Sequence[sa.Row[Any]]) -> Approval:
    consents = (
        Consent(one.person, one.actor_id, one.name, one.at, tuple(json.loads(one.rules)))
        for one in people
        if one.part == _APPROVER
    )
    return Approval(
        id=row.id,
        operation=Operation(row.operation),
        object_kind=row.object_kind,
        object_id=row.object_id,
        request_id=row.request_id,
        body=row.body,
        sha256=row.sha256,
        rules=_rules(row.rules),
        state=ApprovalState(row.state),
        requested_by=row.requested_by,
        requester_name=row.requester_name,
        person=row.person,
        team_id=row.team_id,
        created_at=row.created_at,
        changed_at=row.changed_at,
        expires_at=row.expires_at,
        reason=row.reason,
        overridden_by=row.overridden_by,
        authors=tuple(one.person for one in people if one.part == _AUTHOR),
        given=tuple(consents),
    )


def _rules(text: str) -> tuple[ApprovalRule, ...]:
    return tuple(parse_rule(value) for value in json.loads(text))
