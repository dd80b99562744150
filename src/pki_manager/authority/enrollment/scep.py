"""SCEP (RFC 8894): requests to a CA with a profile, decided and issued as through every other protocol.

A message is encrypted to the CA's registration authority (RA). Until the client has proved that it has the key of the
request inside, every error of a message is the same one and reveals nothing about the content.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from uuid import UUID

from pki_manager.authority.enrollment.authenticate import (
    INVALID,
    EnrollmentClient,
    Origin,
    authenticate_certificate,
    require_current,
)
from pki_manager.authority.enrollment.labels import get_ca_of_part
from pki_manager.authority.enrollment.request_certificate import hash_exchange, request_certificate
from pki_manager.authority.enrollment.scep_challenge import Challenged, authenticate_challenge
from pki_manager.authority.kernel import refusal_log
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.issuers import get_chain, get_current_certificate, list_certificates_of_key
from pki_manager.authority.scep.ra import get_current_ra, get_named_ra
from pki_manager.domain.ca import KeyState
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.errors import (
    ApprovalNeeded,
    Conflict,
    InFlight,
    InvalidInput,
    NotFound,
    PkiError,
    Unauthenticated,
)
from pki_manager.domain.protocols.scep import MessageType
from pki_manager.domain.queue import Application
from pki_manager.domain.request import RequestedContents, RequestFacts
from pki_manager.domain.rights.actor import ANONYMOUS, EnrollmentProtocol
from pki_manager.ports.unit_of_work import Reader
from pki_manager.x509 import export, parse, scep
from pki_manager.x509.cms import enveloped, signed
from pki_manager.x509.cms.content import IssuerAndSerial
from pki_manager.x509.cms.enveloped import ContentCipher
from pki_manager.x509.cms.signed import ToSign
from pki_manager.x509.scep import CertRep, ScepRequest

UNREADABLE = "scep.content"
OLD_ALGORITHM = "scep.algorithm"
UNKNOWN_TYPE = "scep.message_type"

_PROTOCOL = EnrollmentProtocol.SCEP
_SHA_1 = "sha1"
_RETRY_AFTER = 5
_WAITING = frozenset(
    {
        EnrollmentState.RECEIVED,
        EnrollmentState.VALIDATING,
        EnrollmentState.AWAITING_APPROVAL,
        EnrollmentState.READY,
        EnrollmentState.ISSUING,
    }
)


@dataclass(frozen=True, slots=True)
class ScepTarget:
    """The CA and the profile that a path names."""

    ca_id: UUID
    profile: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A message after decryption. The response is encrypted with the same cipher."""

    request: ScepRequest
    content: bytes
    cipher: ContentCipher

    @property
    def is_legacy(self) -> bool:
        return _is_legacy(self.request, self.cipher)


def find_target(ctx: Context, part: str, profile: str) -> ScepTarget:
    """Return the CA and the profile that a path names. The CA is named by its path part, ID, or name.

    Raises NotFound if there is no such CA or profile.
    """
    with ctx.ports.storage.read() as reader:
        ca = get_ca_of_part(reader, part)
        reader.profiles.get(profile)
    return ScepTarget(ca.id, profile)


def list_ca_certificates(ctx: Context, target: ScepTarget) -> bytes:
    """Return the RA certificate and the CA's chain as certs-only CMS (RFC 8894 §4.2.1.2).

    Raises NotFound if the CA has no RA.
    """
    ra = get_current_ra(ctx, target.ca_id)
    with ctx.ports.storage.read() as reader:
        chain = get_chain(reader, get_current_certificate(reader, reader.issuer_keys.get_current(target.ca_id)))
    return export.encode_certificates_only([ra.certificate.der, *(one.der for one in chain)])


def sign_next_ca_certificate(ctx: Context, target: ScepTarget) -> bytes:
    """Return the certificate of the CA's next key, signed by the RA (RFC 8894 §4.7.1).

    Raises NotFound if no rotation is planned.
    """
    with ctx.ports.storage.read() as reader:
        keys = reader.issuer_keys.list_by_ca(target.ca_id)
        waiting = next((key for key in keys if key.state is KeyState.NEXT), None)
        held = list_certificates_of_key(reader, waiting.id) if waiting else []
    if not held:
        raise NotFound("The CA has no next certificate. Rotate its key first.")
    return sign_as_ra(ctx, target, export.encode_certificates_only([held[0].der]))


