"""`/service-accounts`: service accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from pki_manager.authority.kernel.access import Permission
from pki_manager.authority.rights import service_accounts
from pki_manager.domain import errors
from pki_manager.domain.approval import Operation
from pki_manager.protocols.rest.bodies.rights import ServiceAccountBody
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Limit
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.page import build_page
from pki_manager.protocols.rest.responses.rights import ServiceAccountPage, ServiceAccountResponse

router = APIRouter(prefix="/service-accounts", tags=["service-accounts"], route_class=OperationRoute)

AccountName = Annotated[str, Path(max_length=200, description="ID or name")]


@router.get("", summary="List service accounts", **operation(Permission.USER_READ))
def list_service_accounts(call: Caller, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> ServiceAccountPage:
    """List service accounts, newest first."""
    found = service_accounts.list_accounts(call.ctx, call.actor, cursor, limit)
    return ServiceAccountPage(**build_page(found, ServiceAccountResponse.of))


@router.post(
    "",
    summary="Create a service account",
    status_code=201,
    **operation(Permission.USER_MANAGE, errors.NotFound, errors.NameTaken, posted=True, gates=[Operation.ROLE_CHANGE]),
)
def create_service_account(call: Caller, body: ServiceAccountBody) -> ServiceAccountResponse:
    """Create a service account. Its role has at most your own permissions.

    A service account cannot sign in: create an API token for it.
    """
    made, _ = service_accounts.create_account(call.ctx, call.actor, body.to_request(), call.claim)
    return ServiceAccountResponse.of(made)


@router.get("/{account}", summary="Get a service account", **operation(Permission.USER_READ, errors.NotFound))
def get_service_account(call: Caller, account: AccountName) -> ServiceAccountResponse:
    """Return a service account with its role."""
    return ServiceAccountResponse.of(service_accounts.show_account(call.ctx, call.actor, account))


@router.post(
    "/{account}/disable",
    summary="Disable a service account",
    **operation(Permission.USER_MANAGE, errors.NotFound, posted=True),
)
def disable_service_account(call: Caller, account: AccountName) -> ServiceAccountResponse:
    """Disable a service account permanently. Its tokens stop working."""
    return ServiceAccountResponse.of(service_accounts.disable_account(call.ctx, call.actor, account, call.claim).value)
