"""Authentication of enrollment clients: the credential that a client proves to have, and the resulting actor.

A protocol uses one of three functions, by what the client sends:

- `authenticate_secret`: the secret itself (EST password, SCEP challenge).
- `authenticate_mac`: a MAC computed with the secret (CMP); the protocol verifies it in a callback.
- `authenticate_certificate`: a certificate that was issued with a credential, whose key the client proved in the TLS
  handshake or by a signature. It acts as that credential (EST re-enrollment, SCEP renewal, CMP key update).

Each returns an `EnrollmentClient` or raises Unauthenticated with one text for every reason. Its `actor` is the
credential's token with its present permissions, and `via` is the protocol; revoked and expired credentials are refused.
Certificates are then requested with `request_certificate`. A single-use credential is used up there, in the transaction
that begins the enrollment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from pki_manager.authority.enrollment.credentials import get_sealing_context
from pki_manager.authority.kernel import current_rights
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.secrets import hash_of
from pki_manager.authority.rights.tokens import touch
from pki_manager.domain.certificate import Certificate, CertificateKind
from pki_manager.domain.errors import InvalidInput, Unauthenticated
from pki_manager.domain.ids import is_uuid
from pki_manager.domain.rights.actor import Actor, EnrollmentProtocol
from pki_manager.domain.rights.credential import Credential
from pki_manager.ports.unit_of_work import Reader
from pki_manager.x509 import parse

INVALID = "The enrollment credential is not valid."

_TOKEN = "token:"


@dataclass(frozen=True, slots=True)
class EnrollmentClient:
    """An authenticated client: its credential, and the actor that it acts as."""

    credential: Credential
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The origin of a message: the address of the client, and the ID of the HTTP request."""

    peer: str | None
    request_id: str


def authenticate_secret(
    ctx: Context, protocol: EnrollmentProtocol, secret: str, origin: Origin, *, identifier: str | None = None
) -> EnrollmentClient:
    """Return the client whose credential has this secret, and this identifier if the protocol sends one.

    Raises Unauthenticated if there is no such credential, or it is not valid.
    """
    with ctx.ports.storage.read() as reader:
        found = reader.credentials.find_secret(protocol, hash_of(secret))
        if found is None or identifier not in (None, str(found.token.id)):
            raise Unauthenticated(INVALID)
        client = _client(ctx, reader, found, protocol, origin)
    touch(ctx, found.token, ctx.ports.clock.now())
    return client


def authenticate_mac(
    ctx: Context, protocol: EnrollmentProtocol, identifier: str, is_proven: Callable[[bytes], bool], origin: Origin
) -> EnrollmentClient:
    """Return the client whose MAC is right. `is_proven` verifies the MAC with the secret of the credential.

    Raises Unauthenticated if there is no such credential, it is not valid, or the MAC is wrong.
    """
    with ctx.ports.storage.read() as reader:
        found = reader.credentials.find(UUID(identifier)) if is_uuid(identifier) else None
        if found is None or found.sealed is None:
            raise Unauthenticated(INVALID)
        client = _client(ctx, reader, found, protocol, origin)
    if not is_proven(ctx.ports.factors.sealer.open(found.sealed, get_sealing_context(found.token.id))):
        raise Unauthenticated(INVALID)
    touch(ctx, found.token, ctx.ports.clock.now())
    return client


def authenticate_validated(
    ctx: Context, protocol: EnrollmentProtocol, credential_id: UUID, origin: Origin
) -> EnrollmentClient:
    """Return the client of a credential whose validator has accepted the client's secret.

    Raises Unauthenticated if the credential has no validator, or is not valid any more.
    """
    with ctx.ports.storage.read() as reader:
        found = reader.credentials.find(credential_id)
        if found is None or found.validator is None:
            raise Unauthenticated(INVALID)
        client = _client(ctx, reader, found, protocol, origin)
    touch(ctx, found.token, ctx.ports.clock.now())
    return client


def authenticate_ra(
    ctx: Context, protocol: EnrollmentProtocol, credential_id: UUID, signer: Certificate, origin: Origin
) -> EnrollmentClient:
    """Return the client of a credential whose RA certificate, from `require_current`, signed a message.

    Raises Unauthenticated if the credential has another RA certificate, or is not valid any more.
    """
    with ctx.ports.storage.read() as reader:
        found = reader.credentials.find(credential_id)
        if found is None or found.ra_certificate_id != signer.id:
            raise Unauthenticated(INVALID)
        client = _client(ctx, reader, found, protocol, origin)
    touch(ctx, found.token, ctx.ports.clock.now())
    return client


def open_secret(ctx: Context, credential: Credential) -> bytes | None:
    """Return the decrypted secret of a credential, to protect responses. None if only its hash is stored."""
    if credential.sealed is None:
        return None
    return ctx.ports.factors.sealer.open(credential.sealed, get_sealing_context(credential.token.id))


def authenticate_certificate(
    ctx: Context, protocol: EnrollmentProtocol, certificate: Certificate, origin: Origin
) -> EnrollmentClient:
    """Return the client that authenticates with a certificate, acting as the credential that requested it.

    `certificate` comes from `require_current`. Raises Unauthenticated if no credential of this protocol requested it,
    or the credential is no longer valid.
    """
    kind, _, identifier = certificate.requested_by.partition(":")
    with ctx.ports.storage.read() as reader:
        found = reader.credentials.find(UUID(identifier)) if f"{kind}:" == _TOKEN and is_uuid(identifier) else None
        if found is None:
            raise Unauthenticated(INVALID)
        client = _client(ctx, reader, found, protocol, origin)
    touch(ctx, found.token, ctx.ports.clock.now())
    return client


def require_current(ctx: Context, certificate_der: bytes) -> Certificate:
    """Return the stored end-entity certificate with these octets (DER), if it is valid and not revoked or on hold.

    The protocol must verify that the client has its key. Raises Unauthenticated for any other certificate.
    """
    try:
        serial = parse.parse_certificate(certificate_der).serial
    except InvalidInput:
        raise Unauthenticated(INVALID) from None
    with ctx.ports.storage.read() as reader:
        candidates = reader.certificates.find_many(reader.certificates.find_ids_by_serials([serial]))
    for one in candidates:
        if one.der == certificate_der and _is_current(ctx, one):
            return one
    raise Unauthenticated(INVALID)


def _is_current(ctx: Context, certificate: Certificate) -> bool:
    return (
        certificate.kind is CertificateKind.END_ENTITY
        and certificate.revocation is None
        and certificate.validity.contains(ctx.ports.clock.now())
    )


def _client(
    ctx: Context, reader: Reader, credential: Credential, protocol: EnrollmentProtocol, origin: Origin
) -> EnrollmentClient:
    """Return the client that acts with a credential, with the credential's present permissions.

    Raises Unauthenticated if the credential is for another protocol or is not valid.
    """
    rights = current_rights.find_token_rights(reader, credential.token, ctx.config.local_actor_role)
    if credential.protocol is not protocol or rights is None or not credential.token.usable(ctx.ports.clock.now()):
        raise Unauthenticated(INVALID)
    actor = current_rights.build_token_actor(credential.token, rights, protocol.value)
    return EnrollmentClient(credential, replace(actor, peer=origin.peer, request_id=origin.request_id))
