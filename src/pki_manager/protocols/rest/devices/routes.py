"""`/device`: sign-in of command lines by device code (RFC 8628)."""

from __future__ import annotations

from fastapi import APIRouter

from pki_manager.authority.kernel.access import Permission
from pki_manager.authority.people import device_sign_in
from pki_manager.domain import errors
from pki_manager.domain.duration import Duration
from pki_manager.protocols.rest.devices.bodies import (
    DeviceApprovalBody,
    DeviceAuthorizationBody,
    DeviceTokenBody,
    UserCodeBody,
)
from pki_manager.protocols.rest.devices.responses import (
    DeviceAuthorizationResponse,
    DeviceSignInResponse,
    DeviceTokenResponse,
)
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation

router = APIRouter(prefix="/device", tags=["device"], route_class=OperationRoute)


@router.post(
    "/authorization",
    summary="Start a device sign-in",
    **operation(Permission.SESSION_CREATE, errors.TooManyAttempts, errors.Conflict),
)
def begin_device_sign_in(call: Caller, body: DeviceAuthorizationBody) -> DeviceAuthorizationResponse:
    """Start the sign-in of a command line (RFC 8628 §3.1).

    Show the user `user_code` and `verification_uri`, and poll `/device/token` every `interval` seconds. The codes are
    valid for ten minutes.
    """
    return DeviceAuthorizationResponse.of(device_sign_in.begin(call.ctx, call.actor, body.client()))


@router.post(
    "/token",
    summary="Get a device token",
    **operation(
        Permission.SESSION_CREATE,
        errors.AuthorizationPending,
        errors.SlowDown,
        errors.DeviceAccessDenied,
        errors.DeviceCodeExpired,
    ),
)
def redeem_device_code(call: Caller, body: DeviceTokenBody) -> DeviceTokenResponse:
    """Return the API token of a device sign-in after the user has confirmed it (RFC 8628 §3.4). Works once.

    Until then, the error `authorization_pending` says to poll again after `Retry-After`, and `slow_down` to poll less
    often.
    """
    return DeviceTokenResponse.of(device_sign_in.redeem(call.ctx, call.actor, body.device_code.get_secret_value()))


@router.post(
    "/check",
    summary="Check a device sign-in",
    **operation(Permission.SELF_UPDATE, errors.NotFound, errors.TooManyAttempts),
)
def check_device_sign_in(call: Caller, body: UserCodeBody) -> DeviceSignInResponse:
    """Return which command line waits for a user code, from where, and what it requests."""
    return DeviceSignInResponse.of(device_sign_in.show(call.ctx, call.actor, body.user_code))


@router.post(
    "/approve",
    summary="Approve a device sign-in",
    **operation(Permission.TOKEN_CREATE, errors.NotFound, errors.TooManyAttempts, errors.Conflict, posted=True),
)
def approve_device_sign_in(call: Caller, body: DeviceApprovalBody) -> DeviceSignInResponse:
    """Approve the sign-in of a command line. It gets one of your API tokens, with this role and lifetime.

    Requires a session. Approve only a sign-in that you started yourself.
    """
    lifetime = Duration.parse(body.expires, "expires")
    done = device_sign_in.approve(call.ctx, call.actor, body.user_code, body.role, lifetime, call.claim)
    return DeviceSignInResponse.of(done.value)


@router.post(
    "/deny",
    summary="Reject a device sign-in",
    **operation(Permission.SELF_UPDATE, errors.NotFound, errors.TooManyAttempts, errors.Conflict, posted=True),
)
def deny_device_sign_in(call: Caller, body: UserCodeBody) -> DeviceSignInResponse:
    """Reject the sign-in of a command line. Its codes cannot be used any more."""
    return DeviceSignInResponse.of(device_sign_in.deny(call.ctx, call.actor, body.user_code, call.claim).value)
