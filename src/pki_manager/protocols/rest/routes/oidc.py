"""`/oidc` and `/me/identities`: sign-in with identity providers (OpenID Connect), and linked accounts."""

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
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.identities import (
    BackChannelSignOut,
    IdentityList,
    ProviderList,
    ProviderSignOut,
    VisitResponse,
    build_identity_list,
)
from pki_manager.protocols.rest.responses.people import OwnSession
from pki_manager.protocols.rest.routes.sessions import entered

router = APIRouter(tags=["oidc"], route_class=OperationRoute)

ProviderName = Annotated[str, Path(max_length=100, description="Name of an identity provider in the settings")]


@router.get("/oidc", summary="List identity providers", **operation(Permission.SESSION_CREATE))
def list_identity_providers(call: Caller) -> ProviderList:
    """List the identity providers that users can sign in with, in the order of the settings."""
    return ProviderList.of(oidc.list_providers(call.ctx))


@router.post(
    "/oidc/{provider}/begin",
    summary="Start an OpenID Connect flow",
    **operation(
        Permission.SESSION_CREATE,
        errors.NotFound,
        errors.ProviderUnavailable,
        errors.FreshAuthenticationRequired,
        errors.TooManyAttempts,
    ),
)
def start_oidc_sign_in(call: Caller, provider: ProviderName, body: VisitBody, response: Response) -> VisitResponse:
    """Start an OpenID Connect flow. Returns the URL to send the browser to.

    The browser must return to `/oidc/{provider}` of the web UI within ten minutes.
    """
    purpose, invitation = body.meaning()
    visit = oidc.begin(call.ctx, call.actor, call.signed_in, provider, purpose, invitation)
    call.browser.remember_visit(response, visit.secret)
    return VisitResponse(authorization_url=visit.url)


@router.post(
    "/oidc/{provider}/finish",
    summary="Complete an OpenID Connect flow",
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
def complete_oidc_sign_in(call: Caller, provider: ProviderName, body: VisitEndBody, response: Response) -> OwnSession:
    """Complete an OpenID Connect flow: sign in, re-authenticate, link an account, or accept an invitation.

    Works once, and only in the browser that started the flow.
    """
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
    "/oidc/{provider}/sign-out",
    summary="Get the provider sign-out URL",
    **operation(Permission.SESSION_CREATE, errors.NotFound, errors.ProviderUnavailable),
)
def get_identity_sign_out(call: Caller, provider: ProviderName) -> ProviderSignOut:
    """Return the URL that ends the session at the identity provider, for a browser that was signed out here."""
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


@router.post("/oidc/{provider}/back-channel-logout", summary="Receive a back-channel logout", **_HEARING)
def receive_backchannel_logout(call: Caller, provider: ProviderName) -> BackChannelSignOut:
    """End sessions on request of the identity provider (OpenID Connect Back-Channel Logout 1.0).

    With a `sid` in the logout token, the sessions of that provider session end; otherwise all sessions of its `sub`.
    """
    token = _field(call.content, backchannel_logout.FIELD)
    return BackChannelSignOut(sessions=backchannel_logout.sign_out(call.ctx, call.actor, provider, token))


def _field(form: bytes, name: str) -> str:
    """Return the only value of a form field. Other fields are ignored (§2.5 of the specification).

    Raises Malformed if the field is missing, empty, or repeated.
    """
    try:
        fields = parse_qs(form.decode("ascii"), keep_blank_values=True, max_num_fields=_MAX_FORM_FIELDS)
    except ValueError:
        raise errors.Malformed.of("body", "form", "must be a form with a few fields") from None
    values = fields.get(name, [])
    if len(values) != 1 or not values[0]:
        raise errors.Malformed.of(name, "form.one", "must be set exactly once")
    return values[0]


@router.get("/me/identities", summary="List your linked accounts", **operation(Permission.SELF_UPDATE))
def list_own_identities(call: Caller) -> IdentityList:
    """List your linked accounts at identity providers, oldest first."""
    return build_identity_list(identities.list_own(call.ctx, call.actor), oidc.list_providers(call.ctx))


@router.delete(
    "/me/identities/{identity}",
    summary="Unlink one of your accounts",
    status_code=204,
    **operation(Permission.SELF_SECURE, errors.NotFound, errors.Conflict),
)
def unlink_identity(call: Caller, identity: Identifier) -> Response:
    """Unlink an identity provider account from your user. Roles and teams that its rules granted are removed."""
    identities.unlink(call.ctx, call.actor, identity)
    return Response(status_code=204)
