"""`/tokens`: API tokens."""

from __future__ import annotations

from fastapi import APIRouter

from pki_manager.authority.kernel.access import Permission
from pki_manager.authority.rights import tokens
from pki_manager.domain import errors
from pki_manager.domain.duration import Duration
from pki_manager.protocols.rest.bodies.rights import TokenBody, TokenRotationBody
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Identifier, Limit
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.page import build_page
from pki_manager.protocols.rest.responses.tokens import NewTokenResponse, TokenPage, TokenResponse

router = APIRouter(prefix="/tokens", tags=["tokens"], route_class=OperationRoute)


@router.get("", summary="List API tokens", **operation(Permission.TOKEN_READ))
def list_tokens(call: Caller, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> TokenPage:
    """List the API tokens that you can see, newest first."""
    return TokenPage(**build_page(tokens.list_tokens(call.ctx, call.actor, cursor, limit), TokenResponse.of))


@router.post(
    "",
    summary="Create an API token",
    status_code=201,
    **operation(Permission.TOKEN_CREATE, errors.NotFound, posted=True),
)
def create_token(call: Caller, body: TokenBody) -> NewTokenResponse:
    """Create an API token with at most your own permissions. The secret is returned only once."""
    lifetime = Duration.parse(body.expires, "expires")
    less = tokens.Narrowing(
        permissions=None if body.permissions is None else frozenset(body.permissions),
        scope=body.scope(),
        service_account=body.service_account,
        team=body.team,
    )
    new, _ = tokens.create_token(call.ctx, call.actor, body.name, body.role, lifetime, call.claim, less)
    return NewTokenResponse.made(new)


@router.post(
    "/{token}/rotate",
    summary="Rotate an API token",
    **operation(Permission.TOKEN_CREATE, errors.NotFound, errors.Conflict, posted=True),
)
def rotate_token(call: Caller, token: Identifier, body: TokenRotationBody) -> NewTokenResponse:
    """Rotate a token. Returns a new secret, only once. The old secret stays valid for `overlap`."""
    overlap = Duration.parse(body.overlap, "overlap")
    return NewTokenResponse.made(tokens.rotate_token(call.ctx, call.actor, token, overlap, call.claim).value)


@router.post(
    "/{token}/revoke", summary="Revoke an API token", **operation(Permission.TOKEN_REVOKE, errors.NotFound, posted=True)
)
def revoke_token(call: Caller, token: Identifier) -> TokenResponse:
    """Revoke an API token permanently. Can be repeated."""
    return TokenResponse.of(tokens.revoke_token(call.ctx, call.actor, token, call.claim).value)
