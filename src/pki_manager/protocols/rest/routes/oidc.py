"""`/oidc` and `/me/identities`: signing in by an identity provider (OpenID Connect), and the accounts there."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Path
from starlette.responses import Response

from pki_manager.authority.kernel.access import Permission
from pki_manager.authority.people import backchannel_logout, identities, oidc
from pki_manager.domain import errors
from pki_manager.protocols.rest.bodies.people import VisitBody, VisitEndBody
from pki_manager.protocols.rest.fields import Identifier
from pki_manager.protocols.rest.operation import Caller, Operation, operation
from pki_manager.protocols.rest.responses.identities import (
    BackChannelSignOut,
    IdentityList,
    ProviderList,
    ProviderSignOut,
    Visit,
    listed,
)
from pki_manager.protocols.rest.responses.people import OwnSession
from pki_manager.protocols.rest.routes.sessions import entered

router = APIRouter(tags=["oidc"], route_class=Operation)

ProviderName = Annotated[str, Path(max_length=100, description="Name of an identity provider in the settings")]


@router.get("/oidc", **operation(Permission.SESSION_CREATE))
def list_identity_providers(call: Caller) -> ProviderList:
    """By whom people can sign in, in the order of the settings. Nobody is asked for it."""
    return ProviderList.of(oidc.providers(call.ctx))


@router.post(
    "/oidc/{provider}/begin",
    **operation(
        Permission.SESSION_CREATE,
        errors.NotFound,
        errors.ProviderUnavailable,
        errors.FreshAuthenticationRequired,
        errors.TooManyAttempts,
    ),
)
def begin_identity_visit(call: Caller, provider: ProviderName, body: VisitBody, response: Response) -> Visit:
    """Where to send the browser; it comes back to `/oidc/{provider}` of the web UI within ten minutes."""
    purpose, invitation = body.meaning()
    visit = oidc.begin(call.ctx, call.actor, call.signed_in, provider, purpose, invitation)
    call.browser.remember_visit(response, visit.secret)
    return Visit(authorization_url=visit.url)


@router.post(
    "/oidc/{provider}/finish",
    status_code=201,
    **operation(
        Permission.SESSION_CREATE,
        errors.NotFound,
        errors.IdentityRefused,
        errors.ProviderUnavailable,
        errors.Conflict,
        errors.TooManyAttempts,
    ),
)
def finish_identity_visit(call: Caller, provider: ProviderName, body: VisitEndBody, response: Response) -> OwnSession:
    """What the browser brought back, once, in the browser that began. Signs in, proves, links or accepts a link."""
    signed_in = oidc.finish(
        call.ctx,
        call.actor,
        call.signed_in,
        provider,
        call.browser.visit,
        body.callback(),
        call.browser.agent,
    )
    call.browser.forget_visit(response)
    return entered(call, response, signed_in)


@router.get(
    "/oidc/{provider}/sign-out", **operation(Permission.SESSION_CREATE, errors.NotFound, errors.ProviderUnavailable)
)
def get_identity_sign_out(call: Caller, provider: ProviderName) -> ProviderSignOut:
    """Where to send a browser that was signed out here, to be signed out at the provider too."""
    return ProviderSignOut(url=oidc.sign_out_url(call.ctx, provider))


_FORM = "application/x-www-form-urlencoded"
_MAX_FORM_FIELDS = 20

_HEARING: dict[str, Any] = operation(
    Permission.SESSION_CREATE,
    errors.NotFound,
    errors.TooLarge,
    errors.UnsupportedMedia,
    errors.ProviderUnavailable,
    media_types=(_FORM,),
)
_HEARING["openapi_extra"]["requestBody"]["content"][_FORM] = {
    "schema": {
        "type": "object",
        "required": [backchannel_logout.FIELD],
        "properties": {backchannel_logout.FIELD: {"type": "string", "minLength": 1}},
    }
}


@router.post("/oidc/{provider}/back-channel-logout", **_HEARING)
def hear_identity_sign_out(call: Caller, provider: ProviderName) -> BackChannelSignOut:
    """For the provider: a logout token ends what was begun here (OpenID Connect Back-Channel Logout 1.0).

    With a `sid` what that session of the provider's has begun, otherwise all that its `sub` has.
    """
    token = _field(call.content, backchannel_logout.FIELD)
    return BackChannelSignOut(sessions=backchannel_logout.sign_out(call.ctx, call.actor, provider, token))


def _field(form: bytes, name: str) -> str:
    """The one value of it. Malformed. Other fields are ignored, as the specification wants (§2.5)."""
    try:
        told = parse_qs(form.decode("ascii"), keep_blank_values=True, max_num_fields=_MAX_FORM_FIELDS)
    except ValueError:
        raise errors.Malformed.of("body", "form", "must be a form of a few fields") from None
    values = told.get(name, [])
    if len(values) != 1 or not values[0]:
        raise errors.Malformed.of(name, "form.one", "must be given, and once")
    return values[0]


@router.get("/me/identities", **operation(Permission.SELF_UPDATE))
def list_own_identities(call: Caller) -> IdentityList:
    """By which accounts of identity providers the caller signs in, oldest first."""
    return listed(identities.list_own(call.ctx, call.actor), oidc.providers(call.ctx))


@router.delete(
    "/me/identities/{identity}",
    status_code=204,
    **operation(Permission.SELF_SECURE, errors.NotFound, errors.Conflict),
)
def unlink_identity(call: Caller, identity: Identifier) -> Response:
    """That account does not sign in here any more; what it gave by the rules is gone with it."""
    identities.unlink(call.ctx, call.actor, identity)
    return Response(status_code=204)
