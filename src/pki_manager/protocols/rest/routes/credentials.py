"""`/credentials`: enrollment credentials for ACME, EST, SCEP, and CMP clients."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from pki_manager.authority.enrollment import credentials
from pki_manager.authority.kernel.access import Permission
from pki_manager.domain import errors
from pki_manager.domain.rights.actor import EnrollmentProtocol
from pki_manager.protocols.rest.bodies.rights import CredentialBody
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Identifier, Limit
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.credentials import (
    CredentialDevice,
    CredentialDevicePage,
    CredentialPage,
    CredentialResponse,
    NewCredential,
    ProtocolStateList,
    build_new_credential,
)
from pki_manager.protocols.rest.responses.page import build_page

router = APIRouter(prefix="/credentials", tags=["credentials"], route_class=OperationRoute)

OfProtocol = Annotated[EnrollmentProtocol | None, Query(description="Protocol. Default: all protocols")]


@router.post(
    "",
    status_code=201,
    summary="Create an enrollment credential",
    **operation(Permission.TOKEN_CREATE, errors.NotFound, errors.Conflict, posted=True),
)
def create_credential(call: Caller, body: CredentialBody) -> NewCredential:
    """Create a credential with which clients of one protocol request certificates, and return its secret.

    The secret is shown only once. Clients act as the token of the same ID, with at most the caller's permissions.
    """
    new, _ = credentials.create_credential(call.ctx, call.actor, body.request(), call.claim)
    return build_new_credential(new, call.ctx.config.acme_urls[0])


@router.get("", summary="List enrollment credentials", **operation(Permission.TOKEN_READ))
def list_credentials(
    call: Caller, protocol: OfProtocol = None, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> CredentialPage:
    """List the credentials whose tokens the caller may read, newest first. Returns no secrets."""
    page = credentials.list_credentials(call.ctx, call.actor, cursor, limit, protocol)
    base = call.ctx.config.acme_urls[0]
    return CredentialPage(**build_page(page, lambda one: CredentialResponse.of(one, base)))


@router.get("/protocols", summary="List enrollment protocols", **operation(Permission.TOKEN_READ))
def list_enrollment_protocols(call: Caller) -> ProtocolStateList:
    """List the enrollment protocols, and whether each is switched on."""
    return ProtocolStateList.of(credentials.list_protocols(call.ctx, call.actor))


@router.get(
    "/{credential}", summary="Show an enrollment credential", **operation(Permission.TOKEN_READ, errors.NotFound)
)
def get_credential(call: Caller, credential: Identifier) -> CredentialResponse:
    """Return a credential without its secret."""
    found = credentials.show_credential(call.ctx, call.actor, credential)
    return CredentialResponse.of(found, call.ctx.config.acme_urls[0])


@router.get(
    "/{credential}/devices",
    summary="List permitted devices",
    **operation(Permission.TOKEN_READ, errors.NotFound),
)
def list_credential_devices(
    call: Caller, credential: Identifier, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> CredentialDevicePage:
    """List the devices that a credential permits, in the order of its list. Empty for a credential without a list."""
    page = credentials.list_devices(call.ctx, call.actor, credential, cursor, limit)
    return CredentialDevicePage(**build_page(page, CredentialDevice.of))


@router.post(
    "/{credential}/revoke",
    summary="Revoke an enrollment credential",
    **operation(Permission.TOKEN_REVOKE, errors.NotFound, posted=True),
)
def revoke_credential(call: Caller, credential: Identifier) -> CredentialResponse:
    """Revoke a credential permanently: its clients can no longer enroll or renew. Can be repeated.

    Certificates that were issued with it stay valid.
    """
    revoked, _ = credentials.revoke_credential(call.ctx, call.actor, credential, call.claim)
    return CredentialResponse.of(revoked, call.ctx.config.acme_urls[0])
