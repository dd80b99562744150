"""Certificate requests by CMP: ir, cr, p10cr, and kur; pollReq while they wait; certConf when they were issued."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from pki_manager.authority.certificates.predecessors import require_renewable
from pki_manager.authority.cmp.transactions import (
    CONFIRM_WAIT,
    CONFIRMED,
    KEEP_ENDED,
    MAX_OPEN,
    PENDING,
    RECHECK,
    advance,
    build_conflict,
    build_in_use_error,
    revoke_unconfirmed,
)
from pki_manager.authority.enrollment.authenticate import EnrollmentClient
from pki_manager.authority.enrollment.request_certificate import request_certificate
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.certificate import Certificate, format_serial
from pki_manager.domain.errors import ApprovalNeeded, Conflict, InvalidInput, TooManyAttempts
from pki_manager.domain.events.certificates import CertificateAcknowledged
from pki_manager.domain.protocols.cmp import CmpState, CmpTransaction
from pki_manager.domain.queue import Application
from pki_manager.domain.request import RequestedContents
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.unit_of_work import UnitOfWork
from pki_manager.x509 import parse
from pki_manager.x509.cmp.bodies import Confirmation
from pki_manager.x509.cmp.confirmation import is_of_certificate
from pki_manager.x509.cmp.template import BAD_TEMPLATE, TEMPLATE, CertificateName, Template, TemplateRequest

BAD_CERT_ID, BAD_HASH = "cmp.old_certificate", "cmp.certificate_hash"

_SOONEST, _LATEST = 5, 300


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTransaction:
    """A transaction to begin with a certificate request. `nonce` is the senderNonce of the response."""

    body_type: int
    request_number: int
    transaction_id: bytes
    nonce: bytes
    implicit_confirm: bool


@dataclass(frozen=True, slots=True)
class EnrollmentProgress:
    """A transaction, and its certificate once it is issued. Until then the client polls after `check_after` seconds."""

    transaction: CmpTransaction
    certificate: Certificate | None
    check_after: int = 0


def build_application(request: TemplateRequest, ca_id: UUID, profile: str, *, by_ra: bool = False) -> Application:
    """Return the application from a certificate template, after the client has proved that it has the key.

    With `by_ra`, the registration authority that sent the request can have verified the proof.

    Raises the errors of `require_possession`.
    """
    template = request.template
    return Application(
        ca=str(ca_id),
        profile=profile,
        spki_der=request.require_possession(by_ra=by_ra),
        requested=RequestedContents(subject=template.subject, sans=template.sans, validity=template.validity),
        requested_extensions=tuple(oid for oid, _ in template.extensions),
        extension_values=template.extensions,
    )


def update_of(request: TemplateRequest, old: Certificate) -> Application:
    """Return the application for a key update: subject and SANs of the certificate `old`, and the template's key.

    Raises InvalidInput with the rule `cmp.template` if the template has other names, and with `cmp.old_certificate` if
    the request names another certificate than `old`; Conflict if `old` cannot be renewed. Other errors as
    `build_application`.
    """
    facts = parse.parse_certificate(old.der)
    named = request.old_certificate
    if named is not None and named != CertificateName(facts.issuer_der, facts.serial):
        message = "must name the certificate that the message is signed with"
        raise InvalidInput.of("oldCertID", BAD_CERT_ID, message)
    require_renewable(old)
    template = request.template
    if template.subject not in (None, facts.subject):
        raise InvalidInput.of(TEMPLATE, BAD_TEMPLATE, "must have the subject of the certificate that is updated")
    if template.sans is not None and set(template.sans) != set(facts.sans):
        message = "must have the subject alternative names of the certificate that is updated"
        raise InvalidInput.of(TEMPLATE, BAD_TEMPLATE, message)
    same = Template(subject=facts.subject, sans=facts.sans, spki_der=template.spki_der, validity=template.validity)
    application = build_application(replace(request, template=same), old.ca_id, old.profile)
    return replace(application, renews=old.id)


def request(
    ctx: Context, client: EnrollmentClient, new: NewTransaction, application: Application
) -> EnrollmentProgress:
    """Begin a transaction: request its certificate. Return it with the certificate, or waiting for approval.

    Raises Conflict with the rule `cmp.transaction_in_use` for a transactionID that the client used before;
    TooManyAttempts while too many of its transactions are open. Other errors as `request_certificate`.
    """
    actor = client.actor
    with ctx.ports.storage.read() as reader:
        if reader.cmp.find(actor.id, new.transaction_id) is not None:
            raise build_in_use_error()
        if reader.cmp.count_open(actor.id) >= MAX_OPEN:
            message = (
                f"{MAX_OPEN} certificates of this credential wait to be confirmed or collected. Confirm them first."
            )
            raise TooManyAttempts(message, retry_after=int(CONFIRM_WAIT.total_seconds()))

    def begin(uow: UnitOfWork, enrollment_id: UUID) -> None:
        if not uow.cmp.add(_transaction(ctx, actor, new, enrollment_id)):
            raise build_in_use_error()

    exchange = actor.id.encode() + b"\0" + new.transaction_id
    try:
        certificate = request_certificate(ctx, client, application, exchange, tie=begin)
    except ApprovalNeeded:
        return _wait(ctx, actor, new.transaction_id)
    with ctx.ports.storage.read() as reader:
        found = reader.cmp.find(actor.id, new.transaction_id)
    if found is None:
        raise build_in_use_error()
    return EnrollmentProgress(found, certificate)


def poll(ctx: Context, transaction: CmpTransaction, nonce: bytes) -> EnrollmentProgress:
    """Return the certificate of a transaction, or when to poll again.

    `nonce` is the senderNonce of the response. Raises Conflict if the certificate was delivered already, or the request
    was rejected or cancelled, or has expired.
    """
    with ctx.ports.storage.read() as reader:
        enrollment = reader.enrollments.get(transaction.enrollment_id)
        issued = enrollment.certificate_id
        certificate = None if issued is None else reader.certificates.get(issued)
    now = ctx.ports.clock.now()
    if transaction.state is not CmpState.PENDING:
        raise build_conflict(CONFIRMED, "The certificate of this transaction was delivered.")
    if certificate is not None:
        after = _delivered(replace(transaction, nonce=nonce), now)
    elif enrollment.state in PENDING:
        after = replace(transaction, nonce=nonce)
    else:
        after = replace(transaction, nonce=nonce, state=CmpState.ENDED, expires_at=now + KEEP_ENDED)
    with ctx.ports.storage.housekeep() as uow:
        advance(uow, transaction, after)
    if after.state is CmpState.ENDED and certificate is None:
        reason = f": {enrollment.reason}" if enrollment.reason else ""
        raise Conflict(f"Request {enrollment.id} is {enrollment.state}{reason}.")
    return EnrollmentProgress(after, certificate, _check_after(transaction, now))


def confirm(
    ctx: Context, client: EnrollmentClient, transaction: CmpTransaction, confirmation: Confirmation | None
) -> None:
    """End a transaction. If the client rejects the certificate (`confirmation` is None), it is revoked.

    Raises Conflict with the rule `cmp.confirmed` if the transaction has ended already; InvalidInput with the rule
    `cmp.certificate_hash` if the client confirmed another certificate, and then revokes the issued one.
    """
    if transaction.state is not CmpState.DELIVERED:
        raise build_conflict(CONFIRMED, "There is no certificate to confirm in this transaction.")
    actor = client.actor
    with ctx.ports.storage.begin(actor) as uow:
        ended = replace(transaction, state=CmpState.ENDED, expires_at=ctx.ports.clock.now() + KEEP_ENDED)
        advance(uow, transaction, ended)
        enrollment = uow.enrollments.get(transaction.enrollment_id)
        if enrollment.certificate_id is None:
            raise build_conflict(CONFIRMED, "There is no certificate to confirm in this transaction.")
        certificate = uow.certificates.get(enrollment.certificate_id)
        is_right = confirmation is not None and is_of_certificate(confirmation, certificate.der)
        is_accepted = confirmation is not None and confirmation.is_accepted and is_right
        uow.record(
            CertificateAcknowledged(
                object_id=str(certificate.id),
                ca=str(certificate.ca_id),
                serial_number=format_serial(certificate.serial),
                is_accepted=is_accepted,
            )
        )
        if not is_accepted:
            revoke_unconfirmed(ctx, uow, actor, certificate)
    if confirmation is not None and confirmation.is_accepted and not is_right:
        raise InvalidInput.of("certHash", BAD_HASH, "is not that of the issued certificate, which is revoked now")


def _transaction(ctx: Context, actor: Actor, new: NewTransaction, enrollment_id: UUID) -> CmpTransaction:
    now = ctx.ports.clock.now()
    begun = CmpTransaction(
        id=ctx.new_id(),
        client=actor.id,
        transaction_id=new.transaction_id,
        body_type=new.body_type,
        request_number=new.request_number,
        enrollment_id=enrollment_id,
        state=CmpState.PENDING,
        implicit_confirm=new.implicit_confirm,
        nonce=new.nonce,
        created_at=now,
        expires_at=now,
    )
    return _delivered(begun, now)


def _delivered(transaction: CmpTransaction, now: datetime) -> CmpTransaction:
    """Return the delivered transaction: it waits for confirmation, or has ended if no confirmation is needed."""
    if transaction.implicit_confirm:
        return replace(transaction, state=CmpState.ENDED, expires_at=now + KEEP_ENDED)
    return replace(transaction, state=CmpState.DELIVERED, expires_at=now + CONFIRM_WAIT)


def _wait(ctx: Context, actor: Actor, transaction_id: bytes) -> EnrollmentProgress:
    with ctx.ports.storage.housekeep() as uow:
        found = uow.cmp.find(actor.id, transaction_id)
        if found is None:
            raise build_in_use_error()
        now = ctx.ports.clock.now()
        waiting = advance(uow, found, replace(found, state=CmpState.PENDING, expires_at=now + RECHECK))
    return EnrollmentProgress(waiting, None, _check_after(waiting, now))


def _check_after(transaction: CmpTransaction, now: datetime) -> int:
    """Return the seconds until the next poll: a tenth of the time that the request has waited, within limits."""
    waited = (now - transaction.created_at).total_seconds()
    return int(min(max(waited / 10, _SOONEST), _LATEST))
