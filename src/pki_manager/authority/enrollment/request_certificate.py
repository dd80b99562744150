"""Certificate requests by enrollment clients: the decision, the queue, and issuance are those of REST.

A client can send a message again because it waits for an approval, or because the response was lost. Each message
belongs to an exchange, whose ID its protocol defines, and an exchange begins one enrollment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from pki_manager.authority.certificates.applications import get_request_facts
from pki_manager.authority.certificates.enroll import admit, build_needs_approval_error
from pki_manager.authority.enrollment.authenticate import INVALID, EnrollmentClient
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.refusal_events import record_refusal
from pki_manager.authority.rights.credential_tokens import require_asking
from pki_manager.authority.signing.issuance import InSameTransaction
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.enrollment import Enrollment, EnrollmentState
from pki_manager.domain.errors import (
    Conflict,
    FieldError,
    Forbidden,
    InFlight,
    NotFound,
    PolicyRefused,
    Unauthenticated,
)
from pki_manager.domain.events.rights import CredentialUsed
from pki_manager.domain.names import DistinguishedName
from pki_manager.domain.queue import Application
from pki_manager.domain.rights.actor import EnrollmentProtocol
from pki_manager.domain.rights.credential import normalize_identity
from pki_manager.ports.unit_of_work import UnitOfWork
from pki_manager.x509.made_key import MadeKey

REPEAT = timedelta(days=1)
"""How long a repeated message gets the same certificate, or the same refusal, as the first one."""

KEEP_EXCHANGES = timedelta(days=90)
"""How long exchanges are stored. Requests that wait for approval expire earlier."""

_IDENTIFYING = ("CN", "serialNumber")
_RETRY_AFTER = 5

_PENDING = frozenset(
    {
        EnrollmentState.RECEIVED,
        EnrollmentState.VALIDATING,
        EnrollmentState.AWAITING_APPROVAL,
        EnrollmentState.READY,
    }
)
_UNSUCCESSFUL = frozenset(
    {EnrollmentState.REFUSED, EnrollmentState.REJECTED, EnrollmentState.CANCELLED, EnrollmentState.EXPIRED}
)


class _Earlier(NamedTuple):
    """The earlier result of an exchange: a certificate to return again, or an enrollment that a new one may replace."""

    certificate: Certificate | None
    enrollment_id: UUID | None


_NOTHING_EARLIER = _Earlier(None, None)


def request_certificate(
    ctx: Context,
    client: EnrollmentClient,
    application: Application,
    exchange: bytes,
    *,
    proven_key: bytes | None = None,
    tie: InSameTransaction | None = None,
    generate_key: Callable[[], MadeKey] | None = None,
) -> Certificate:
    """Return the certificate that the client requests, or the one that the same exchange has produced already.

    `exchange` identifies the exchange within its protocol. An application with `renews` renews a certificate and does
    not use up a credential. `proven_key` is the SHA-256 of the requested key; set it if `exchange` contains a key that
    the client has proved: an earlier exchange with another credential or key is then replaced. `tie` writes rows in the
    transaction that begins the enrollment. `generate_key` returns the key of an application with a `key_type`, whose
    exchange always begins another enrollment, because the key of an earlier certificate is gone. Raises ApprovalNeeded
    while the request waits for approval; InFlight while it is being signed; Conflict if the request was rejected or
    cancelled, or has expired; Unauthenticated if a single-use credential was used; PolicyRefused for a device that is
    not listed. Other errors as `enroll`.
    """
    require_asking(client.actor)
    key = hash_exchange(client.credential.protocol, exchange)
    certificate, replaced = _find_earlier(ctx, client, key, proven_key)
    if certificate and generate_key is None:
        return certificate
    _require_listed(ctx, client, application)

    def begin(uow: UnitOfWork, enrollment_id: UUID) -> None:
        now = ctx.ports.clock.now()
        if not uow.tokens.get(client.credential.token.id).usable(now):
            raise Unauthenticated(INVALID)
        if not uow.credentials.add_exchange(key, enrollment_id, instead_of=replaced, now=now):
            raise InFlight("The same request is already in progress.", retry_after=_RETRY_AFTER)
        if client.credential.single_use and application.renews is None:
            _use(ctx, uow, client, enrollment_id)
        if tie is not None:
            tie(uow, enrollment_id)

    return admit(ctx, client.actor, application, key=generate_key() if generate_key else None, tie=begin)


def hash_exchange(protocol: EnrollmentProtocol, exchange: bytes) -> bytes:
    """Return the SHA-256 under which an exchange is stored."""
    return hashlib.sha256(protocol.encode() + b"\0" + exchange).digest()


def _use(ctx: Context, uow: UnitOfWork, client: EnrollmentClient, enrollment_id: UUID) -> None:
    """Mark a single-use credential as used. It can be used again if its enrollment failed.

    Raises Unauthenticated if it was used.
    """
    token_id = client.credential.token.id
    current = uow.credentials.find(token_id)
    used_by = None if current is None else current.enrollment_id
    if used_by is not None and uow.enrollments.get(used_by).state is not EnrollmentState.FAILED:
        raise Unauthenticated(INVALID)
    if not uow.credentials.use(token_id, enrollment_id, instead_of=used_by, now=ctx.ports.clock.now()):
        raise Unauthenticated(INVALID)
    protocol = client.credential.protocol
    uow.record(CredentialUsed(object_id=str(token_id), protocol=protocol, request=str(enrollment_id)))


def _find_earlier(ctx: Context, client: EnrollmentClient, key: bytes, proven_key: bytes | None) -> _Earlier:
    with ctx.ports.storage.read() as reader:
        enrollment_id = reader.credentials.find_exchange(key)
        if enrollment_id is None:
            return _NOTHING_EARLIER
        try:
            enrollment = reader.enrollments.get(enrollment_id)
        except NotFound:  # written, and not committed yet
            raise InFlight("The same request is already in progress.", retry_after=_RETRY_AFTER) from None
        issued = enrollment.certificate_id
        certificate = None if issued is None else reader.certificates.get(issued)
    is_others = enrollment.requested_by != client.actor.id
    if proven_key is not None and (is_others or (certificate and certificate.spki_sha256 != proven_key)):
        return _Earlier(None, enrollment_id)
    if is_others:
        raise Forbidden("The exchange belongs to another client.")
    _require_ended(ctx, client, enrollment)
    is_recent = ctx.ports.clock.now() - enrollment.changed_at < REPEAT
    if certificate is not None and is_recent and certificate.revocation is None:
        return _Earlier(certificate, enrollment_id)
    if enrollment.state in _UNSUCCESSFUL and is_recent:
        reason = f": {enrollment.reason}" if enrollment.reason else ""
        raise Conflict(f"Request {enrollment_id} is {enrollment.state}{reason}.")
    return _Earlier(None, enrollment_id)


def _require_ended(ctx: Context, client: EnrollmentClient, enrollment: Enrollment) -> None:
    """Raise ApprovalNeeded if an enrollment waits in the queue, InFlight if it is being signed."""
    if enrollment.state in _PENDING:
        raise build_needs_approval_error(ctx, client.actor, enrollment.id)
    if enrollment.state is EnrollmentState.ISSUING:
        raise InFlight("The certificate is being signed.", retry_after=_RETRY_AFTER)


def _require_listed(ctx: Context, client: EnrollmentClient, application: Application) -> None:
    """Raise PolicyRefused unless all names of the request belong to one device in the credential's list."""
    if client.credential.device_count == 0:
        return
    identities = _identities(application)
    with ctx.ports.storage.read() as reader:
        devices = reader.credentials.find_devices(client.credential.token.id, identities)
    if identities and any(identities <= device for device in devices):
        return
    message = "must name one device in the device list of the enrollment credential"
    detail = "The device is not in the device list of the enrollment credential."
    refusal = PolicyRefused(detail, errors=(FieldError("subject", "credential.devices", message),))
    terms = ctx.state.directory.consult(lambda view: view.terms(application.ca, application.profile))
    record_refusal(ctx, client.actor, terms.issuer, terms.profile, refusal)
    raise refusal


def _identities(application: Application) -> frozenset[str]:
    """Return the names of the device in a request: common names, serial numbers, and alternative names."""
    contents = application.requested
    facts = get_request_facts(application) if contents.subject is None or contents.sans is None else None
    subject = contents.subject if facts is None or contents.subject is not None else facts.subject
    sans = contents.sans if facts is None or contents.sans is not None else facts.sans
    values = [value for kind in _IDENTIFYING for value in (subject or DistinguishedName()).values(kind)]
    return frozenset(map(normalize_identity, (*values, *(one.value for one in sans or ()))))
