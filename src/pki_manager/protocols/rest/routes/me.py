"""`/me`: the caller."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from pki_manager.authority.kernel.access import Permission, is_allowed
from pki_manager.authority.people import guesses, sessions, sign_in
from pki_manager.domain import errors
from pki_manager.protocols.rest.bodies.people import PasswordBody, ProofBody
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Identifier, Limit
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.page import build_page
from pki_manager.protocols.rest.responses.people import OwnSession, SessionPage, SessionResponse, UserResponse
from pki_manager.protocols.rest.responses.system import Me, SecurityNotice
from pki_manager.protocols.rest.routes.sessions import entered

router = APIRouter(prefix="/me", tags=["me"], route_class=OperationRoute)


@router.get("", summary="Get the current user", **operation(Permission.SELF_READ))
def get_me(call: Caller) -> Me:
    """Return the caller with their permissions and, for a user, their session."""
    actor, signed_in = call.actor, call.signed_in
    found = None if signed_in is None else guesses.list_guesses(call.ctx, signed_in.user.id)
    idle = int(call.ctx.config.session_idle.total_seconds())
    return Me(
        kind=actor.kind,
        id=actor.id,
        name=actor.name,
        via=actor.via,
        role=actor.roles[0] if actor.roles else None,
        roles=list(actor.roles),
        permissions=sorted(permission.value for permission in Permission if is_allowed(actor, permission)),
        is_fresh=actor.is_fresh,
        user=None if signed_in is None else UserResponse.of(signed_in.user),
        session=None if signed_in is None else OwnSession.within(signed_in, idle),
        security_notices=[] if found is None else [SecurityNotice.of(found)],
    )


@router.get("/sessions", summary="List your sessions", **operation(Permission.SELF_READ))
def list_own_sessions(call: Caller, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> SessionPage:
    """List your active sessions, newest first."""
    return SessionPage(**build_page(sessions.list_own(call.ctx, call.actor, cursor, limit), SessionResponse.of))


@router.post(
    "/sessions/{session}/revoke",
    summary="End one of your sessions",
    **operation(Permission.SELF_UPDATE, errors.NotFound, posted=True),
)
def revoke_own_session(call: Caller, session: Identifier) -> SessionResponse:
    """End one of your sessions. Can be repeated."""
    return SessionResponse.of(sessions.revoke_own(call.ctx, call.actor, session, call.claim).value)


@router.delete("/sessions", summary="Sign out everywhere", status_code=204, **operation(Permission.SELF_UPDATE))
def sign_out_everywhere(
    call: Caller,
    *,
    revoke_tokens: Annotated[
        bool, Query(description="Whether to revoke your API tokens and EAB keys as well. Default: `false`")
    ] = False,
) -> Response:
    """End all of your sessions, including this one. With `revoke_tokens`, revoke your tokens and EAB keys as well."""
    sign_in.sign_out_everywhere(call.ctx, call.actor, revoke_tokens=revoke_tokens)
    answer = Response(status_code=204)
    call.browser.forget(answer)
    return answer


@router.delete("/session", summary="Sign out", status_code=204, **operation(Permission.SELF_UPDATE))
def sign_out(call: Caller) -> Response:
    """End the session of this request."""
    sessions.sign_out(call.ctx, call.actor, call.session.session.id)
    answer = Response(status_code=204)
    call.browser.forget(answer)
    return answer


@router.put(
    "/session", summary="Confirm your identity", **operation(Permission.SELF_UPDATE, errors.SignInFailed, costly=True)
)
def reauthenticate(call: Caller, body: ProofBody, response: Response) -> OwnSession:
    """Authenticate again, as sensitive operations require. The session gets a new secret and a new CSRF token."""
    proof = body.proof(call.browser.origin)
    return entered(call, response, sign_in.reauthenticate(call.ctx, call.actor, call.session, proof))


@router.put(
    "/password", summary="Change your password", **operation(Permission.SELF_UPDATE, errors.SignInFailed, costly=True)
)
def change_password(call: Caller, body: PasswordBody, response: Response) -> OwnSession:
    """Change your password. Your other sessions end, and with `revoke_tokens` your tokens are revoked.

    This session gets a new secret and a new CSRF token.
    """
    current, new = body.current_password.get_secret_value(), body.new_password.get_secret_value()
    changed = sign_in.change_password(
        call.ctx, call.actor, call.session, current, new, revoke_tokens=body.revoke_tokens
    )
    return entered(call, response, changed)
