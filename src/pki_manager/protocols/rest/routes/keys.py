"""`/keys`: the keys of CAs, and public keys that nothing is issued for."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from pki_manager.authority.cas import create_key as creating
from pki_manager.authority.cas import destroy_key as destroying
from pki_manager.authority.cas import keys
from pki_manager.authority.kernel.access import Permission
from pki_manager.authority.status import blocked_keys
from pki_manager.domain import errors
from pki_manager.domain.approval import Operation as Gate
from pki_manager.protocols.rest.bodies.common import BlockedKeyBody, CaKeyBody
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Identifier, Limit, Sha256
from pki_manager.protocols.rest.operation import Caller, Operation, operation
from pki_manager.protocols.rest.responses.keys import (
    BlockedKey,
    BlockedKeyPage,
    BlockedKeyWithCertificates,
    CaKeyMade,
    IssuerKey,
    IssuerKeyPage,
    IssuerKeyWithUse,
)
from pki_manager.protocols.rest.responses.page import paged

router = APIRouter(prefix="/keys", tags=["keys"], route_class=Operation)


@router.get("/blocked", **operation(Permission.KEY_READ))
def list_blocked_keys(call: Caller, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> BlockedKeyPage:
    """Newest first. Those of `blocked_keys_file` are in that file alone."""
    return BlockedKeyPage(**paged(blocked_keys.list_blocked(call.ctx, call.actor, cursor, limit), BlockedKey.of))


@router.post("/blocked", status_code=201, **operation(Permission.KEY_BLOCK, errors.Conflict, posted=True))
def block_key(call: Caller, body: BlockedKeyBody) -> BlockedKeyWithCertificates:
    """Issue nothing for this key any more. Certificates that have it are named; they stay valid until revoked."""
    view, _ = blocked_keys.block_key(call.ctx, call.actor, body.spki_sha256, body.comment, call.claim)
    return BlockedKeyWithCertificates.of_view(view)


@router.get("/blocked/{spki_sha256}", **operation(Permission.KEY_READ, errors.NotFound))
def get_blocked_key(call: Caller, spki_sha256: Sha256) -> BlockedKeyWithCertificates:
    """With the unexpired certificates that still have the key: what is left to be revoked."""
    return BlockedKeyWithCertificates.of_view(blocked_keys.show_blocked(call.ctx, call.actor, spki_sha256))


@router.post(
    "",
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
    """Make the keys that a CA takes when it is created or rotated with this id: its own and its OCSP signer's."""
    made, _ = creating.create_key(call.ctx, call.actor, body.backend, body.key_type, body.key, call.claim)
    return CaKeyMade.of(made)


@router.get("", **operation(Permission.KEY_READ, errors.NotFound))
def list_keys(
    call: Caller,
    ca: Annotated[str | None, Query(max_length=200, description="Id or name of the CA; all unless told")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> IssuerKeyPage:
    """The keys of CAs, oldest first."""
    return IssuerKeyPage(**paged(keys.list_keys(call.ctx, call.actor, ca, cursor, limit), IssuerKey.of))


@router.get("/{key}", **operation(Permission.KEY_READ, errors.NotFound))
def get_key(call: Caller, key: Identifier) -> IssuerKeyWithUse:
    """With what still needs it: certificates by it, and CAs that chain to it."""
    return IssuerKeyWithUse.of_one(keys.show_key(call.ctx, call.actor, key))


@router.post(
    "/{key}/destroy",
    **operation(
        Permission.KEY_DESTROY,
        errors.NotFound,
        errors.Conflict,
        errors.KeyOwnerRequired,
        posted=True,
        gates=[Gate.KEY_DESTROY],
    ),
)
def destroy_key(call: Caller, key: Identifier) -> IssuerKeyWithUse:
    """Erase the private key in its backend, for good. Refused, in numbers, while anything needs it."""
    return IssuerKeyWithUse.of_one(destroying.destroy_key(call.ctx, call.actor, key, call.claim)[0])


@router.post(
    "/blocked/{spki_sha256}/unblock",
    **operation(Permission.KEY_BLOCK, errors.NotFound, errors.Conflict, posted=True),
)
def unblock_key(call: Caller, spki_sha256: Sha256) -> BlockedKey:
    """Take an operator's block back. The key of a certificate that was revoked for a compromise stays blocked."""
    return BlockedKey.of(blocked_keys.unblock_key(call.ctx, call.actor, spki_sha256, call.claim)[0])
