"""CMP transactions: what is stored between the messages of a client, and how a transaction ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.revoke import RevocationDetails, can_become, revoke_in
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.errors import Conflict, FieldError, InFlight, InvalidInput, NotFound
from pki_manager.domain.protocols.cmp import CmpState, CmpTransaction
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.unit_of_work import UnitOfWork

CONFIRM_WAIT = timedelta(minutes=10)
"""The time that a client has to confirm a certificate, before the certificate is revoked."""

COLLECT_WAIT = timedelta(days=7)
"""The time that a client has to collect a certificate that was issued while it polled."""

KEEP_ENDED = timedelta(hours=1)
"""How long an ended transaction is stored. Messages become too old to be accepted long before, so a replay fails."""

RECHECK = timedelta(hours=1)

MAX_OPEN = 500
"""Maximum number of transactions of one credential that are neither confirmed nor ended."""

_REASON = RevocationReason.CESSATION_OF_OPERATION

IN_USE, UNKNOWN = "cmp.transaction_in_use", "cmp.transaction_unknown"
CONFIRMED, BAD_NONCE = "cmp.confirmed", "cmp.recipient_nonce"

PENDING = frozenset(
    {
        EnrollmentState.RECEIVED,
        EnrollmentState.VALIDATING,
        EnrollmentState.AWAITING_APPROVAL,
        EnrollmentState.READY,
        EnrollmentState.ISSUING,
    }
)


def build_conflict(rule: str, message: str) -> Conflict:
    """Return a Conflict for the field transactionID with this rule and message."""
    return Conflict(message, errors=(FieldError("transactionID", rule, message),))


def build_in_use_error() -> Conflict:
    """Return the Conflict for a transactionID that is in use."""
    return build_conflict(IN_USE, "The transactionID is already in use. Start a new transaction with another one.")


def find_transaction(
    ctx: Context, actor: Actor, transaction_id: bytes, number: int | None, recipient_nonce: bytes | None
) -> CmpTransaction:
    """Return the transaction that a message continues.

    Raises Conflict with the rule `cmp.transaction_unknown` unless the client began it for this certReqId (None: for
    any); InvalidInput with the rule `cmp.recipient_nonce` if the message does not follow the last response.
    """
    with ctx.ports.storage.read() as reader:
        found = reader.cmp.find(actor.id, transaction_id)
    if found is None or number not in (None, found.request_number):
        raise build_conflict(UNKNOWN, "The message does not continue a transaction of this client.")
    if found.nonce != recipient_nonce:
        message = "must be the senderNonce of the last response"
        raise InvalidInput.of("recipNonce", BAD_NONCE, message)
    return found


def advance(uow: UnitOfWork, before: CmpTransaction, after: CmpTransaction) -> CmpTransaction:
    """Store the new state of a transaction. Raises InFlight if another message of the client has changed it."""
    if not uow.cmp.change(before, after):
        raise InFlight("Another message of this transaction is being processed.", retry_after=1)
    return after


def revoke_unconfirmed(ctx: Context, uow: UnitOfWork, actor: Actor, certificate: Certificate) -> None:
    """Revoke a certificate that its client rejected or did not confirm, if it can still be revoked."""
    if _is_revocable(ctx, certificate):
        revoke_in(ctx, uow, actor, certificate, RevocationDetails(_REASON), ctx.ports.clock.now())


def revoke_overdue(ctx: Context, actor: Actor, limit: int = 200) -> None:
    """Revoke certificates that clients did not confirm or collect in time, each in a transaction of the database."""
    with ctx.ports.storage.read() as reader:
        overdue = reader.cmp.list_overdue(ctx.ports.clock.now(), limit)
    for one in overdue:
        _end(ctx, actor, one)


def _end(ctx: Context, actor: Actor, overdue: CmpTransaction) -> None:
    now = ctx.ports.clock.now()
    certificate, is_pending, collect_by = _outcome(ctx, overdue)
    if is_pending:
        after = replace(overdue, state=CmpState.PENDING, expires_at=now + RECHECK)
    elif certificate is not None and overdue.state is CmpState.PENDING and now < collect_by:
        after = replace(overdue, expires_at=collect_by)
    else:
        after = replace(overdue, state=CmpState.ENDED, expires_at=now + KEEP_ENDED)
    if after.state is CmpState.ENDED and certificate is not None and _is_revocable(ctx, certificate):
        with ctx.ports.storage.begin(actor) as uow:
            revoke_unconfirmed(ctx, uow, actor, uow.certificates.get(certificate.id))
            advance(uow, overdue, after)
    else:
        with ctx.ports.storage.housekeep() as uow:
            uow.cmp.change(overdue, after)


def _outcome(ctx: Context, transaction: CmpTransaction) -> tuple[Certificate | None, bool, datetime]:
    """Return a transaction's certificate, whether it can still be issued, and until when the client can collect it."""
    with ctx.ports.storage.read() as reader:
        try:
            enrollment = reader.enrollments.get(transaction.enrollment_id)
        except NotFound:
            return None, False, transaction.expires_at
        issued = enrollment.certificate_id
        certificate = None if issued is None else reader.certificates.get(issued)
    return certificate, enrollment.state in PENDING, enrollment.changed_at + COLLECT_WAIT


def _is_revocable(ctx: Context, certificate: Certificate) -> bool:
    return can_become(certificate, _REASON) and ctx.ports.clock.now() <= certificate.validity.not_after
