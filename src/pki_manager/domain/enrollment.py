"""Enrollments and their life cycle. The request queue, ACME orders, and pending responses are views of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pki_manager.domain.errors import Conflict, Fault


class EnrollmentState(StrEnum):
    """The state of an enrollment."""

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
    """Raise Conflict unless an enrollment can change from one state to the other."""
    if after not in TRANSITIONS[before]:
        raise Conflict(f"A request that is {before} cannot become {after}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What an issuance in progress will sign. It is stored before the key is used, and always concluded.

    `tbs_der` are the bytes that were linted. `node` is the process that signs. After `deadline` only the scheduler can
    conclude it: it finishes the issuance with the same bytes, or burns the serial number and lists it as revoked.
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
    """One enrollment: from a request to a certificate or a failure.

    `plan_json` is the canonical text whose hash is `plan_sha256`; `renews` is the certificate that the new one
    replaces. `queued`: it came through the request queue, which waits for an unavailable key backend.
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
        """Return the intent of an enrollment that is being issued. Raises Fault if it has none."""
        if self.intent is None:
            raise Fault("An enrollment is being issued without an intent.", enrolment=str(self.id))
        return self.intent
