"""`/backends`: key backends."""

from __future__ import annotations

from fastapi import APIRouter

from pki_manager.authority.cas import backends
from pki_manager.authority.kernel.access import Permission
from pki_manager.domain import errors
from pki_manager.domain.page import Page
from pki_manager.protocols.rest.fields import Name
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.backends import Backend, BackendPage
from pki_manager.protocols.rest.responses.page import build_page

router = APIRouter(prefix="/backends", tags=["backends"], route_class=OperationRoute)


@router.get("", summary="List key backends", **operation(Permission.CA_READ))
def list_backends(call: Caller) -> BackendPage:
    """List the configured key backends. For an unavailable backend, the reason is included."""
    found = backends.list_backends(call.ctx, call.actor)
    return BackendPage(**build_page(Page(found, None), Backend.of))


@router.get("/{name}", summary="Get a key backend", **operation(Permission.CA_READ, errors.NotFound))
def get_backend(call: Caller, name: Name) -> Backend:
    """Return a key backend with the state of its last regular check."""
    return Backend.of(backends.show_backend(call.ctx, call.actor, name))


@router.post("/{name}/check", summary="Check a key backend", **operation(Permission.KEY_READ, errors.NotFound))
def check_backend(call: Caller, name: Name) -> Backend:
    """Check a key backend now, including each key that this installation holds in it.

    The warnings in the response say what to repair.
    """
    return Backend.of(backends.check_backend(call.ctx, call.actor, name))
