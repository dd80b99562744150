"""Stored enrollments, and the intents of issuances in progress."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.enrollment import Enrollment, EnrollmentState, Intent, require_transition
from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.storage.engine.bulk_statement import BulkStatement, insert
from pki_manager.storage.engine.compiled_statement import CompiledStatement
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.tables.pki import certificates, enrollments
from pki_manager.storage.tables.types import Id, Serial

_ISSUING = EnrollmentState.ISSUING.value

_BY_ID = CompiledStatement(sa.select(enrollments).where(enrollments.c.id == sa.bindparam("wanted")))
_ISSUED_SERIAL = CompiledStatement(
    sa.select(certificates.c.id).where(
        certificates.c.serial == sa.bindparam("serial"), certificates.c.issuer_key_id == sa.bindparam("issuer_key_id")
    )
)
_SETTLE = CompiledStatement(
    sa.update(enrollments)
    .where(enrollments.c.id == sa.bindparam("wanted"), enrollments.c.state == sa.bindparam("issuing", _ISSUING))
    .values({name: sa.bindparam(name) for name in ("state", "changed_at", "certificate_id", "reason")})
)
INSERT_ENROLLMENTS = insert(
    enrollments,
    *("id", "state", "ca_id", "profile", "profile_version", "plan_json", "plan_sha256", "requested_by", "via"),
    *("owner_id", "team_id", "created_at", "changed_at", "serial", "issuer_key_id", "tbs_der", "signature_algorithm"),
    *("lint_version", "node", "deadline", "certificate_id", "reason", "renews"),
)
_SELECTED = "wanted_{}"


@lru_cache(maxsize=1024)
def _issuing_of(size: int) -> CompiledStatement:
    parameters = [sa.bindparam(_SELECTED.format(place), type_=Id) for place in range(size)]
    issuing = sa.select(enrollments.c.id).where(
        enrollments.c.id.in_(parameters), enrollments.c.state == sa.literal_column(f"'{_ISSUING}'")
    )
    return CompiledStatement(issuing.with_for_update())


@lru_cache(maxsize=1024)
def _issued_of(size: int) -> CompiledStatement:
    parameters = [sa.bindparam(_SELECTED.format(place), type_=Serial) for place in range(size)]
    columns = (certificates.c.issuer_key_id, certificates.c.serial)
    return CompiledStatement(sa.select(*columns).where(certificates.c.serial.in_(parameters)))


def _settled(size: int) -> sa.Update:
    def of_each(name: str) -> sa.Case[Any]:
        kind = enrollments.c[name].type
        cases = [(ids[row], sa.bindparam(f"{name}_{row}", type_=kind)) for row in range(size)]
        return sa.case(dict(cases), value=enrollments.c.id)

    ids = [sa.bindparam(f"id_{row}", type_=Id) for row in range(size)]
    these = sa.update(enrollments).where(
        enrollments.c.id.in_(ids), enrollments.c.state == sa.literal_column(f"'{_ISSUING}'")
    )
    issued: sa.ColumnElement[str] = sa.literal_column(f"'{EnrollmentState.ISSUED.value}'")
    moved = {name: of_each(name) for name in ("changed_at", "certificate_id")}
    return these.values(state=issued, reason=sa.null(), **moved)


SETTLE_ISSUED = BulkStatement(enrollments, _settled)


class SqlEnrollments:
    """Implements ports.unit_of_work.Enrollments."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, enrolment_id: UUID) -> Enrollment:
        row = self._transaction.first(_BY_ID, {"wanted": enrolment_id})
        if row is None:
            raise NotFound.of("request", str(enrolment_id))
        return from_row(row)

    def list_overdue(self, now: datetime, limit: int) -> Sequence[Enrollment]:
        statement = (
            sa.select(enrollments)
            .where(enrollments.c.state == _ISSUING, enrollments.c.deadline < now)
            .order_by(enrollments.c.deadline, enrollments.c.id)
            .limit(limit)
        )
        return [from_row(row) for row in self._transaction.rows(statement)]

    def count_by_state(self) -> dict[EnrollmentState, int]:
        """Return the number of enrollments in each state, zeros included."""
        statement = sa.select(enrollments.c.state, sa.func.count().label("number")).group_by(enrollments.c.state)
        found = {EnrollmentState(row.state): row.number for row in self._transaction.rows(statement)}
        return dict.fromkeys(EnrollmentState, 0) | found

    def add(self, enrolment: Enrollment) -> None:
        self._transaction.defer(INSERT_ENROLLMENTS, to_row(enrolment))
        if enrolment.intent is not None:
            self._transaction.group_state.enrollments.reserved.append(
                (enrolment.intent.issuer_key_id, enrolment.intent.serial)
            )

    def hold(self, enrollment_id: UUID, batch: Sequence[UUID]) -> None:
        known = self._transaction.group_state.enrollments.issuing
        if enrollment_id in known:  # the first unit has asked for the whole batch
            return
        if self._transaction.assumptions is not None:
            self._transaction.assumptions.assume_issuing(batch)
            known.update((one, True) for one in batch if one not in known)
            return
        missing = [one for one in batch if one not in known]
        if len(missing) > 1:  # one alone is asked for when it is settled
            found = _issuing_among(self._transaction, missing)
            known.update((one, one in found) for one in missing)

    def settle(
        self, enrolment_id: UUID, state: EnrollmentState, now: datetime, certificate_id: UUID | None, reason: str | None
    ) -> bool:
        """Conclude an enrollment that is being issued. Returns whether it still was.

        Raises Conflict if an enrollment cannot change from `issuing` to `state`.
        """
        require_transition(EnrollmentState.ISSUING, state)
        held = self._transaction.group_state.enrollments.issuing
        if held.get(enrolment_id) and state is EnrollmentState.ISSUED and reason is None:
            held[enrolment_id] = False
            values = {"id": enrolment_id, "changed_at": now, "certificate_id": certificate_id}
            self._transaction.defer(SETTLE_ISSUED, values)
            return True
        held.pop(enrolment_id, None)
        values = {
            "wanted": enrolment_id,
            "state": state.value,
            "changed_at": now,
            "certificate_id": certificate_id,
            "reason": reason,
        }
        return self._transaction.changed(_SETTLE, values) == 1

    def extend(self, enrolment_id: UUID, node: str, before: datetime, deadline: datetime) -> bool:
        statement = (
            sa.update(enrollments)
            .where(enrollments.c.id == enrolment_id, enrollments.c.state == _ISSUING, enrollments.c.deadline == before)
            .values(node=node, deadline=deadline)
        )
        return self._transaction.changed(statement) == 1


