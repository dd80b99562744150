"""`/sessions` and `/invitations`: sign-in, sign-out, and active sessions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from pki_manager.authority.kernel.access import Permission
from pki_manager.authority.people import invitations, second_step, sessions, sign_in
from pki_manager.authority.people.factors import PasskeyAnswer
from pki_manager.authority.people.sessions import SignedIn
from pki_manager.domain import errors
from pki_manager.domain.people.session import Stage
from pki_manager.protocols.rest.bodies.people import (
    InvitationBody,
    InvitationCheckBody,
    PasskeySignInBody,
    SecondFactorBody,
    SignInBody,
)
from pki_manager.protocols.rest.browser import require_csrf_token
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Identifier, Limit
from pki_manager.protocols.rest.operation import Call, Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.factors import PasskeyOptions
from pki_manager.protocols.rest.responses.page import build_page
from pki_manager.protocols.rest.responses.people import InvitationResponse, OwnSession, SessionPage, SessionResponse

router = APIRouter(tags=["sessions"], route_class=OperationRoute)

OfUser = Annotated[str | None, Query(max_length=200, description="ID or username. Default: all users")]


def entered(call: Call, response: Response, signed_in: SignedIn) -> OwnSession:
    """Set the cookie of the session after authentication, and return the session with its CSRF token."""
    call.browser.remember(response, signed_in)
    waits = signed_in.session.stage is Stage.SECOND_FACTOR
    offered = second_step.list_offered_factors(call.ctx, signed_in) if waits else ()
    return OwnSession.within(signed_in, int(call.ctx.config.session_idle.total_seconds()), offered)


@router.post(
    "/sessions",
    summary="Sign in with a password",
    status_code=201,
    **operation(Permission.SESSION_CREATE, errors.SignInFailed, costly=True),
)
def create_session(call: Caller, body: SignInBody, response: Response) -> OwnSession:
    """Sign in with a username and password. The session cookie is not readable by scripts."""
    password = body.password.get_secret_value()
    opened = sign_in.sign_in(call.ctx, call.actor, body.login, password, call.browser.agent)
    return entered(call, response, opened)


@router.post(
    "/invitations/accept",
    summary="Accept an invitation",
    status_code=201,
    **operation(Permission.SESSION_CREATE, errors.SignInFailed, costly=True),
)
def accept_invitation(call: Caller, body: InvitationBody, response: Response) -> OwnSession:
    """Choose a password with an invitation link and sign in. The link can be used once."""
    secret, password = body.secret.get_secret_value(), body.password.get_secret_value()
    opened = invitations.accept(call.ctx, call.actor, secret, password, call.browser.agent)
    return entered(call, response, opened)


@router.post(
    "/invitations/check",
    summary="Check an invitation",
    **operation(Permission.SESSION_CREATE, errors.SignInFailed),
)
def check_invitation(call: Caller, body: InvitationCheckBody) -> InvitationResponse:
    """Return the user of an invitation link, and until when the link can be used. Changes nothing."""
    return InvitationResponse.of(invitations.check(call.ctx, body.secret.get_secret_value()))


@router.post(
    "/sessions/second-factor",
    summary="Submit a second factor",
    **operation(
        Permission.SESSION_CREATE, errors.SignInFailed, errors.TooManyAttempts, errors.Conflict, errors.CrossSiteRequest
    ),
)
def submit_second_factor(call: Caller, body: SecondFactorBody, response: Response) -> OwnSession:
    """Complete a sign-in whose session is at the stage `second-factor`. Requires the CSRF token of that session."""
    if call.signed_in is None:
        raise errors.Unauthenticated("No sign-in is waiting for a second factor.")
    require_csrf_token(call.signed_in, call.browser)
    proof = body.proof(call.browser.origin)
    return entered(call, response, second_step.complete_sign_in(call.ctx, call.actor, call.signed_in, proof))


@router.post(
    "/sessions/passkey-options",
    summary="Get passkey sign-in options",
    **operation(Permission.SESSION_CREATE, errors.TooManyAttempts),
)
def get_passkey_options(call: Caller) -> PasskeyOptions:
    """Return the WebAuthn options for a passkey of the session's user, or of any user if there is no session."""
    options = second_step.get_passkey_options(call.ctx, call.actor, call.signed_in, call.browser.origin)
    return PasskeyOptions(options=options)


@router.post(
    "/sessions/passkey",
    summary="Sign in with a passkey",
    status_code=201,
    **operation(Permission.SESSION_CREATE, errors.SignInFailed, errors.TooManyAttempts),
)
def create_session_by_passkey(call: Caller, body: PasskeySignInBody, response: Response) -> OwnSession:
    """Sign in with a passkey, without a password."""
    answer = PasskeyAnswer(body.passkey, call.browser.origin)
    opened = second_step.sign_in_by_passkey(call.ctx, call.actor, answer, call.browser.agent)
    return entered(call, response, opened)


@router.get("/sessions", summary="List sessions", **operation(Permission.SESSION_READ, errors.NotFound))
def list_sessions(
    call: Caller, user: OfUser = None, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> SessionPage:
    """List the active sessions of all users or of one user, newest first."""
    return SessionPage(
        **build_page(sessions.list_sessions(call.ctx, call.actor, user, cursor, limit), SessionResponse.of)
    )


@router.post(
    "/sessions/{session}/revoke",
    summary="End a session",
    **operation(Permission.SESSION_REVOKE, errors.NotFound, posted=True),
)
def revoke_session(call: Caller, session: Identifier) -> SessionResponse:
    """End the session of a user. Can be repeated."""
    return SessionResponse.of(sessions.revoke_session(call.ctx, call.actor, session, call.claim).value)
