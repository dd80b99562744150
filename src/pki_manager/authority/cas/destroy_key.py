"""Destruction of an issuer key in its key backend, once nothing needs it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pki_manager.authority.cas.keys import IssuerKeyView, get_key_view
from pki_manager.authority.cmp.responder import build_responder_key_id
from pki_manager.authority.kernel.approval_gate import Act
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done, change_once
from pki_manager.authority.scep.ra import build_ra_key_prefix
from pki_manager.domain.approval import Operation
from pki_manager.domain.ca import CaState, CertificateAuthority, IssuerKey, KeyState, KeyUse
from pki_manager.domain.errors import Conflict, KeyOwnerRequired, PartUnavailable
from pki_manager.domain.events.cas import KeyDestroyed
from pki_manager.domain.jobs import JobKind, NewJob
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.policy.approval import Touched
from pki_manager.ports.signer import BackendState, KeyRef
from pki_manager.ports.unit_of_work import Claim, Reader, UnitOfWork

_OVER = (CaState.RETIRED, CaState.REVOKED, CaState.EXPIRED)


def destroy_key(ctx: Context, actor: Actor, key_id: UUID, claim: Claim | None = None) -> Done[IssuerKeyView]:
    """Erase the private key of an issuer key and of its OCSP signing key. This cannot be undone.

    The decision is stored first. If the key backend is unavailable, the worker erases the keys when it is available
    again. Raises NotFound if the key does not exist; Conflict, listing what needs the key, if it is still needed;
    KeyOwnerRequired if only the key owner can destroy it.
    """
    access.require(actor, Permission.KEY_DESTROY)
    _require_owner(ctx, key_id)

    def apply(uow: UnitOfWork, now: datetime) -> None:
        key = uow.issuer_keys.get(key_id)
        _require_unneeded(key, uow.cas.get(key.ca_id), uow.issuer_keys.use(key, now), now)
        uow.issuer_keys.set_state(key_id, KeyState.DESTROYED)
        uow.jobs.enqueue(NewJob(JobKind.DESTROY_KEY, {"issuer_key": str(key_id)}), now)
        uow.record(
            KeyDestroyed(
                object_id=str(key_id),
                ca=str(key.ca_id),
                number=key.number,
                backend=key.backend,
                backend_key_id=key.backend_key_id,
            )
        )

    with ctx.ports.storage.read() as reader:
        ca = reader.cas.get(reader.issuer_keys.get(key_id).ca_id)
    act = Act(Operation.KEY_DESTROY, "key", str(key_id), {"ca": str(ca.id), "name": ca.name}, Touched(ca=ca))

    def view_of(reader: Reader) -> IssuerKeyView:
        return get_key_view(ctx, reader, key_id)

    view, replayed = change_once(ctx, actor, claim, key_id, apply, view_of, act, changes_directory=True)
    try:
        erase(ctx, key_id)
    except PartUnavailable:
        # The job that was left with the decision does it.
        return Done(view, replayed)
    return Done(view, replayed)


def _require_owner(ctx: Context, key_id: UUID) -> None:
    """Raise KeyOwnerRequired if only the key owner can destroy the key.

    Call it before the decision, which is permanent.
    """
    with ctx.ports.storage.read() as reader:
        key = reader.issuer_keys.get(key_id)
    for backend in ctx.ports.signers.describe():
        if backend.name == key.backend and backend.state is BackendState.AVAILABLE and backend.owner is None:
            command = f"pkim key destroy {key_id} --backend {key.backend}"
            raise KeyOwnerRequired(
                f"Keys in the key backend {key.backend!r} are destroyed by their owner. The owner must run `{command}`."
            )


def _require_unneeded(key: IssuerKey, ca: CertificateAuthority, use: KeyUse, now: datetime) -> None:
    name = f"key k{key.number} of CA {ca.name!r}"
    state = ca.state_at(now)
    if key.state is KeyState.EXTERNAL:
        raise Conflict(f"This installation does not have the private key: {name} is external.")
    if key.state is KeyState.DESTROYED:
        raise Conflict(f"{name} is already destroyed.")
    if key.state is KeyState.NEXT:
        raise Conflict(f"{name} is the next key of the CA. Cancel the rotation first.")
    if key.state is KeyState.CURRENT and state not in _OVER:
        raise Conflict(
            f"{name} is the current key of a CA that is {state} and cannot be destroyed. Rotate the key "
            "or retire the CA first."
        )
    if key.state is not KeyState.RETIRED and not use.is_over():
        raise Conflict(f"{name} is still needed: {format_key_use(use)}.")


def format_key_use(use: KeyUse) -> str:
    """Return a text with the numbers of objects that still need a key."""
    end = f", the last until {use.last_not_after:%Y-%m-%dT%H:%M:%SZ}" if use.last_not_after else ""
    reason = f"{use.certificates} of its certificates have not expired, {use.authorities} of them CA certificates{end}"
    return f"{reason}; {use.in_flight} signatures are in progress" if use.in_flight else reason


def erase(ctx: Context, key_id: UUID) -> None:
    """Erase a key, which must be recorded as destroyed, in its key backend. Can be repeated.

    Does nothing for a key in any other state. Raises BackendUnavailable if the key backend is unavailable.
    """
    with ctx.ports.storage.read() as reader:
        key = reader.issuer_keys.get(key_id)
    if key.state is not KeyState.DESTROYED:
        return
    signer = ctx.ports.signers.get(key.backend)
    ctx.ports.ra_keys.destroy(build_ra_key_prefix(key_id))
    for backend_key_id in (key.backend_key_id, key.ocsp_key_id, build_responder_key_id(key.id)):
        signer.destroy(KeyRef(key.backend, backend_key_id))
