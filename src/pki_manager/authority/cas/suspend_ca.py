"""Suspending and resuming a CA: issuance stops temporarily, CRLs and OCSP responses continue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pki_manager.authority.cas.ca_states import change_ca
from pki_manager.authority.cas.views import CaView
from pki_manager.authority.kernel.approval_gate import Act
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done
from pki_manager.domain.approval import Operation
from pki_manager.domain.ca import CaState, CertificateAuthority
from pki_manager.domain.errors import Conflict
from pki_manager.domain.events.cas import CaResumed, CaSuspended
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.policy.approval import Touched
from pki_manager.ports.unit_of_work import Claim, UnitOfWork


def suspend_ca(ctx: Context, actor: Actor, ca: str, claim: Claim | None = None) -> Done[CaView]:
    """Suspend a CA.

    Raises NotFound if it does not exist; Conflict unless it is active.
    """
    access.require_somewhere(actor, Permission.CA_CONTROL)

    def apply(uow: UnitOfWork, found: CertificateAuthority, now: datetime) -> None:
        if found.state_at(now) is not CaState.ACTIVE:
            raise Conflict(f"CA {found.name!r} is {found.state_at(now)} and cannot be suspended.")
        uow.cas.set_state(found.id, CaState.SUSPENDED)
        uow.record(CaSuspended(object_id=str(found.id)))

    return change_ca(ctx, actor, ca, Permission.CA_CONTROL, claim, apply)


def resume_ca(ctx: Context, actor: Actor, ca: str, claim: Claim | None = None) -> Done[CaView]:
    """Resume a suspended CA. Requires recent authentication; suspending does not, because it can be urgent.

    Raises NotFound if the CA does not exist; Conflict unless it is suspended, and while a CA above it is revoked;
    FreshAuthenticationRequired.
    """
    access.require_somewhere(actor, Permission.CA_CONTROL)
    access.require_fresh(actor)

    def apply(uow: UnitOfWork, found: CertificateAuthority, now: datetime) -> None:
        if found.state_at(now) is not CaState.SUSPENDED:
            raise Conflict(
                f"CA {found.name!r} is {found.state_at(now)} and cannot be resumed. Only a suspended CA can."
            )
        for above in _above(uow, found.parent_id):
            if above.state is CaState.REVOKED:
                raise Conflict(
                    f"The parent CA {above.name!r} is revoked, so clients would reject new certificates. The CA "
                    "cannot be resumed."
                )
        uow.cas.set_state(found.id, CaState.ACTIVE)
        uow.record(CaResumed(object_id=str(found.id)))

    return change_ca(ctx, actor, ca, Permission.CA_CONTROL, claim, apply, _resumption_of)


def _resumption_of(ca: CertificateAuthority) -> Act:
    """Return the resumption as an operation for the approval gate.

    Suspending never requires approval, because one person must be able to stop a CA.
    """
    return Act(Operation.CA_RESUME, "ca", str(ca.id), {"name": ca.name}, Touched(ca=ca))


def _above(uow: UnitOfWork, parent: UUID | None) -> Sequence[CertificateAuthority]:
    found: list[CertificateAuthority] = []
    while parent is not None:
        found.append(uow.cas.get(parent))
        parent = found[-1].parent_id
    return found
