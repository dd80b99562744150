"""`/me/factors` and below: the caller's second factors."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from pki_manager.authority.kernel.access import Permission
from pki_manager.authority.people import factors
from pki_manager.authority.people.factors import PasskeyAnswer
from pki_manager.domain import errors
from pki_manager.protocols.rest.bodies.people import CodeBody, PasskeyBody, PasskeyNameBody
from pki_manager.protocols.rest.fields import Identifier
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.factors import (
    FactorsResponse,
    NewTotp,
    PasskeyOptions,
    PasskeyResponse,
    RecoveryCodes,
)
from pki_manager.protocols.rest.responses.people import OwnSession
from pki_manager.protocols.rest.routes.sessions import entered

router = APIRouter(prefix="/me", tags=["me"], route_class=OperationRoute)


@router.get("/factors", summary="List your second factors", **operation(Permission.SELF_UPDATE))
def list_factors(call: Caller) -> FactorsResponse:
    """List your second factors: authenticator app, passkeys, and recovery codes."""
    return FactorsResponse.of(factors.show_own(call.ctx, call.actor))


@router.put("/totp", summary="Create an authenticator secret", **operation(Permission.SELF_SECURE, errors.Conflict))
def prepare_totp(call: Caller) -> NewTotp:
    """Create a new secret for an authenticator app. It takes effect after `confirm_totp` has received a code."""
    return NewTotp.of(factors.prepare_totp(call.ctx, call.actor))


@router.put(
    "/totp/confirmation", summary="Confirm an authenticator app", **operation(Permission.SELF_SECURE, errors.Conflict)
)
def confirm_totp(call: Caller, body: CodeBody, response: Response) -> OwnSession:
    """Confirm an authenticator app with a code. Sign-in then requires a code.

    The session gets a new secret and a new CSRF token.
    """
    code = body.code.get_secret_value()
    return entered(call, response, factors.confirm_totp(call.ctx, call.actor, call.session, code))


@router.delete(
    "/totp",
    summary="Remove the authenticator app",
    status_code=204,
    **operation(Permission.SELF_SECURE, errors.Conflict),
)
def remove_totp(call: Caller) -> Response:
    """Remove your authenticator app. Refused if your role requires a second factor and this is the last one."""
    factors.remove_totp(call.ctx, call.actor)
    return Response(status_code=204)


@router.put("/recovery-codes", summary="Create recovery codes", **operation(Permission.SELF_SECURE, errors.Conflict))
def create_recovery_codes(call: Caller) -> RecoveryCodes:
    """Create new recovery codes. They replace the old codes and are returned only once."""
    return RecoveryCodes(codes=list(factors.create_recovery_codes(call.ctx, call.actor)))


@router.put("/passkey-options", summary="Start passkey registration", **operation(Permission.SELF_SECURE))
def begin_passkey(call: Caller) -> PasskeyOptions:
    """Return the WebAuthn options for registering a new passkey."""
    return PasskeyOptions(options=factors.begin_passkey(call.ctx, call.actor, call.browser.origin))


@router.post(
    "/passkeys",
    summary="Register a passkey",
    status_code=201,
    **operation(Permission.SELF_SECURE, errors.Conflict, posted=True),
)
def add_passkey(call: Caller, body: PasskeyBody, response: Response) -> PasskeyResponse:
    """Register a passkey. The session gets a new secret and a new CSRF token, which `GET /me` returns."""
    answer = PasskeyAnswer(body.credential, call.browser.origin)
    (passkey, renewed), _ = factors.add_passkey(call.ctx, call.actor, call.session, body.name, answer, call.claim)
    call.browser.remember(response, renewed)
    return PasskeyResponse.of(passkey)


@router.put("/passkeys/{passkey}", summary="Rename a passkey", **operation(Permission.SELF_UPDATE, errors.NotFound))
def rename_passkey(call: Caller, passkey: Identifier, body: PasskeyNameBody) -> PasskeyResponse:
    """Change the name of one of your passkeys."""
    return PasskeyResponse.of(factors.rename_passkey(call.ctx, call.actor, passkey, body.name))


@router.delete(
    "/passkeys/{passkey}",
    summary="Remove a passkey",
    status_code=204,
    **operation(Permission.SELF_SECURE, errors.NotFound, errors.Conflict),
)
def remove_passkey(call: Caller, passkey: Identifier) -> Response:
    """Remove one of your passkeys. Refused if your role requires a second factor and this is the last one."""
    factors.remove_passkey(call.ctx, call.actor, passkey)
    return Response(status_code=204)