def admits_legacy(ctx: Context, target: ScepTarget) -> bool:
    """Return whether a credential of the CA and the profile allows 3DES and SHA-1."""
    with ctx.ports.storage.read() as reader:
        return reader.credentials.has_legacy(target.ca_id, target.profile, ctx.ports.clock.now())


def get_response_hash(ctx: Context, target: ScepTarget, request: ScepRequest) -> str:
    """Return the hash that the response to a request is signed with: SHA-256, or SHA-1 for an admitted old client."""
    is_old = request.signed.hash_name == _SHA_1 and admits_legacy(ctx, target)
    return _SHA_1 if is_old else "sha256"


def sign_as_ra(
    ctx: Context, target: ScepTarget, content: bytes, rep: CertRep | None = None, hash_name: str = "sha256"
) -> bytes:
    """Return a message with this content, signed by the RA (CMS, DER). Errors as `get_current_ra`."""
    ra = get_current_ra(ctx, target.ca_id)
    attributes = {} if rep is None else rep.attributes()
    prepared: ToSign = signed.prepare_signed(content, attributes, ra.named, [ra.certificate.der], hash_name=hash_name)
    signature = ctx.ports.ra_keys.sign(ra.spki_der, prepared.attributes_der, hash_name)
    return signed.build_signed_message(prepared, signature)


def respond(ctx: Context, target: ScepTarget, request: ScepRequest, origin: Origin) -> bytes:
    """Return the requested certificates or CRL, encrypted to the key that signed the message.

    Raises InFlight and ApprovalNeeded while a request waits; InvalidInput with the rule UNREADABLE for every error of
    the content, OLD_ALGORITHM for an outdated algorithm, and UNKNOWN_TYPE for an unknown message type; Unauthenticated
    for an invalid credential or certificate; NotFound if what was requested does not exist; Conflict if an earlier
    request has failed. For certificate requests, other errors as `request_certificate`.
    """
    if request.kind in (None, MessageType.CERT_REP):
        raise InvalidInput.of("message", UNKNOWN_TYPE, f"has type {request.message_type}, which no request has")
    opened = _open(ctx, target, request)
    match request.kind:
        case MessageType.PKCS_REQ | MessageType.RENEWAL_REQ:
            answer = _certs_only(_enroll(ctx, target, opened, origin))
        case MessageType.CERT_POLL:
            answer = _certs_only(_poll(ctx, target, opened))
        case MessageType.GET_CERT:
            answer = _certs_only(_get_certificate(ctx, opened, origin))
        case _:
            answer = signed.build_crl_only(_get_crl(ctx, target, opened))
    return _encrypt(ctx, opened, answer)


def _certs_only(certificate: Certificate) -> bytes:
    """Return the certificate alone as CMS: phones take the first one for theirs, and the chain is in GetCACert."""
    return export.encode_certificates_only([certificate.der])


def _open(ctx: Context, target: ScepTarget, request: ScepRequest) -> Opened:
    envelope = enveloped.read_enveloped(request.signed.content)
    if _is_legacy(request, envelope.cipher) and not admits_legacy(ctx, target):
        raise _old_algorithm()
    for recipient in envelope.recipients:
        try:
            ra = get_named_ra(ctx, target.ca_id, recipient.certificate)
        except NotFound:
            continue
        key = ctx.ports.ra_keys.decrypt(ra.spki_der, recipient.wrapped_key, recipient.transport)
        if key is None or len(key) != envelope.cipher.key_size:
            # With a random key the message fails later in the same way, so a client cannot see that the padding failed.
            key = ctx.ports.entropy.token(envelope.cipher.key_size)
        return Opened(request, enveloped.decrypt(envelope, key), envelope.cipher)
    raise InvalidInput.of(
        "message",
        "scep.recipient",
        "is not encrypted to the registration authority; get its certificate with GetCACert",
    )


def _is_legacy(request: ScepRequest, cipher: ContentCipher) -> bool:
    return cipher.is_legacy or request.signed.hash_name == _SHA_1


