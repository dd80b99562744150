"""The CSR of a CA for an external parent: stored as an intent, signed by the CA's key, and returned."""

from __future__ import annotations

import base64
import hashlib
from uuid import UUID

from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done, run_once
from pki_manager.authority.signing.sign import get_signing_key, sign
from pki_manager.domain.ca import CaState, CertificateAuthority, IssuerKey, KeyState
from pki_manager.domain.errors import Conflict, PkiError
from pki_manager.domain.events.audit import Outcome
from pki_manager.domain.events.cas import CaRequestIntended, CaRequestSigned
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Claim, Reader
from pki_manager.x509 import ca_request, parse


def request_certificate(ctx: Context, actor: Actor, ca: str, claim: Claim | None = None) -> Done[bytes]:
    """Return the CSR (PKCS #10, DER, RFC 2986) for a CA's next key, or for its current key if it has no next key.

    Raises NotFound if the CA does not exist; Conflict if its parent is local, or it is retired, revoked, or expired;
    BackendUnavailable if the key cannot sign now.
    """
    access.require_somewhere(actor, Permission.CA_INSTALL)
    with ctx.ports.storage.read() as reader:
        found = guard.get_ca(reader, actor, Permission.CA_INSTALL, ca)
        key = get_key_without_certificate(reader, found)

    def again(key_id: UUID) -> bytes | None:
        with ctx.ports.storage.read() as reader:
            kept = reader.meta.get(_kept(key_id))
        return base64.b64decode(kept) if kept else None

    return run_once(ctx, actor, claim, lambda: _signed(ctx, actor, found, key, claim), again)


def get_key_without_certificate(reader: Reader, ca: CertificateAuthority) -> IssuerKey:
    """Return the key that an external parent must certify: the next key, or else the current one.

    Raises Conflict if the CA gets its certificates here, or its state does not allow a new one.
    """
    if ca.state not in (CaState.PENDING, CaState.ACTIVE, CaState.SUSPENDED):
        raise Conflict(f"CA {ca.name!r} is {ca.state} and cannot get a new certificate.")
    if ca.state is not CaState.PENDING:
        above = reader.cas.get(ca.parent_id) if ca.parent_id else None
        if above is None or above.state is not CaState.EXTERNAL:
            raise Conflict(
                f"CA {ca.name!r} is a root CA or has a parent CA in this installation. It gets its "
                "certificates here, not with a CSR."
            )
    keys = reader.issuer_keys.list_by_ca(ca.id)
    return next((key for key in keys if key.state is KeyState.NEXT), keys[0])


def _kept(key_id: UUID) -> str:
    return f"ca_request:{key_id}"


def _signed(ctx: Context, actor: Actor, ca: CertificateAuthority, key: IssuerKey, claim: Claim | None) -> bytes:
    now = ctx.ports.clock.now()
    prepared = ca_request.prepare_request(ca, key)
    with ctx.ports.storage.begin(actor) as uow:
        uow.meta.advance_clock(now)
        if claim is not None:
            uow.idempotency.claim(actor.id, claim, key.id, now)
        uow.record(CaRequestIntended(object_id=str(ca.id), key_id=str(key.id)))
    try:
        signed = sign(ctx, get_signing_key(key), prepared)
        request = signed.to_der()
        parse.parse_csr(request)
    except PkiError as error:
        failed = CaRequestSigned(
            object_id=str(ca.id), outcome=Outcome.FAILED, reason=error.code, key_id=str(key.id), request_sha256=None
        )
        with ctx.ports.storage.begin(actor) as uow:
            uow.idempotency.release(key.id)
            uow.record(failed)
        error.audited = True
        raise
    digest = hashlib.sha256(request).hexdigest()
    with ctx.ports.storage.begin(actor) as uow:
        uow.meta.put(_kept(key.id), base64.b64encode(request).decode("ascii"))
        uow.record(
            CaRequestSigned(object_id=str(ca.id), key_id=str(key.id), request_sha256=digest, kms=signed.operation)
        )
    return request
