"""Stored certificate requests, that is, enrollments with the requested contents."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.approval import ApprovalState
from pki_manager.domain.enrollment import Enrollment, EnrollmentState, require_transition
from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.domain.page import Page
from pki_manager.domain.queue import Comment, QueuedRequest
from pki_manager.ports.requests import RequestFilter
from pki_manager.storage.encoding.requests import (
    application_from_json,
    application_to_json,
    risks_from_json,
    risks_to_json,
)
from pki_manager.storage.engine.compiled_statement import CompiledStatement
from pki_manager.storage.engine.paging import read_page_by_id
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.engine.visibility import QUEUED, build_request_conditions
from pki_manager.storage.repositories.approvals import build_waiting_conditions
from pki_manager.storage.repositories.enrollments import encode_intent, from_row, is_issued, to_row
from pki_manager.storage.tables.pki import enrollments
from pki_manager.storage.tables.requests import approvals, request_comments

_BY_ID = CompiledStatement(sa.select(enrollments).where(enrollments.c.id == sa.bindparam("wanted"), QUEUED))
_WAITING = (
    EnrollmentState.RECEIVED.value,
    EnrollmentState.VALIDATING.value,
    EnrollmentState.AWAITING_APPROVAL.value,
    EnrollmentState.READY.value,
)
_INTENT = ("serial", "issuer_key_id", "tbs_der", "signature_algorithm", "lint_version", "node", "deadline")


class SqlRequests:
    """Implements ports.requests.Requests."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, request_id: UUID) -> QueuedRequest:
        row = self._transaction.first(_BY_ID, {"wanted": request_id})
        if row is None:
            raise NotFound.of("request", str(request_id))
        return _request(row)

    def page(self, where: RequestFilter, cursor: str | None, limit: int) -> Page[QueuedRequest]:
        statement = sa.select(enrollments).where(QUEUED, *_conditions(where))
        return read_page_by_id(
            self._transaction, statement, enrollments.c.id, cursor=cursor, limit=limit, value_of=_request
        )

    def list_comments(self, request_id: UUID) -> Sequence[Comment]:
        statement = sa.select(request_comments).where(request_comments.c.request_id == request_id)
        rows = self._transaction.rows(statement.order_by(request_comments.c.id))
        return [Comment(row.id, row.by, row.name, row.at, row.text) for row in rows]

    def list_expired(self, now: datetime, limit: int) -> Sequence[QueuedRequest]:
        found: list[QueuedRequest] = []
        for state in _WAITING:
            past = (enrollments.c.state == state, enrollments.c.expires_at < now)
            statement = sa.select(enrollments).where(QUEUED, *past).order_by(enrollments.c.expires_at)
            found += [_request(row) for row in self._transaction.rows(statement.limit(limit - len(found)))]
        return found

    def add(self, request: QueuedRequest) -> None:
        self._transaction.execute(sa.insert(enrollments), {**to_row(request.enrolment), **_columns(request)})

    def replace(self, request: QueuedRequest, before: bytes) -> bool:
        enrolment = request.enrolment
        waiting = (enrollments.c.state.in_(_WAITING), enrollments.c.plan_sha256 == before)
        statement = sa.update(enrollments).where(enrollments.c.id == enrolment.id, *waiting)
        return self._transaction.changed(statement.values({**to_row(enrolment), **_columns(request)})) == 1

    def move(
        self,
        request_id: UUID,
        before: Collection[EnrollmentState],
        after: EnrollmentState,
        now: datetime,
        reason: str | None,
    ) -> bool:
        for state in before:
            require_transition(state, after)
        statement = sa.update(enrollments).where(
            enrollments.c.id == request_id, enrollments.c.state.in_([state.value for state in before])
        )
        return self._transaction.changed(statement.values(state=after.value, changed_at=now, reason=reason)) == 1

    def extend(self, request_id: UUID, expires_at: datetime) -> None:
        statement = sa.update(enrollments).where(enrollments.c.id == request_id)
        self._transaction.execute(statement.values(expires_at=expires_at))

    def begin(self, enrolment: Enrollment) -> bool:
        intent = enrolment.intent
        if intent is not None and is_issued(self._transaction, intent):
            raise Conflict("The issuer key has already used this serial number.")
        statement = sa.update(enrollments).where(
            enrollments.c.id == enrolment.id,
            enrollments.c.state == EnrollmentState.READY.value,
            enrollments.c.plan_sha256 == enrolment.plan_sha256,
        )
        values = {
            **encode_intent(intent),
            "state": enrolment.state.value,
            "changed_at": enrolment.changed_at,
            "plan_json": enrolment.plan_json,
            "reason": None,
        }
        return self._transaction.changed(statement.values(values)) == 1

    def give_back(self, request_id: UUID, now: datetime, reason: str) -> bool:
        require_transition(EnrollmentState.ISSUING, EnrollmentState.READY)
        statement = sa.update(enrollments).where(
            enrollments.c.id == request_id, enrollments.c.state == EnrollmentState.ISSUING.value
        )
        cleared = dict.fromkeys(_INTENT)
        values = {**cleared, "state": EnrollmentState.READY.value, "changed_at": now, "reason": reason}
        if self._transaction.changed(statement.values(values)) == 0:
            return False
        done = (approvals.c.request_id == request_id, approvals.c.state == ApprovalState.EXECUTED.value)
        again = sa.update(approvals).where(*done).values(state=ApprovalState.APPROVED.value, changed_at=now)
        self._transaction.execute(again)
        return True

    def explain(self, request_id: UUID, reason: str) -> None:
        statement = sa.update(enrollments).where(
            enrollments.c.id == request_id, enrollments.c.state == EnrollmentState.READY.value
        )
        self._transaction.execute(statement.values(reason=reason))

    def add_comment(self, request_id: UUID, comment: Comment) -> None:
        values = {
            "id": comment.id,
            "request_id": request_id,
            "by": comment.by,
            "name": comment.name,
            "at": comment.at,
            "text": comment.text,
        }
        self._transaction.execute(sa.insert(request_comments), values)


def _conditions(where: RequestFilter) -> Iterator[sa.ColumnElement[bool]]:
    if where.state is not None:
        yield enrollments.c.state == where.state.value
    if where.ca_id is not None:
        yield enrollments.c.ca_id == where.ca_id
    if where.profile is not None:
        yield enrollments.c.profile == where.profile
    if where.owner is not None:
        yield enrollments.c.owner_id == where.owner
    yield from build_request_conditions(where.visible)
    if where.waits_for is not None:
        yield enrollments.c.state == EnrollmentState.AWAITING_APPROVAL.value
        yield sa.exists().where(
            approvals.c.id == enrollments.c.approval_id,
            approvals.c.state == ApprovalState.WAITING.value,
            *build_waiting_conditions(where.waits_for),
        )


def _columns(request: QueuedRequest) -> dict[str, object]:
    return {
        "application": application_to_json(request.application),
        "risks": risks_to_json(request.risks),
        "requester_name": request.requester_name,
        "expires_at": request.expires_at,
        "approval_id": request.approval_id,
    }


def _request(row: sa.Row[Any]) -> QueuedRequest:
    return QueuedRequest(
        enrolment=from_row(row),
        application=application_from_json(row.application),
        risks=risks_from_json(row.risks),
        expires_at=row.expires_at,
        approval_id=row.approval_id,
        requester_name=row.requester_name,
    )