def _old_algorithm() -> InvalidInput:
    message = "uses 3DES or SHA-1; configure the client to use AES and SHA-256"
    return InvalidInput.of("message", OLD_ALGORITHM, message)


def _require_algorithms(opened: Opened, client: EnrollmentClient) -> None:
    if opened.is_legacy and not client.credential.legacy_algorithms:
        raise _old_algorithm()


def _encrypt(ctx: Context, opened: Opened, content: bytes) -> bytes:
    sender, cipher = opened.request.signed, opened.cipher
    key, iv = ctx.ports.entropy.token(cipher.key_size), ctx.ports.entropy.token(cipher.block_size)
    return enveloped.encrypt(content, sender.signer, sender.spki_der, cipher=cipher, key=key, iv=iv)


def _unreadable() -> InvalidInput:
    message = "cannot be decrypted, or does not contain what its type says, proved with the client's key"
    return InvalidInput.of("message", UNREADABLE, message)


def _enroll(ctx: Context, target: ScepTarget, opened: Opened, origin: Origin) -> Certificate:
    try:
        facts = parse.parse_csr(opened.content)
        challenge = scep.read_challenge(opened.content)
    except InvalidInput:
        raise _unreadable() from None
    is_own_key = facts.key.spki_der == opened.request.signed.spki_der
    if opened.request.kind is MessageType.PKCS_REQ and challenge is not None:
        if not is_own_key:
            raise _unreadable()
        return _request(ctx, target, opened, facts, _authenticate(ctx, target, opened, challenge, origin), None)
    # A client of before RFC 8894 renews with PKCSReq, too.
    try:
        old = require_current(ctx, opened.request.signed.certificate_der)
        client = authenticate_certificate(ctx, _PROTOCOL, old, origin)
        _require_target(client, target)
    except Unauthenticated as error:
        _note(ctx, None, target, origin, error)
        raise
    return _request(ctx, target, opened, facts, client, old)


def _authenticate(ctx: Context, target: ScepTarget, opened: Opened, challenge: str, origin: Origin) -> EnrollmentClient:
    challenged = Challenged(
        ca_id=target.ca_id,
        profile=target.profile,
        transaction_id=opened.request.transaction_id,
        csr_der=opened.content,
        challenge=challenge,
    )
    try:
        return authenticate_challenge(ctx, challenged, origin)
    except PkiError as error:
        _note(ctx, None, target, origin, error)
        raise


def _require_target(client: EnrollmentClient, target: ScepTarget) -> None:
    if (client.credential.ca_id, client.credential.profile) != (target.ca_id, target.profile):
        raise Unauthenticated(INVALID)


def _request(
    ctx: Context,
    target: ScepTarget,
    opened: Opened,
    facts: RequestFacts,
    client: EnrollmentClient,
    old: Certificate | None,
) -> Certificate:
    try:
        _require_algorithms(opened, client)
        application = _application(target, opened, facts, old)
        exchange = _exchange(target, opened.request)
        return request_certificate(ctx, client, application, exchange, proven_key=facts.key.spki_sha256)
    except (ApprovalNeeded, InFlight):
        raise
    except PkiError as error:
        _note(ctx, client, target, None, error)
        raise


def _application(target: ScepTarget, opened: Opened, facts: RequestFacts, old: Certificate | None) -> Application:
    """Return the application for a PKCS #10 request whose client may use the algorithms of the message.

    Policy refuses requests signed with SHA-1. For a client that may use SHA-1, the application contains only the key:
    `parse_csr` has verified that the client has it.
    """
    application = Application(
        ca=str(target.ca_id),
        profile=target.profile,
        csr_der=opened.content,
        requested=RequestedContents() if old is None else _same_names(old, facts),
        renews=None if old is None else old.id,
    )
    if not opened.is_legacy or facts.signature_hash != _SHA_1 or facts.other_names:
        return application
    names = RequestedContents(subject=facts.subject, sans=facts.sans or None)
    return replace(
        application,
        csr_der=None,
        spki_der=facts.key.spki_der,
        requested=names if old is None else application.requested,
        requested_extensions=facts.requested_extensions,
        extension_values=facts.extension_values,
    )


