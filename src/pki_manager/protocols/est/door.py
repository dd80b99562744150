"""EST operations: authentication by HTTP Basic, a TLS client certificate, or both, and the CA and profile."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from uuid import UUID

from pki_manager.authority.enrollment import ca_certificates
from pki_manager.authority.enrollment.authenticate import (
    EnrollmentClient,
    Origin,
    authenticate_certificate,
    authenticate_secret,
    require_current,
)
from pki_manager.authority.enrollment.reenroll import reenroll
from pki_manager.authority.enrollment.request_certificate import request_certificate
from pki_manager.authority.kernel import refusal_log
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.requests import server_keys
from pki_manager.authority.requests.server_keys import ServerKey
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import ApprovalNeeded, Forbidden, InFlight, NotFound, PkiError, Unauthenticated
from pki_manager.domain.queue import Application
from pki_manager.domain.request import RequestedContents
from pki_manager.domain.rights.actor import EnrollmentProtocol
from pki_manager.protocols.est import wire

EST = EnrollmentProtocol.EST

_NO_PASSWORD = "Send the user name and the password of an EST credential as HTTP Basic."
_NO_CERTIFICATE = "Present the certificate to renew as the TLS client certificate."


@dataclass(frozen=True, slots=True, kw_only=True)
class EstRequest:
    """A request as received over TLS. `certificate` (DER) is the TLS client certificate."""

    label: str | None
    authorization: str = field(repr=False)
    certificate: bytes | None
    media_type: str
    body: bytes
    origin: Origin


def get_ca_certificates(ctx: Context, request: EstRequest) -> tuple[bytes, ...]:
    """Return CA certificates (RFC 7030 §4.1), without authentication.

    The label selects the CA. Without a label, the credential of HTTP Basic selects it; without both, it is the only
    issuing CA.
    """
    if request.label is not None:
        ca_id, _ = ca_certificates.get_label_target(ctx, request.label)
    else:
        client = _client_by_password(ctx, request)
        ca_id = ca_certificates.get_only_issuing_ca(ctx) if client is None else _target(ctx, request, client)[0]
    return ca_certificates.list_ca_certificates(ctx, ca_id)


def get_csr_attributes(ctx: Context, request: EstRequest) -> bytes:
    """Return CSR attributes (RFC 7030 §4.5), without authentication if there is a label.

    Without a label, the profile of the HTTP Basic credential applies. Raises Unauthenticated if that credential is
    missing or wrong.
    """
    if request.label is not None:
        return ca_certificates.get_csr_attributes(ctx, ca_certificates.get_label_target(ctx, request.label)[1])
    client = _client_by_password(ctx, request)
    if client is None:
        raise Unauthenticated(_NO_PASSWORD)
    return ca_certificates.get_csr_attributes(ctx, _target(ctx, request, client)[1])


def enroll(ctx: Context, request: EstRequest) -> Certificate:
    """Issue a certificate to the client with a credential's username and password (RFC 7030 §4.2.1).

    Raises Unauthenticated if they are missing or wrong.
    """
    client = _client_by_password(ctx, request)
    if client is None:
        raise Unauthenticated(_NO_PASSWORD)
    try:
        csr_der = wire.read_csr(request.media_type, request.body)
        ca_id, profile = _target(ctx, request, client)
        application = Application(ca=str(ca_id), profile=profile, csr_der=csr_der, requested=RequestedContents())
        return request_certificate(ctx, client, application, _exchange(client, b"enroll", csr_der))
    except PkiError as error:
        _note(ctx, client, "simpleenroll", request, error)
        raise


def enroll_with_server_key(ctx: Context, request: EstRequest) -> ServerKey:
    """Generate a key and issue its certificate (RFC 7030 §4.4), for a credential's username and password.

    Raises Unauthenticated if they are missing or wrong; Forbidden if the credential does not allow the label or
    server-generated keys.
    """
    client = _client_by_password(ctx, request)
    if client is None:
        raise Unauthenticated(_NO_PASSWORD)
    try:
        csr_der = wire.read_csr(request.media_type, request.body)
        _target(ctx, request, client)
        exchange = _exchange(client, b"serverkeygen", csr_der)
        return server_keys.enroll_with_server_key(ctx, client, csr_der, exchange, request.certificate)
    except PkiError as error:
        _note(ctx, client, "serverkeygen", request, error)
        raise


def renew(ctx: Context, request: EstRequest) -> Certificate:
    """Renew the certificate of the TLS client (RFC 7030 §4.2.2).

    The client authenticates with the certificate, which acts as its credential, or with HTTP Basic. Raises
    Unauthenticated if the certificate is missing or not valid, or if the password is wrong; Forbidden if the credential
    is for another CA, profile, or label.
    """
    by_password = _client_by_password(ctx, request)
    if request.certificate is None:
        raise Unauthenticated(_NO_CERTIFICATE)
    certificate = require_current(ctx, request.certificate)
    client = by_password or authenticate_certificate(ctx, EST, certificate, request.origin)
    try:
        csr_der = wire.read_csr(request.media_type, request.body)
        if _target(ctx, request, client) != (certificate.ca_id, certificate.profile):
            raise Forbidden("The certificate was issued by another CA or profile than the credential is for.")
        return reenroll(ctx, client, certificate, csr_der, _exchange(client, certificate.id.bytes, csr_der))
    except PkiError as error:
        _note(ctx, client, "simplereenroll", request, error)
        raise


def _client_by_password(ctx: Context, request: EstRequest) -> EnrollmentClient | None:
    """Return the client with these HTTP Basic credentials, or None without any.

    Raises Unauthenticated if they are wrong.
    """
    basic = wire.read_basic(request.authorization)
    if basic is None:
        return None
    user, password = basic
    return authenticate_secret(ctx, EST, password, request.origin, identifier=user)


def _target(ctx: Context, request: EstRequest, client: EnrollmentClient) -> tuple[UUID, str]:
    """Return the CA and the profile of the client's credential.

    Raises NotFound if the credential is not limited to one CA and profile; Forbidden if the label is for others.
    """
    ca_id, profile = client.credential.ca_id, client.credential.profile
    if ca_id is None or profile is None:
        raise NotFound("The credential is not limited to one CA and one profile.")
    if request.label is not None and ca_certificates.get_label_target(ctx, request.label) != (ca_id, profile):
        raise Forbidden("The credential is for another EST label.")
    return ca_id, profile


def _exchange(client: EnrollmentClient, purpose: bytes, csr_der: bytes) -> bytes:
    """Return a key that identifies repeated requests: the same CSR, for the same purpose, by the same client."""
    return client.credential.token.id.bytes + hashlib.sha256(csr_der).digest() + purpose


def _note(ctx: Context, client: EnrollmentClient, operation: str, request: EstRequest, error: PkiError) -> None:
    if not isinstance(error, Unauthenticated | ApprovalNeeded | InFlight):
        refusal_log.record_refusal(ctx, client.actor, operation, request.label or "", error)
