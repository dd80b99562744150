"""`/me`, `/status`: the caller, the installation."""

from __future__ import annotations

from fastapi import APIRouter

from pki_manager import __version__
from pki_manager.authority import queries
from pki_manager.authority.access import Permission, allowed
from pki_manager.protocols.rest.answers.system import Me, Status
from pki_manager.protocols.rest.operation import Caller, Operation, operation

router = APIRouter(tags=["system"], route_class=Operation)


@router.get("/me", **operation(Permission.SELF_READ))
def get_me(call: Caller) -> Me:
    """Who the caller is here, and what that allows."""
    actor = call.actor
    return Me(
        kind=actor.kind,
        id=actor.id,
        name=actor.name,
        via=actor.via,
        role=actor.roles[0] if actor.roles else None,
        roles=list(actor.roles),
        permissions=sorted(permission.value for permission in Permission if allowed(actor, permission)),
    )


@router.get("/status", **operation(Permission.STATUS_READ))
def get_status(call: Caller) -> Status:
    """Each part that requests may need, and whether it answers."""
    return Status.of(__version__, queries.readiness(call.authority))
