"""`/acme`: the keys that ACME accounts are bound by, and the accounts."""

from __future__ import annotations

from fastapi import APIRouter

from pki_manager.authority.acme import administration, keys
from pki_manager.authority.kernel.access import Permission
from pki_manager.domain import errors
from pki_manager.protocols.rest.bodies.rights import AcmeKeyBody
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Identifier, Limit
from pki_manager.protocols.rest.operation import Caller, Operation, operation
from pki_manager.protocols.rest.responses.acme import AcmeAccount, AcmeAccountPage, NewAcmeKey
from pki_manager.protocols.rest.responses.page import paged

router = APIRouter(prefix="/acme", tags=["acme"], route_class=Operation)


@router.post("/keys", status_code=201, **operation(Permission.TOKEN_CREATE, errors.NotFound, posted=True))
def create_acme_key(call: Caller, body: AcmeKeyBody) -> NewAcmeKey:
    """Make a key for ACME clients, and the token that they act as, with at most the caller's own rights.

    The key is in this answer and nowhere else; the token has no secret of its own. Revoking it ends the accounts.
    """
    made, _ = keys.create_acme_key(call.ctx, call.actor, body.wish(), call.claim)
    return NewAcmeKey.made(made, call.ctx.config.acme_urls[0])


@router.get("/accounts", **operation(Permission.TOKEN_READ))
def list_acme_accounts(call: Caller, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> AcmeAccountPage:
    found = administration.list_accounts(call.ctx, call.actor, cursor, limit)
    return AcmeAccountPage(**paged(found, AcmeAccount.of))


@router.get("/accounts/{account}", **operation(Permission.TOKEN_READ, errors.NotFound))
def get_acme_account(call: Caller, account: Identifier) -> AcmeAccount:
    return AcmeAccount.of(administration.show_account(call.ctx, call.actor, account))


@router.post("/accounts/{account}/revoke", **operation(Permission.TOKEN_REVOKE, errors.NotFound, posted=True))
def revoke_acme_account(call: Caller, account: Identifier) -> AcmeAccount:
    """It may do nothing from now on, for good; revoking twice is fine. Its certificates stay as they are."""
    return AcmeAccount.of(administration.revoke_account(call.ctx, call.actor, account, call.claim)[0])