def _same_names(old: Certificate, facts: RequestFacts) -> RequestedContents:
    """Return the names of the certificate that is renewed. Raises InvalidInput if the request has other names.

    A request may omit names, because clients do not know those that the profile has added.
    """
    names = parse.parse_certificate(old.der)
    is_known = set(facts.subject.attributes()) <= set(names.subject.attributes()) and set(facts.sans) <= set(names.sans)
    if not is_known or facts.other_names:
        message = "must have no other names than the certificate that it renews"
        raise InvalidInput.of("csr", "renewal.names", message)
    return RequestedContents(subject=names.subject, sans=names.sans)


def _exchange(target: ScepTarget, request: ScepRequest) -> bytes:
    """Return the ID of the exchange: a transactionID is unique only for one client key and one path."""
    key = hashlib.sha256(request.signed.spki_der).digest()
    return b"\0".join((target.ca_id.bytes, key, target.profile.encode(), request.transaction_id.encode()))


def _note(
    ctx: Context, client: EnrollmentClient | None, target: ScepTarget, origin: Origin | None, error: PkiError
) -> None:
    actor = replace(ANONYMOUS, via=_PROTOCOL.value, peer=origin.peer if origin else None)
    path = f"{target.ca_id}/{target.profile}"
    refusal_log.record_refusal(ctx, actor if client is None else client.actor, "scep.enroll", path, error)


def _poll(ctx: Context, target: ScepTarget, opened: Opened) -> Certificate:
    """Return the certificate of an earlier request with the same transactionID and key (RFC 8894 §3.3.3).

    Raises NotFound if there is no such request; InFlight while it waits; Conflict if it has failed.
    """
    try:
        scep.read_issuer_and_subject(opened.content)
    except InvalidInput:
        raise _unreadable() from None
    with ctx.ports.storage.read() as reader:
        found = reader.credentials.find_exchange(hash_exchange(_PROTOCOL, _exchange(target, opened.request)))
        if found is None:
            raise NotFound("No request with this transactionID and key found.")
        enrollment = reader.enrollments.get(found)
        if enrollment.certificate_id is not None:
            return reader.certificates.get(enrollment.certificate_id)
    if enrollment.state in _WAITING:
        raise InFlight(f"Request {found} is {enrollment.state}.", retry_after=_RETRY_AFTER)
    reason = f": {enrollment.reason}" if enrollment.reason else ""
    raise Conflict(f"Request {found} is {enrollment.state}{reason}.")


def _get_certificate(ctx: Context, opened: Opened, origin: Origin) -> Certificate:
    """Return a certificate that the same credential requested (RFC 8894 §3.3.4).

    Raises NotFound for any other certificate, so that its existence is not revealed.
    """
    named = _named(opened)
    own = require_current(ctx, opened.request.signed.certificate_der)
    client = authenticate_certificate(ctx, _PROTOCOL, own, origin)
    _require_algorithms(opened, client)
    with ctx.ports.storage.read() as reader:
        for one in _find_certificates(reader, named):
            if one.requested_by == client.actor.id:
                return one
    raise NotFound("Certificate not found.")


def _get_crl(ctx: Context, target: ScepTarget, opened: Opened) -> bytes:
    """Return the CRL with the status of a certificate of the CA (RFC 8894 §3.3.5). CRLs are public."""
    named = _named(opened)
    with ctx.ports.storage.read() as reader:
        for one in _find_certificates(reader, named):
            record = reader.crls.find_current(one.issuer_key_id) if one.ca_id == target.ca_id else None
            if record is not None:
                return record.der
    raise NotFound("No CRL for this certificate is published.")


def _named(opened: Opened) -> IssuerAndSerial:
    try:
        return scep.read_issuer_and_serial(opened.content)
    except InvalidInput:
        raise _unreadable() from None


def _find_certificates(reader: Reader, named: IssuerAndSerial) -> list[Certificate]:
    held = reader.certificates.find_many(reader.certificates.find_ids_by_serials([named.serial]))
    return [one for one in held if parse.parse_certificate(one.der).issuer_der == named.issuer_der]
