"""The one lifecycle of an enrollment. Queue, orders and pending answers of every protocol are views of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pki_manager.domain.errors import Conflict, Fault


class EnrollmentState(StrEnum):
    RECEIVED = "received"
    VALIDATING = "validating"
    AWAITING_APPROVAL = "awaiting_approval"
    READY = "ready"
    ISSUING = "issuing"
    ISSUED = "issued"
    REFUSED = "refused"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    FAILED = "failed"


_S = EnrollmentState

TRANSITIONS: dict[EnrollmentState, frozenset[EnrollmentState]] = {
    _S.RECEIVED: frozenset({_S.VALIDATING, _S.AWAITING_APPROVAL, _S.READY, _S.REFUSED, _S.CANCELLED, _S.EXPIRED}),
    _S.VALIDATING: frozenset({_S.AWAITING_APPROVAL, _S.READY, _S.REFUSED, _S.CANCELLED, _S.EXPIRED}),
    _S.AWAITING_APPROVAL: frozenset({_S.READY, _S.REJECTED, _S.REFUSED, _S.CANCELLED, _S.EXPIRED}),
    _S.READY: frozenset({_S.ISSUING, _S.AWAITING_APPROVAL, _S.REFUSED, _S.REJECTED, _S.CANCELLED, _S.EXPIRED}),
    _S.ISSUING: frozenset({_S.ISSUED, _S.FAILED, _S.READY}),
    _S.ISSUED: frozenset(),
    _S.REFUSED: frozenset(),
    _S.REJECTED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.EXPIRED: frozenset(),
    _S.FAILED: frozenset(),
}


def require_transition(before: EnrollmentState, after: EnrollmentState) -> None:
    """Conflict unless the table has the step."""
    if after not in TRANSITIONS[before]:
        raise Conflict(f"A request that is {before} cannot become {after}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What an issuance in flight is about to sign: written before the key is used, settled in every case.

    `tbs_der` are the bytes that were linted. `node` is the process that signs; once `deadline` has passed that process
    may no longer finish and the scheduler alone settles: finish the same TBS, or burn the serial and list it revoked.
    """

    serial: int
    issuer_key_id: UUID
    tbs_der: bytes
    signature_algorithm: str
    lint_version: str
    node: str
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrollment:
    """One enrollment.

    `plan_json` is the canonical text that was hashed into `plan_sha256`; `renews` the certificate before the new one.
    `queued`: it came through the queue, where a key backend that is away is waited for.
    """

    id: UUID
    state: EnrollmentState
    ca_id: UUID
    profile: str
    profile_version: int
    plan_json: bytes
    plan_sha256: bytes
    requested_by: str
    via: str
    owner_id: str | None
    team_id: UUID | None
    created_at: datetime
    changed_at: datetime
    intent: Intent | None = None
    certificate_id: UUID | None = None
    reason: str | None = None
    renews: UUID | None = None
    queued: bool = False

    def begun(self) -> Intent:
        """The intent of one that is being issued; Fault without one."""
        if self.intent is None:
            raise Fault("An enrollment is being issued without an intent.", enrolment=str(self.id))
        return self.intent
