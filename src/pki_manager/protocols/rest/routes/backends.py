"""`/backends`: where private keys live."""

from __future__ import annotations

from fastapi import APIRouter

from pki_manager.authority.cas import backends
from pki_manager.authority.kernel.access import Permission
from pki_manager.domain import errors
from pki_manager.domain.page import Page
from pki_manager.protocols.rest.fields import Name
from pki_manager.protocols.rest.operation import Caller, Operation, operation
from pki_manager.protocols.rest.responses.backends import Backend, BackendPage
from pki_manager.protocols.rest.responses.page import paged

router = APIRouter(prefix="/backends", tags=["backends"], route_class=Operation)


@router.get("", **operation(Permission.CA_READ))
def list_backends(call: Caller) -> BackendPage:
    """Every configured key backend; one that is away says why."""
    found = backends.list_backends(call.ctx, call.actor)
    return BackendPage(**paged(Page(found, None), Backend.of))


@router.get("/{name}", **operation(Permission.CA_READ, errors.NotFound))
def get_backend(call: Caller, name: Name) -> Backend:
    """As it was seen a moment ago."""
    return Backend.of(backends.show_backend(call.ctx, call.actor, name))


@router.post("/{name}/check", **operation(Permission.KEY_READ, errors.NotFound))
def check_backend(call: Caller, name: Name) -> Backend:
    """Look closely, now, also at each of our keys there: what to mend is among the warnings."""
    return Backend.of(backends.check_backend(call.ctx, call.actor, name))
