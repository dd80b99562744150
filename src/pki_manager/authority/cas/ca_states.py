"""Changes of a CA's state: one unit of work with idempotency and the approval gate."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pki_manager.authority.cas.views import CaView, get_ca_view
from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.approval_gate import Act
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done, change_once
from pki_manager.domain.ca import CertificateAuthority
from pki_manager.domain.rights.actor import Actor
from pki_manager.domain.rights.permission import Permission
from pki_manager.ports.unit_of_work import Claim, UnitOfWork


def change_ca(
    ctx: Context,
    actor: Actor,
    ca: str,
    permission: Permission,
    claim: Claim | None,
    apply: Callable[[UnitOfWork, CertificateAuthority, datetime], None],
    act: Callable[[CertificateAuthority], Act] | None = None,
) -> Done[CaView]:
    """Change a CA in one unit of work with `apply`, and return it. `ca` is an ID or a name.

    `act` describes the operation for the approval gate, if it can require approval. Raises NotFound if the CA does not
    exist; Forbidden if the actor may not change it.
    """
    with ctx.ports.storage.read() as reader:
        found = guard.get_ca(reader, actor, permission, ca)
    ca_id = found.id
    return change_once(
        ctx,
        actor,
        claim,
        ca_id,
        lambda uow, now: apply(uow, uow.cas.get(ca_id), now),
        lambda reader: get_ca_view(reader, reader.cas.get(ca_id), ctx.ports.clock.now()),
        None if act is None else act(found),
        changes_directory=True,
    )
