"""`/me/factors` and below: the caller's own second factors."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from pki_manager.authority.kernel.access import Permission
from pki_manager.authority.people import factors
from pki_manager.authority.people.factors import Answer
from pki_manager.domain import errors
from pki_manager.protocols.rest.bodies.people import CodeBody, PasskeyBody, PasskeyNameBody
from pki_manager.protocols.rest.fields import Identifier
from pki_manager.protocols.rest.operation import Caller, Operation, operation
from pki_manager.protocols.rest.responses.factors import Factors, NewTotp, Passkey, PasskeyOptions, RecoveryCodes
from pki_manager.protocols.rest.responses.people import OwnSession
from pki_manager.protocols.rest.routes.sessions import entered

router = APIRouter(prefix="/me", tags=["me"], route_class=Operation)


@router.get("/factors", **operation(Permission.SELF_UPDATE))
def list_factors(call: Caller) -> Factors:
    """What the caller can prove themselves with beside a password."""
    return Factors.of(factors.show_own(call.ctx, call.actor))


@router.put("/totp", **operation(Permission.SELF_SECURE, errors.Conflict))
def prepare_totp(call: Caller) -> NewTotp:
    """A new secret for an authenticator; it counts once `confirm_totp` has seen a code of it."""
    return NewTotp.of(factors.prepare_totp(call.ctx, call.actor))


@router.put("/totp/confirmation", **operation(Permission.SELF_SECURE, errors.Conflict))
def confirm_totp(call: Caller, body: CodeBody, response: Response) -> OwnSession:
    """From now on signing in asks for a code. The session gets another secret and another CSRF token."""
    code = body.code.get_secret_value()
    return entered(call, response, factors.confirm_totp(call.ctx, call.actor, call.session, code))


@router.delete("/totp", status_code=204, **operation(Permission.SELF_SECURE, errors.Conflict))
def remove_totp(call: Caller) -> Response:
    factors.remove_totp(call.ctx, call.actor)
    return Response(status_code=204)


@router.put("/recovery-codes", **operation(Permission.SELF_SECURE, errors.Conflict))
def make_recovery_codes(call: Caller) -> RecoveryCodes:
    """New ones in place of the old. They are in this answer and nowhere else."""
    return RecoveryCodes(codes=list(factors.make_recovery_codes(call.ctx, call.actor)))


@router.put("/passkey-options", **operation(Permission.SELF_SECURE))
def begin_passkey(call: Caller) -> PasskeyOptions:
    """What a new passkey has to answer."""
    return PasskeyOptions(options=factors.begin_passkey(call.ctx, call.actor, call.browser.origin))


@router.post("/passkeys", status_code=201, **operation(Permission.SELF_SECURE, errors.Conflict, posted=True))
def add_passkey(call: Caller, body: PasskeyBody, response: Response) -> Passkey:
    """Register one. The session gets another secret, and so another CSRF token: `GET /me` tells it."""
    answer = Answer(body.credential, call.browser.origin)
    (passkey, renewed), _ = factors.add_passkey(call.ctx, call.actor, call.session, body.name, answer, call.claim)
    call.browser.remember(response, renewed)
    return Passkey.of(passkey)


@router.put("/passkeys/{passkey}", **operation(Permission.SELF_UPDATE, errors.NotFound))
def rename_passkey(call: Caller, passkey: Identifier, body: PasskeyNameBody) -> Passkey:
    return Passkey.of(factors.rename_passkey(call.ctx, call.actor, passkey, body.name))


@router.delete(
    "/passkeys/{passkey}", status_code=204, **operation(Permission.SELF_SECURE, errors.NotFound, errors.Conflict)
)
def remove_passkey(call: Caller, passkey: Identifier) -> Response:
    factors.remove_passkey(call.ctx, call.actor, passkey)
    return Response(status_code=204)
