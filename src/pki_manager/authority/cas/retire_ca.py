"""Retirement of a CA: issuance stops permanently, CRLs and OCSP responses continue."""

from __future__ import annotations

from datetime import datetime

from pki_manager.authority.cas.ca_states import change_ca
from pki_manager.authority.cas.views import CaView
from pki_manager.authority.kernel.approval_gate import Act
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done
from pki_manager.domain.approval import Operation
from pki_manager.domain.ca import CaState, CertificateAuthority
from pki_manager.domain.errors import Conflict
from pki_manager.domain.events.cas import CaRetired
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.policy.approval import Touched
from pki_manager.ports.unit_of_work import Claim, UnitOfWork


def retire_ca(ctx: Context, actor: Actor, ca: str, claim: Claim | None = None) -> Done[CaView]:
    """Retire a CA permanently.

    Raises NotFound if it does not exist; Conflict unless it is active or suspended; FreshAuthenticationRequired.
    """
    access.require_somewhere(actor, Permission.CA_CONTROL)
    access.require_fresh(actor)

    def apply(uow: UnitOfWork, found: CertificateAuthority, now: datetime) -> None:
        if found.state_at(now) not in (CaState.ACTIVE, CaState.SUSPENDED):
            raise Conflict(f"CA {found.name!r} is {found.state_at(now)} and cannot be retired.")
        uow.cas.set_state(found.id, CaState.RETIRED)
        uow.record(CaRetired(object_id=str(found.id)))

    return change_ca(ctx, actor, ca, Permission.CA_CONTROL, claim, apply, _retirement_of)


def _retirement_of(ca: CertificateAuthority) -> Act:
    """Return the retirement as an operation for the approval gate."""
    return Act(Operation.CA_RETIRE, "ca", str(ca.id), {"name": ca.name}, Touched(ca=ca))
