"""`/me`: the caller, and what he may do about himself."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from pki_manager.authority.kernel.access import Permission, allowed
from pki_manager.authority.people import sessions, sign_in
from pki_manager.domain import errors
from pki_manager.protocols.rest.bodies.people import PasswordBody, ProofBody
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Identifier, Limit
from pki_manager.protocols.rest.operation import Caller, Operation, operation
from pki_manager.protocols.rest.responses.page import paged
from pki_manager.protocols.rest.responses.people import OwnSession, Session, SessionPage, User
from pki_manager.protocols.rest.responses.system import Me
from pki_manager.protocols.rest.routes.sessions import entered

router = APIRouter(prefix="/me", tags=["me"], route_class=Operation)


@router.get("", **operation(Permission.SELF_READ))
def get_me(call: Caller) -> Me:
    """Who the caller is here, and what that allows; for a user also his session."""
    actor, signed_in = call.actor, call.signed_in
    idle = int(call.ctx.config.session_idle.total_seconds())
    return Me(
        kind=actor.kind,
        id=actor.id,
        name=actor.name,
        via=actor.via,
        role=actor.roles[0] if actor.roles else None,
        roles=list(actor.roles),
        permissions=sorted(permission.value for permission in Permission if allowed(actor, permission)),
        is_fresh=actor.is_fresh,
        user=None if signed_in is None else User.of(signed_in.user),
        session=None if signed_in is None else OwnSession.within(signed_in, idle),
    )


@router.get("/sessions", **operation(Permission.SELF_READ))
def list_own_sessions(call: Caller, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> SessionPage:
    """Where the caller is signed in, newest first."""
    return SessionPage(**paged(sessions.list_own(call.ctx, call.actor, cursor, limit), Session.of))


@router.post("/sessions/{session}/revoke", **operation(Permission.SELF_UPDATE, errors.NotFound, posted=True))
def revoke_own_session(call: Caller, session: Identifier) -> Session:
    """It works no longer from now on; revoking twice is fine."""
    return Session.of(sessions.revoke_own(call.ctx, call.actor, session, call.claim)[0])


@router.delete("/sessions", status_code=204, **operation(Permission.SELF_UPDATE))
def sign_out_everywhere(
    call: Caller,
    *,
    revoke_tokens: Annotated[
        bool, Query(description="Whether to revoke the caller's API tokens and ACME keys too. Default: `false`")
    ] = False,
) -> Response:
    """End all sessions of the caller, this one too. With `revoke_tokens`, revoke their tokens and ACME keys as well."""
    sign_in.sign_out_everywhere(call.ctx, call.actor, revoke_tokens=revoke_tokens)
    answer = Response(status_code=204)
    call.browser.forget(answer)
    return answer


@router.delete("/session", status_code=204, **operation(Permission.SELF_UPDATE))
def sign_out(call: Caller) -> Response:
    """End the session that the caller is in."""
    sessions.sign_out(call.ctx, call.actor, call.session.session.id)
    answer = Response(status_code=204)
    call.browser.forget(answer)
    return answer


@router.put("/session", **operation(Permission.SELF_UPDATE, errors.SignInFailed, costly=True))
def reauthenticate(call: Caller, body: ProofBody, response: Response) -> OwnSession:
    """Prove once more who it is, for what needs it. The session gets another secret and another CSRF token."""
    proof = body.proof(call.browser.origin)
    return entered(call, response, sign_in.reauthenticate(call.ctx, call.actor, call.session, proof))


@router.put("/password", **operation(Permission.SELF_UPDATE, errors.SignInFailed, costly=True))
def change_password(call: Caller, body: PasswordBody, response: Response) -> OwnSession:
    """The caller's other sessions end, and with `revoke_tokens` their tokens; this one gets new secrets."""
    current, new = body.current_password.get_secret_value(), body.new_password.get_secret_value()
    changed = sign_in.change_password(
        call.ctx, call.actor, call.session, current, new, revoke_tokens=body.revoke_tokens
    )
    return entered(call, response, changed)
