"""Sign-out at an identity provider that ends sessions here (OpenID Connect Back-Channel Logout 1.0)."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.people.oidc import find_provider
from pki_manager.domain.errors import Conflict, FieldError, IdentityRefused, Malformed
from pki_manager.domain.events.people import IdentitySignedOut
from pki_manager.domain.people.identity import FLOW_MINUTES, Flow, Provider, SignedOut, SignInPurpose
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.unit_of_work import UnitOfWork

FIELD = "logout_token"
_REMEMBERED = timedelta(minutes=FLOW_MINUTES + 5)
"""How long a received token is remembered. It is valid for ten minutes, and clocks can differ by one minute."""


def sign_out(ctx: Context, visitor: Actor, name: str, token: str) -> int:
    """End the sessions that `token` names by account or session of the provider. Returns their number.

    The user's other sessions and tokens stay valid. There is one audit event for each user, and one if no user is
    found. Raises NotFound for an unknown provider; Malformed, with the broken rule, for an invalid token or one that
    was received before; ProviderUnavailable if the provider is unavailable.
    """
    provider = find_provider(ctx, name)
    about = provider.about
    try:
        signed_out = provider.read_logout_token(token)
    except IdentityRefused as error:
        faults = tuple(FieldError(FIELD, fault.rule, fault.message) for fault in error.errors)
        raise Malformed(error.detail, errors=faults) from None
    with ctx.ports.storage.begin(visitor) as uow:
        _require_new(ctx, uow, about, signed_out)
        ended = _end(ctx, uow, about, signed_out)
        for whom, sessions in ended.items():
            event = IdentitySignedOut(
                object_id="unknown" if whom is None else str(whom),
                issuer=about.issuer,
                subject=signed_out.subject,
                provider_session=signed_out.session,
                sessions=sessions,
            )
            uow.record(event)
    return sum(ended.values())


def _end(ctx: Context, uow: UnitOfWork, about: Provider, signed_out: SignedOut) -> Mapping[UUID | None, int]:
    """End the sessions that the provider named, and return their number by user ID. None means no known user.

    If only a session of the provider is named, the sessions that began in it end. If the subject is named too, the
    subject's sessions whose provider session is unknown also end, because one of them may be meant.
    """
    user_id = None
    if signed_out.subject is not None:
        identity = uow.identities.find(about.issuer, signed_out.subject)
        if identity is None:
            return {None: 0}
        user_id = identity.user_id
    now = ctx.ports.clock.now()
    ended = uow.sessions.revoke_begun_by(about.method, now, user_id=user_id, provider_session=signed_out.session)
    return Counter[UUID | None](ended) or {user_id: 0}


def _require_new(ctx: Context, uow: UnitOfWork, provider: Provider, signed_out: SignedOut) -> None:
    """Raise Malformed for a token that was received before.

    Received tokens are stored like visits at the provider, under a hash that no browser's secret has.
    """
    now = ctx.ports.clock.now()
    heard = Flow(
        provider=provider.name,
        purpose=SignInPurpose.SIGN_OUT,
        session_id=None,
        invitation_sha256=None,
        begun_at=now,
        expires_at=now + _REMEMBERED,
    )
    parts = f"logout token\0{provider.issuer}\0{signed_out.token_id}".encode()
    try:
        uow.identities.add_flow(hmac.digest(ctx.config.audit_mac_key, parts, "sha256"), heard)
    except Conflict:
        raise Malformed.of(FIELD, "oidc.jti", "was already received") from None
