"""Sign-in with an identity provider (OpenID Connect). A visit at the provider is for one browser and one purpose.

State, nonce, and PKCE verifier are derived from a secret that only the browser has, in a cookie that scripts cannot
read; the database has its hash. Therefore, a response is worthless in another browser, for another visit, or a second
time.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.current_rights import build_user_actor
from pki_manager.authority.kernel.repeat_counter import RefusalKind
from pki_manager.authority.kernel.secrets import create_secret, hash_of
from pki_manager.authority.people import throttle
from pki_manager.authority.people.factors import decide_next_stage
from pki_manager.authority.people.identities import require_active, settle
from pki_manager.authority.people.invitations import use_invitation
from pki_manager.authority.people.sessions import SignedIn, open_session, renew
from pki_manager.domain.errors import Conflict, IdentityRefused, NotFound, Unauthenticated
from pki_manager.domain.events.audit import Outcome
from pki_manager.domain.events.people import (
    IdentityLinked,
    InvitationAccepted,
    LoginBegun,
    LoginFailed,
    LoginSucceeded,
    SessionReauthenticated,
)
from pki_manager.domain.people.identity import (
    FLOW_MINUTES,
    Claims,
    Flow,
    Identity,
    Provider,
    SignInPurpose,
    build_identity_refused,
)
from pki_manager.domain.people.session import Stage
from pki_manager.domain.people.user import User, UserState
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.policy.identity import had_second_factor
from pki_manager.ports.identity import Ask, Callback, IdentityProvider
from pki_manager.ports.unit_of_work import UnitOfWork

PAGE = "/oidc"
"""Path of the pages that providers redirect browsers to: `/oidc/NAME` for each provider, so none can act for another.
"""


@dataclass(frozen=True, slots=True)
class Visit:
    """A new visit at an identity provider: the URL to send the browser to, and the secret that the browser keeps."""

    url: str
    secret: str


def list_providers(ctx: Context) -> tuple[Provider, ...]:
    """Return the identity providers in the order of the settings."""
    return tuple(provider.about for provider in ctx.ports.providers.values())


def begin(
    ctx: Context,
    actor: Actor,
    signed_in: SignedIn | None,
    name: str,
    purpose: SignInPurpose,
    invitation: str | None = None,
) -> Visit:
    """Start a visit at an identity provider. `invitation` is the secret of an invitation link to accept.

    Raises NotFound for an unknown provider; ProviderUnavailable if it is unavailable; Unauthenticated if linking or
    re-authentication lacks a session; TooManyAttempts; for linking, the errors of requiring SELF_SECURE.
    """
    provider = find_provider(ctx, name)
    if purpose is SignInPurpose.LINK:
        access.require(actor, Permission.SELF_SECURE)
    session_id = _session_of(signed_in, purpose)
    if signed_in is None:
        throttle.count_visitor(ctx, actor.peer)
    now = ctx.ports.clock.now()
    flow = Flow(
        provider=name,
        purpose=purpose,
        session_id=session_id,
        invitation_sha256=hash_of(invitation) if invitation is not None else None,
        begun_at=now,
        expires_at=now + timedelta(minutes=FLOW_MINUTES),
    )
    secret = create_secret(ctx.ports.entropy)
    url = provider.build_authorization_url(_ask(ctx, secret, flow))
    with ctx.ports.storage.housekeep() as uow:
        uow.identities.add_flow(hash_of(secret), flow)
    return Visit(url, secret)


def finish(
    ctx: Context,
    visitor: Actor,
    signed_in: SignedIn | None,
    name: str,
    secret: str | None,
    callback: Callback,
    agent: str,
) -> SignedIn:
    """Complete a visit for its purpose, and return the session. It can still require a second factor.

    Refusals are recorded in the audit log. Raises NotFound for an unknown provider; IdentityRefused with the broken
    rule; ProviderUnavailable if the provider is unavailable; TooManyAttempts if a visitor must wait.
    """
    provider = find_provider(ctx, name)
    if signed_in is None:
        throttle.count_visitor(ctx, visitor.peer)
    flow: Flow | None = None
    try:
        flow = _take(ctx, name, secret, callback.state)
        claims = provider.redeem(callback, _ask(ctx, secret or "", flow))
        return _ENDS[flow.purpose](_Return(ctx, visitor, signed_in, provider.about, flow, claims, agent))
    except IdentityRefused as error:
        _record_refusal(ctx, visitor, provider.about, signed_in, flow, error)
        raise


def sign_out_url(ctx: Context, name: str) -> str | None:
    """Return the URL that signs a browser out at the provider. None if that is not needed.

    Raises NotFound for an unknown provider; ProviderUnavailable if it is unavailable.
    """
    return find_provider(ctx, name).sign_out_url(f"{ctx.config.public_url}/sign-in")


@dataclass(frozen=True, slots=True)
class _Return:
    """A user who returned from the provider, with verified claims."""

    ctx: Context
    visitor: Actor
    signed_in: SignedIn | None
    provider: Provider
    flow: Flow
    claims: Claims
    agent: str


def _sign_in(back: _Return) -> SignedIn:
    ctx, method = back.ctx, back.provider.method
    user, identity_id = settle(ctx, back.visitor, back.provider, back.claims)
    with ctx.ports.storage.begin(build_user_actor(user, back.visitor)) as uow:
        user = uow.users.lock(user.id)
        require_active(user)
        if not uow.identities.touch(identity_id, ctx.ports.clock.now()):
            raise build_identity_refused(
                "oidc.unlinked", "Your account at the identity provider was unlinked. Sign in again."
            )
        stage = _stage(back, uow, user)
        throttle.forget_visits(ctx, uow, back.visitor.peer, times=2)
        opened = _opened(back, uow, user, stage)
        event = LoginBegun if stage is Stage.SECOND_FACTOR else LoginSucceeded
        uow.record(event(object_id=str(user.id), session=str(opened.session.id), method=method))
    return opened


def _opened(back: _Return, uow: UnitOfWork, user: User, stage: Stage) -> SignedIn:
    return open_session(
        back.ctx,
        uow,
        user,
        back.visitor,
        stage=stage,
        method=back.provider.method,
        agent=back.agent,
        provider_session=back.claims.session,
    )


def _stage(back: _Return, uow: UnitOfWork, user: User) -> Stage:
    """Return the stage of the session.

    The provider's second factor counts if the provider reported one of the `amr` values in the settings.
    """
    if had_second_factor(back.provider, back.claims):
        return Stage.ACTIVE
    return decide_next_stage(back.ctx, uow, user)


def _prove(back: _Return) -> SignedIn:
    ctx, signed_in = back.ctx, _same_session(back)
    method = back.provider.method
    with ctx.ports.storage.begin(build_user_actor(signed_in.user, back.visitor)) as uow:
        require_active(uow.users.lock(signed_in.user.id))
        identity = uow.identities.find(back.provider.issuer, back.claims.subject)
        if identity is None or identity.user_id != signed_in.user.id:
            raise build_identity_refused(
                "oidc.somebody_else", "This is another account than the one you are signed in with."
            )
        # The provider's session that it began in may be over: by another one it goes on, and ends with that.
        session, told = signed_in.session, back.claims.session
        within = told if session.was_begun_by(method) else None
        renewed = renew(ctx, uow, signed_in, session.stage, session.method, within)
        uow.record(SessionReauthenticated(object_id=str(renewed.session.id), method=method))
    return renewed


def _link(back: _Return) -> SignedIn:
    ctx, signed_in = back.ctx, _same_session(back)
    with ctx.ports.storage.begin(build_user_actor(signed_in.user, back.visitor)) as uow:
        require_active(uow.users.lock(signed_in.user.id))
        now, idle = back.ctx.ports.clock.now(), back.ctx.config.session_idle
        if not uow.sessions.get(signed_in.session.id).usable(now, idle):
            raise _session_over()
        _add_identity(back, uow, signed_in.user.id)
    return signed_in


def _accept(back: _Return) -> SignedIn:
    """Accept an invitation like `invitations.accept`, with the provider's account instead of a password."""
    ctx = back.ctx
    now, link = ctx.ports.clock.now(), back.flow.invitation_sha256 or b""
    with ctx.ports.storage.read() as reader:
        invitation = reader.users.find_invitation(link, now)
        user = None if invitation is None else reader.users.get(invitation.user_id)
    if user is None or user.state is UserState.DISABLED:
        raise _no_such_link()
    with ctx.ports.storage.begin(build_user_actor(user, back.visitor)) as uow:
        user = use_invitation(uow, user.id, link, now)
        if user is None:
            raise _no_such_link()
        throttle.forget_visits(ctx, uow, back.visitor.peer, times=2)
        _add_identity(back, uow, user.id)
        opened = _opened(back, uow, user, _stage(back, uow, user))
        uow.record(InvitationAccepted(object_id=str(user.id), session=str(opened.session.id)))
    return opened