def are_all_issuing(transaction: Transaction, enrollment_ids: Sequence[UUID]) -> bool:
    """Return whether all of these enrollments are still being issued. They stay locked until the commit."""
    return _issuing_among(transaction, enrollment_ids) == set(enrollment_ids)


def _issuing_among(transaction: Transaction, enrollment_ids: Sequence[UUID]) -> set[UUID]:
    return {row.id for row in transaction.rows(_issuing_of(_size(enrollment_ids)), _padded(enrollment_ids))}


def require_unused(transaction: Transaction) -> None:
    """Raise Conflict if a certificate already has a serial number that the units of a group have reserved."""
    reserved = transaction.group_state.enrollments.reserved
    if not reserved:
        return
    serials = [serial for _, serial in reserved]
    for row in transaction.rows(_issued_of(_size(serials)), _padded(serials)):
        if (row.issuer_key_id, row.serial) in reserved:
            raise Conflict("The issuer key has already used this serial number.")


def _size(values: Sequence[object]) -> int:
    """Return the number of values, rounded up to a power of two, so that a driver keeps few prepared statements."""
    return 1 << (len(values) - 1).bit_length()


def _padded(values: Sequence[object]) -> dict[str, object]:
    padding = [values[-1]] * (_size(values) - len(values))
    return {_SELECTED.format(place): value for place, value in enumerate([*values, *padding])}


def is_issued(transaction: Transaction, intent: Intent) -> bool:
    """Return whether the issuer key already has a certificate with the serial number of the intent."""
    values = {"serial": intent.serial, "issuer_key_id": intent.issuer_key_id}
    return transaction.first(_ISSUED_SERIAL, values) is not None


def to_row(enrolment: Enrollment) -> dict[str, object]:
    """Return the column values of an enrollment."""
    return {
        "id": enrolment.id,
        "state": enrolment.state.value,
        "ca_id": enrolment.ca_id,
        "profile": enrolment.profile,
        "profile_version": enrolment.profile_version,
        "plan_json": enrolment.plan_json,
        "plan_sha256": enrolment.plan_sha256,
        "requested_by": enrolment.requested_by,
        "via": enrolment.via,
        "owner_id": enrolment.owner_id,
        "team_id": enrolment.team_id,
        "created_at": enrolment.created_at,
        "changed_at": enrolment.changed_at,
        **encode_intent(enrolment.intent),
        "certificate_id": enrolment.certificate_id,
        "reason": enrolment.reason,
        "renews": enrolment.renews,
    }


def encode_intent(intent: Intent | None) -> dict[str, object]:
    """Return the column values of an intent, all None if there is no intent."""
    return {
        "serial": intent.serial if intent else None,
        "issuer_key_id": intent.issuer_key_id if intent else None,
        "tbs_der": intent.tbs_der if intent else None,
        "signature_algorithm": intent.signature_algorithm if intent else None,
        "lint_version": intent.lint_version if intent else None,
        "node": intent.node if intent else None,
        "deadline": intent.deadline if intent else None,
    }


def from_row(row: sa.Row[Any]) -> Enrollment:
    """Return the enrollment of a row."""
    return Enrollment(
        id=row.id,
        state=EnrollmentState(row.state),
        ca_id=row.ca_id,
        profile=row.profile,
        profile_version=row.profile_version,
        plan_json=row.plan_json,
        plan_sha256=row.plan_sha256,
        requested_by=row.requested_by,
        via=row.via,
        owner_id=row.owner_id,
        team_id=row.team_id,
        created_at=row.created_at,
        changed_at=row.changed_at,
        intent=_intent(row),
        certificate_id=row.certificate_id,
        reason=row.reason,
        renews=row.renews,
        queued=row.application is not None,
    )


def _intent(row: sa.Row[Any]) -> Intent | None:
    if row.serial is None:
        return None
    return Intent(
        serial=row.serial,
        issuer_key_id=row.issuer_key_id,
        tbs_der=row.tbs_der,
        signature_algorithm=row.signature_algorithm,
        lint_version=row.lint_version,
        node=row.node,
        deadline=row.deadline,
    )
