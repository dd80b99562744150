"""`/acme`: EAB keys and ACME accounts."""

from __future__ import annotations

from fastapi import APIRouter

from pki_manager.authority.acme import administration, keys
from pki_manager.authority.kernel.access import Permission
from pki_manager.domain import errors
from pki_manager.protocols.rest.bodies.rights import EabKeyBody
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Identifier, Limit
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.acme import AcmeAccountPage, AcmeAccountResponse, NewEabKeyResponse
from pki_manager.protocols.rest.responses.page import build_page

router = APIRouter(prefix="/acme", tags=["acme"], route_class=OperationRoute)


@router.post(
    "/eab-keys",
    summary="Create an EAB key",
    status_code=201,
    **operation(Permission.TOKEN_CREATE, errors.NotFound, posted=True),
)
def create_eab_key(call: Caller, body: EabKeyBody) -> NewEabKeyResponse:
    """Create a key for external account binding (EAB), and the token that its ACME accounts act as.

    The token has at most your own permissions and no secret. The HMAC key is returned only once. To end the accounts,
    revoke the token.
    """
    made, _ = keys.create_eab_key(call.ctx, call.actor, body.to_request(), call.claim)
    return NewEabKeyResponse.made(made, call.ctx.config.acme_urls[0])


@router.get("/accounts", summary="List ACME accounts", **operation(Permission.TOKEN_READ))
def list_acme_accounts(call: Caller, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> AcmeAccountPage:
    """List the ACME accounts that you can see, newest first."""
    found = administration.list_accounts(call.ctx, call.actor, cursor, limit)
    return AcmeAccountPage(**build_page(found, AcmeAccountResponse.of))


@router.get("/accounts/{account}", summary="Get an ACME account", **operation(Permission.TOKEN_READ, errors.NotFound))
def get_acme_account(call: Caller, account: Identifier) -> AcmeAccountResponse:
    """Return an ACME account with its contacts and the token that it acts as."""
    return AcmeAccountResponse.of(administration.show_account(call.ctx, call.actor, account))


@router.post(
    "/accounts/{account}/revoke",
    summary="Revoke an ACME account",
    **operation(Permission.TOKEN_REVOKE, errors.NotFound, posted=True),
)
def revoke_acme_account(call: Caller, account: Identifier) -> AcmeAccountResponse:
    """Revoke an ACME account permanently. It can no longer request or revoke certificates.

    Its certificates remain valid. Other clients can still register with its EAB key: revoke the token to prevent that.
    Can be repeated.
    """
    return AcmeAccountResponse.of(administration.revoke_account(call.ctx, call.actor, account, call.claim).value)
