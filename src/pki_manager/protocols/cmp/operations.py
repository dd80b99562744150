"""The operation of each kind of CMP message (RFC 9483 §4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pki_manager.authority.cmp import enroll, information, transactions
from pki_manager.authority.cmp.enroll import EnrollmentProgress, NewTransaction, build_application, update_of
from pki_manager.authority.cmp.revoke import revoke_certificate
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.signing.chains import find_chains
from pki_manager.domain.ca import CertificateAuthority
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.protocols.cmp import CmpTransaction
from pki_manager.domain.queue import Application
from pki_manager.domain.request import RequestedContents
from pki_manager.protocols.cmp import errors
from pki_manager.protocols.cmp.protection import Sender
from pki_manager.x509 import parse
from pki_manager.x509.cmp import bodies, build
from pki_manager.x509.cmp.build import StatusInfo
from pki_manager.x509.cmp.identifiers import BodyType, CmpStatus
from pki_manager.x509.cmp.message import Message
from pki_manager.x509.cmp.template import CertificateName, TemplateRequest, encode_name

_P10CR_NUMBER = -1
"""certReqId of a response to p10cr (RFC 9483 §4.1.4)."""

_WAITING = "The request waits for approval."
_RESPONSES = {
    BodyType.IR: BodyType.IP,
    BodyType.CR: BodyType.CP,
    BodyType.P10CR: BodyType.CP,
    BodyType.KUR: BodyType.KUP,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CmpCall:
    """An authenticated message to a CA and profile. `nonce` is the senderNonce of the response."""

    message: Message
    sender: Sender
    ca: CertificateAuthority
    profile: str
    transaction_id: bytes
    nonce: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CmpResult:
    """The body of a response. `transaction` determines its confirmation header; `certificates` go into extraCerts."""

    kind: BodyType
    content: bytes
    transaction: CmpTransaction | None = None
    certificates: tuple[bytes, ...] = ()


def request_initial(ctx: Context, call: CmpCall) -> CmpResult:
    """Handle ir and cr: request a certificate with a template and proof of possession."""
    _require_enrolling(call)
    request = bodies.read_certificate_request(call.message.body)
    return _request(
        ctx, call, request.id, build_application(request, call.ca.id, call.profile, by_ra=call.sender.is_ra)
    )


def request_pkcs10(ctx: Context, call: CmpCall) -> CmpResult:
    """Handle p10cr: request a certificate with a PKCS #10 CSR."""
    _require_enrolling(call)
    application = Application(
        ca=str(call.ca.id), profile=call.profile, csr_der=call.message.body, requested=RequestedContents()
    )
    return _request(ctx, call, _P10CR_NUMBER, application)


def request_update(ctx: Context, call: CmpCall) -> CmpResult:
    """Handle kur: request another certificate with the names of the one that signed the message."""
    if call.sender.signer is None or call.sender.is_ra:
        raise _wrong_protection("kur must be signed with the certificate that is updated")
    request: TemplateRequest = bodies.read_certificate_request(call.message.body)
    return _request(ctx, call, request.id, update_of(request, call.sender.signer))


def poll(ctx: Context, call: CmpCall) -> CmpResult:
    """Handle pollReq: return the certificate, or when to poll again."""
    found = _transaction(ctx, call, bodies.read_poll(call.message.body))
    progress = enroll.poll(ctx, found, call.nonce)
    if progress.certificate is None:
        content = build.poll_response(found.request_number, progress.check_after, _WAITING)
        return CmpResult(kind=BodyType.POLL_REP, content=content)
    return _progress(ctx, progress)


def confirm(ctx: Context, call: CmpCall) -> CmpResult:
    """Handle certConf, with which the client accepts or rejects the certificate."""
    confirmation = bodies.read_confirmation(call.message.body)
    found = _transaction(ctx, call, None if confirmation is None else confirmation.request_id)
    enroll.confirm(ctx, call.sender.client, found, confirmation)
    return CmpResult(kind=BodyType.PKI_CONF, content=build.build_pki_conf())