_ENDS: Mapping[SignInPurpose, Callable[[_Return], SignedIn]] = {
    SignInPurpose.SIGN_IN: _sign_in,
    SignInPurpose.PROVE: _prove,
    SignInPurpose.LINK: _link,
    SignInPurpose.ACCEPT: _accept,
}


def _add_identity(back: _Return, uow: UnitOfWork, user_id: UUID) -> None:
    """Link the provider's account to the user. Raises IdentityRefused if it already belongs to a user."""
    now = back.ctx.ports.clock.now()
    identity = Identity(
        id=back.ctx.new_id(),
        user_id=user_id,
        issuer=back.provider.issuer,
        subject=back.claims.subject,
        by_rules=False,
        suspended=False,
        created_at=now,
        last_used_at=now,
    )
    try:
        uow.identities.add(identity)
    except Conflict as error:
        raise build_identity_refused("oidc.taken", error.detail) from None
    event = IdentityLinked(object_id=str(user_id), issuer=identity.issuer, subject=identity.subject)
    uow.record(event)


def _same_session(back: _Return) -> SignedIn:
    """Return the session in which the visit began. Raises IdentityRefused if the browser now has another one."""
    signed_in = back.signed_in
    if signed_in is None or signed_in.session.id != back.flow.session_id:
        raise _session_over()
    return signed_in


