"""`/keys`: keys of CAs, and blocked keys."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from pki_manager.authority.cas import create_key as creating
from pki_manager.authority.cas import destroy_key as destroying
from pki_manager.authority.cas import keys
from pki_manager.authority.kernel.access import Permission
from pki_manager.authority.status import blocked_keys
from pki_manager.domain import errors
from pki_manager.domain.approval import Operation
from pki_manager.protocols.rest.bodies.common import BlockedKeyBody, CaKeyBody
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Identifier, Limit, Sha256
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.keys import (
    BlockedKeyPage,
    BlockedKeyResponse,
    BlockedKeyWithCertificates,
    CaKeyMade,
    IssuerKeyPage,
    IssuerKeyResponse,
    IssuerKeyWithUse,
)
from pki_manager.protocols.rest.responses.page import build_page

router = APIRouter(prefix="/keys", tags=["keys"], route_class=OperationRoute)


@router.get("/blocked", summary="List blocked keys", **operation(Permission.KEY_READ))
def list_blocked_keys(call: Caller, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> BlockedKeyPage:
    """List blocked keys, newest first. Keys in `blocked_keys_file` are not included."""
    return BlockedKeyPage(
        **build_page(blocked_keys.list_blocked(call.ctx, call.actor, cursor, limit), BlockedKeyResponse.of)
    )


@router.post(
    "/blocked", summary="Block a key", status_code=201, **operation(Permission.KEY_BLOCK, errors.Conflict, posted=True)
)
def block_key(call: Caller, body: BlockedKeyBody) -> BlockedKeyWithCertificates:
    """Block a public key. No certificate is issued for it.

    Returns the existing certificates, which stay valid until revoked.
    """
    view, _ = blocked_keys.block_key(call.ctx, call.actor, body.spki_sha256, body.comment, call.claim)
    return BlockedKeyWithCertificates.of_view(view)


@router.get("/blocked/{spki_sha256}", summary="Get a blocked key", **operation(Permission.KEY_READ, errors.NotFound))
def get_blocked_key(call: Caller, spki_sha256: Sha256) -> BlockedKeyWithCertificates:
    """Return a blocked key with its unexpired certificates, which you can revoke."""
    return BlockedKeyWithCertificates.of_view(blocked_keys.show_blocked(call.ctx, call.actor, spki_sha256))


@router.post(
    "",
    summary="Create CA keys",
    status_code=201,
    **operation(
        Permission.KEY_CREATE,
        errors.NotFound,
        errors.Conflict,
        errors.KeyOwnerRequired,
        errors.BackendUnavailable,
        posted=True,
        heavy=True,
    ),
)
def create_key(call: Caller, body: CaKeyBody) -> CaKeyMade:
    """Create the keys for a CA: its own key and the key of its OCSP signing certificate.

    Set the returned ID as `key` when you create or rotate the CA.
    """
    made, _ = creating.create_key(call.ctx, call.actor, body.backend, body.key_type, body.key, call.claim)
    return CaKeyMade.of(made)


@router.get("", summary="List CA keys", **operation(Permission.KEY_READ, errors.NotFound))
def list_keys(
    call: Caller,
    ca: Annotated[str | None, Query(max_length=200, description="ID or name of the CA. Default: all CAs")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> IssuerKeyPage:
    """List the keys of CAs, oldest first."""
    return IssuerKeyPage(**build_page(keys.list_keys(call.ctx, call.actor, ca, cursor, limit), IssuerKeyResponse.of))


@router.get("/{key}", summary="Get a CA key", **operation(Permission.KEY_READ, errors.NotFound))
def get_key(call: Caller, key: Identifier) -> IssuerKeyWithUse:
    """Return a CA key with what depends on it: certificates that it signed, and subordinate CAs."""
    return IssuerKeyWithUse.of_one(keys.show_key(call.ctx, call.actor, key))


@router.post(
    "/{key}/destroy",
    summary="Destroy a CA key",
    **operation(
        Permission.KEY_DESTROY,
        errors.NotFound,
        errors.Conflict,
        errors.KeyOwnerRequired,
        posted=True,
        gates=[Operation.KEY_DESTROY],
    ),
)
def destroy_key(call: Caller, key: Identifier) -> IssuerKeyWithUse:
    """Erase a private key in its backend. This cannot be undone.

    Refused while anything depends on the key. The error states what, with numbers.
    """
    return IssuerKeyWithUse.of_one(destroying.destroy_key(call.ctx, call.actor, key, call.claim).value)


@router.post(
    "/blocked/{spki_sha256}/unblock",
    summary="Unblock a key",
    **operation(Permission.KEY_BLOCK, errors.NotFound, errors.Conflict, posted=True),
)
def unblock_key(call: Caller, spki_sha256: Sha256) -> BlockedKeyResponse:
    """Remove the block that an operator set. Keys of certificates that were revoked as compromised stay blocked."""
    return BlockedKeyResponse.of(blocked_keys.unblock_key(call.ctx, call.actor, spki_sha256, call.claim).value)