def revoke(ctx: Context, call: CmpCall) -> CmpResult:
    """Handle rr: revoke a certificate."""
    revocation = bodies.read_revocation(call.message.body)
    signer = None if call.sender.is_ra else call.sender.signer
    revoked = revoke_certificate(ctx, call.sender.client, signer, revocation)
    facts = parse.parse_certificate(revoked.der)
    name = encode_name(CertificateName(facts.issuer_der, facts.serial))
    return CmpResult(kind=BodyType.RP, content=build.build_revocation_response(StatusInfo(CmpStatus.ACCEPTED), name))


def inform(ctx: Context, call: CmpCall) -> CmpResult:
    """Handle genm: return general information."""
    profile = ctx.state.directory.consult(lambda view: view.profile(call.profile))
    requested = bodies.read_information(call.message.body)
    answers = information.answer(ctx, call.ca.id, profile, requested)
    return CmpResult(kind=BodyType.GENP, content=build.build_information(answers))


@dataclass(frozen=True, slots=True)
class CmpOperation:
    """A CMP operation. `name` is its name in the audit log."""

    name: str
    run: Callable[[Context, CmpCall], CmpResult]


OPERATIONS: Mapping[BodyType, CmpOperation] = {
    BodyType.IR: CmpOperation("cmp.initialization", request_initial),
    BodyType.CR: CmpOperation("cmp.certification", request_initial),
    BodyType.P10CR: CmpOperation("cmp.pkcs10", request_pkcs10),
    BodyType.KUR: CmpOperation("cmp.key_update", request_update),
    BodyType.POLL_REQ: CmpOperation("cmp.poll", poll),
    BodyType.CERT_CONF: CmpOperation("cmp.confirm", confirm),
    BodyType.RR: CmpOperation("cmp.revoke", revoke),
    BodyType.GENM: CmpOperation("cmp.general", inform),
}
"""CMP operations by the kind of message. The server rejects messages of other kinds."""


def find_operation(kind: BodyType) -> CmpOperation:
    """Return the operation of a kind of message. Raises InvalidInput for a kind that only servers send."""
    found = OPERATIONS.get(kind)
    if found is None:
        raise InvalidInput.of("body", "cmp.body", f"{kind.name.lower()} is not a request")
    return found


def _request(ctx: Context, call: CmpCall, number: int, application: Application) -> CmpResult:
    new = NewTransaction(
        body_type=call.message.kind,
        request_number=number,
        transaction_id=call.transaction_id,
        nonce=call.nonce,
        implicit_confirm=call.message.header.implicit_confirm,
    )
    return _progress(ctx, enroll.request(ctx, call.sender.client, new, application))


def _progress(ctx: Context, progress: EnrollmentProgress) -> CmpResult:
    transaction, certificate = progress.transaction, progress.certificate
    kind, number = _RESPONSES[BodyType(transaction.body_type)], transaction.request_number
    if certificate is None:
        status = StatusInfo(CmpStatus.WAITING, _WAITING)
        return CmpResult(kind=kind, content=build.build_certificate_response(number, status))
    chain = _chain(ctx, certificate)
    roots = chain[-1:] if kind is BodyType.IP else ()
    content = build.build_certificate_response(number, StatusInfo(CmpStatus.ACCEPTED), certificate.der, roots)
    return CmpResult(kind=kind, content=content, transaction=transaction, certificates=chain)


def _chain(ctx: Context, certificate: Certificate) -> tuple[bytes, ...]:
    """Return the certificates above a certificate (DER), the root last."""
    with ctx.ports.storage.read() as reader:
        return tuple(one.der for one in find_chains(reader, certificate, ctx.ports.clock.now()).usual[1:])


def _transaction(ctx: Context, call: CmpCall, number: int | None) -> CmpTransaction:
    nonce = call.message.header.recipient_nonce
    return transactions.find_transaction(ctx, call.sender.client.actor, call.transaction_id, number, nonce)


def _require_enrolling(call: CmpCall) -> None:
    if call.sender.mac is None and not call.sender.is_ra:
        kind = call.message.kind.name.lower()
        raise _wrong_protection(f"{kind} must be protected with the secret or the RA certificate of a credential")


def _wrong_protection(message: str) -> InvalidInput:
    return InvalidInput.of("protection", errors.WRONG_PROTECTION, message)