def _session_over() -> IdentityRefused:
    return build_identity_refused("oidc.session", "Your session has changed since this sign-in started. Start again.")


def _session_of(signed_in: SignedIn | None, purpose: SignInPurpose) -> UUID | None:
    if purpose not in (SignInPurpose.LINK, SignInPurpose.PROVE):
        return None
    if signed_in is None or signed_in.session.stage is Stage.SECOND_FACTOR:
        raise Unauthenticated("This operation requires a session. Sign in first.")
    return signed_in.session.id


def find_provider(ctx: Context, name: str) -> IdentityProvider:
    """Return an identity provider. Raises NotFound if none has this name."""
    provider = ctx.ports.providers.get(name)
    if provider is None:
        raise NotFound.of("identity provider", name)
    return provider


def _take(ctx: Context, name: str, secret: str | None, state: str) -> Flow:
    """Return the visit of this browser that the response belongs to, and delete it so that it cannot be used again.

    Raises IdentityRefused if there is none.
    """
    flow = None
    if secret is not None and hmac.compare_digest(_derived(secret, "state").encode(), state.encode(errors="replace")):
        with ctx.ports.storage.housekeep() as uow:
            flow = uow.identities.take_flow(hash_of(secret), ctx.ports.clock.now())
    if flow is None or flow.provider != name:
        raise build_identity_refused(
            "oidc.state",
            "This sign-in was started in another browser, took too long, or was already completed. Start again.",
        )
    return flow


def _ask(ctx: Context, secret: str, flow: Flow) -> Ask:
    return Ask(
        redirect_uri=f"{ctx.config.public_url}{PAGE}/{flow.provider}",
        state=_derived(secret, "state"),
        nonce=_derived(secret, "nonce"),
        verifier=_derived(secret, "verifier"),
        since=flow.begun_at if flow.purpose is SignInPurpose.PROVE else None,
    )


def _derived(secret: str, use: str) -> str:
    """Return 256 bits derived from the secret for one use, as 43 characters (RFC 7636 §4.1).

    They reveal nothing about the secret or the bits for other uses.
    """
    digest = hmac.digest(secret.encode(errors="replace"), f"oidc {use}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _no_such_link() -> IdentityRefused:
    return build_identity_refused(
        "oidc.invitation", "This link is not valid. It was used or has expired. Ask an administrator for another one."
    )


def _kind(visitor: Actor) -> RefusalKind:
    return RefusalKind(replace(visitor, request_id=None), "complete_oidc_sign_in", IdentityRefused)


def _record_refusal(
    ctx: Context,
    visitor: Actor,
    provider: Provider,
    signed_in: SignedIn | None,
    flow: Flow | None,
    error: IdentityRefused,
) -> None:
    """Record a refused sign-in as one event. Its object is the user only if a session identifies them.

    Refusals without a visit cost the sender nothing, so their repeats are only counted, as for other refusals.
    """
    if flow is None and not ctx.state.refusals.is_first(_kind(visitor)):
        error.audited = True
        return
    mine = signed_in is not None and flow is not None and flow.session_id == signed_in.session.id
    whom = str(signed_in.user.id) if signed_in is not None and mine else "unknown"
    event = LoginFailed(object_id=whom, outcome=Outcome.REFUSED, reason=error.errors[0].rule, method=provider.method)
    with ctx.ports.storage.begin(visitor) as uow:
        uow.record(event)
    error.audited = True
