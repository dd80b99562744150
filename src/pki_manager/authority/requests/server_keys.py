"""Enrollment by EST clients with a key that the server generates (RFC 7030 §4.4): held in memory, returned once.

`request_certificate` decides on the request, with the first key type of the profile. A request that waits for approval
has no key: the key is generated when the client sends the request again after the approval. A repeated request after
that gets another key and another certificate, because the key of the first one is not stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from pki_manager.authority.enrollment.authenticate import EnrollmentClient, require_current
from pki_manager.authority.enrollment.request_certificate import request_certificate
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.request_view import RequestView
from pki_manager.authority.requests.issue_approved import issue_with_key
from pki_manager.authority.scep.ra import ensure_ra, get_current_ra
from pki_manager.domain.algorithms import KeyFamily, get_key_type
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.errors import ApprovalNeeded, InvalidInput
from pki_manager.domain.events.rights import CredentialKeyGenerated
from pki_manager.domain.queue import Application, QueuedRequest
from pki_manager.domain.request import RequestedContents
from pki_manager.x509 import parse
from pki_manager.x509.cms import enveloped, signed
from pki_manager.x509.cms.content import SIGNED_DATA, IssuerAndSerial
from pki_manager.x509.cms.enveloped import AES_256, ContentCipher
from pki_manager.x509.made_key import MadeKey, make_key
from pki_manager.x509.server_key import (
    ASYMMETRIC_KEY_PACKAGE,
    KeyProtection,
    allows_key_transport,
    build_key_package,
    parse_server_key_request,
)

KEY_ID, ALGORITHM = "est.decrypt_key", "est.key_encryption"


@dataclass(frozen=True, slots=True)
class ServerKey:
    """A certificate with the key that was generated for it.

    `key_der` is OneAsymmetricKey (DER, not encrypted), or an EnvelopedData (CMS) if `is_encrypted`.
    """

    certificate: Certificate
    key_der: bytes = field(repr=False)
    is_encrypted: bool


@dataclass(frozen=True, slots=True)
class _Recipient:
    """The certificate that a key is encrypted to, and the cipher."""

    named: IssuerAndSerial
    spki_der: bytes
    fingerprint_sha256: bytes
    cipher: ContentCipher


def enroll_with_server_key(
    ctx: Context, client: EnrollmentClient, csr_der: bytes, exchange: bytes, client_certificate: bytes | None
) -> ServerKey:
    """Generate a key and issue its certificate. The key and the signature of the CSR are ignored.

    `client_certificate` (DER) is the certificate of the TLS handshake. If the CSR requests encryption in addition to
    TLS, the key is encrypted to that certificate, which the CSR must name. Raises InvalidInput if that is impossible;
    Forbidden if the credential does not allow server-generated keys. Other errors as `request_certificate`.
    """
    ca_id, profile = client.credential.ca_id, client.credential.profile or ""
    request = parse_server_key_request(csr_der)
    recipient = None if request.protection is None else _find_recipient(ctx, request.protection, client_certificate)
    if recipient is not None and ca_id is not None:
        ensure_ra(ctx, ca_id)
    with ctx.ports.storage.read() as reader:
        generated = get_key_type(reader.profiles.get(profile).key_types[0])
    application = Application(
        ca=str(ca_id),
        profile=profile,
        key_type=generated.name,
        requested=RequestedContents(subject=request.subject, sans=request.sans),
        requested_extensions=tuple(oid for oid, _ in request.extensions),
        extension_values=request.extensions,
    )

    @lru_cache(maxsize=1)
    def generate() -> MadeKey:
        return make_key(generated)

    try:
        certificate = request_certificate(ctx, client, application, exchange, generate_key=generate)
    except ApprovalNeeded as waiting:
        approved = _require_approved(waiting)
        key = make_key(get_key_type(approved.application.key_type or generated.name))
        certificate = issue_with_key(ctx, client.actor, approved.enrolment.id, key)
        return _deliver(ctx, client, certificate, key, recipient)
    return _deliver(ctx, client, certificate, generate(), recipient)


def _require_approved(waiting: ApprovalNeeded) -> QueuedRequest:
    """Return the request that the error is about if it can be issued now. Otherwise, raise the error again."""
    view = waiting.subject
    if isinstance(view, RequestView) and view.request.enrolment.state is EnrollmentState.READY:
        return view.request
    raise waiting


def _find_recipient(ctx: Context, protection: KeyProtection, certificate_der: bytes | None) -> _Recipient:
    """Return the recipient that the key is encrypted to.

    Raises InvalidInput if there is no suitable one, so that a key is never returned without requested encryption.
    """
    if protection.key_id is None:
        message = (
            "must name the key to encrypt to with AsymmetricDecryptKeyIdentifier; symmetric keys are not supported"
        )
        raise InvalidInput.of("csr", KEY_ID, message)
    held = None if certificate_der is None else require_current(ctx, certificate_der)
    facts = None if held is None else parse.parse_certificate(held.der)
    if held is None or facts is None or facts.subject_key_identifier != protection.key_id:
        message = "must name the subjectKeyIdentifier of the TLS client certificate as AsymmetricDecryptKeyIdentifier"
        raise InvalidInput.of("csr", KEY_ID, message)
    if facts.key.family is not KeyFamily.RSA or not allows_key_transport(held.der):
        message = "must name a certificate with an RSA key and keyEncipherment, or without keyUsage"
        raise InvalidInput.of("csr", KEY_ID, message)
    ciphers = (AES_256,) if protection.ciphers is None else protection.ciphers
    if not ciphers:
        message = "must list AES-128-CBC, AES-192-CBC, or AES-256-CBC in SMIMECapabilities"
        raise InvalidInput.of("csr", ALGORITHM, message)
    named = IssuerAndSerial(facts.issuer_der, facts.serial)
    return _Recipient(named, facts.key.spki_der, held.fingerprint_sha256, ciphers[0])


def _deliver(
    ctx: Context, client: EnrollmentClient, certificate: Certificate, key: MadeKey, recipient: _Recipient | None
) -> ServerKey:
    """Store the audit event, then return the key, encrypted if there is a recipient."""
    key_der = key.pkcs8() if recipient is None else _encrypt(ctx, certificate.ca_id, key, recipient)
    with ctx.ports.storage.begin(client.actor) as uow:
        uow.record(
            CredentialKeyGenerated(
                object_id=str(client.credential.token.id),
                protocol=client.credential.protocol,
                certificate=str(certificate.id),
                key_type=certificate.key_type,
                encrypted_to=None if recipient is None else recipient.fingerprint_sha256.hex(),
            )
        )
    return ServerKey(certificate, key_der, recipient is not None)


def _encrypt(ctx: Context, ca_id: UUID, key: MadeKey, recipient: _Recipient) -> bytes:
    """Return an EnvelopedData with the key package, signed by the CA's registration authority (RFC 7030 §4.4.2)."""
    ra = get_current_ra(ctx, ca_id)
    package = build_key_package(key.pkcs8())
    prepared = signed.prepare_signed(package, {}, ra.named, [ra.certificate.der], ASYMMETRIC_KEY_PACKAGE)
    signature = ctx.ports.ra_keys.sign(ra.spki_der, prepared.attributes_der)
    cipher = recipient.cipher
    return enveloped.encrypt(
        signed.build_signed_data(prepared, signature),
        recipient.named,
        recipient.spki_der,
        cipher=cipher,
        key=ctx.ports.entropy.token(cipher.key_size),
        iv=ctx.ports.entropy.token(cipher.block_size),
        content_type=SIGNED_DATA,
    )
