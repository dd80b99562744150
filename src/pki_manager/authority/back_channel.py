"""An identity provider says that somebody has signed out there (OpenID Connect Back-Channel Logout 1.0)."""

from __future__ import annotations

import hmac
from datetime import timedelta

from pki_manager.authority.context import Authority
from pki_manager.authority.oidc import find_provider
from pki_manager.domain.actor import Actor
from pki_manager.domain.errors import Conflict, FieldError, IdentityRefused, Malformed
from pki_manager.domain.identity import FLOW_MINUTES, Flow, Provider, Purpose, SignedOut
from pki_manager.domain.people_events import IdentitySignedOut
from pki_manager.ports.unit_of_work import UnitOfWork

FIELD = "logout_token"
_REMEMBERED = timedelta(minutes=FLOW_MINUTES + 5)
"""A token is good for ten minutes after it was made, and the clocks may differ by one."""


def sign_out(authority: Authority, visitor: Actor, name: str, token: str) -> int:
    """End the sessions that were begun by the provider's account that `token` names; how many. One event.

    The user's other sessions and tokens stay. NotFound; Malformed with the rule that the token breaks, also when it
    was heard before; ProviderUnavailable.
    """
    provider = find_provider(authority, name)
    about = provider.about
    try:
        told = provider.signed_out(token)
    except IdentityRefused as error:
        faults = tuple(FieldError(FIELD, fault.rule, fault.message) for fault in error.errors)
        raise Malformed(error.detail, errors=faults) from None
    with authority.storage.begin(visitor) as uow:
        _require_new(authority, uow, about, told)
        identity = uow.identities.find(about.issuer, told.subject)
        ended, whom = 0, "unknown"
        if identity is not None:
            whom = str(identity.user_id)
            ended = uow.sessions.revoke_begun_by(identity.user_id, about.method, authority.clock.now())
        uow.record(IdentitySignedOut(object_id=whom, issuer=about.issuer, subject=told.subject, sessions=ended))
    return ended


def _require_new(authority: Authority, uow: UnitOfWork, provider: Provider, told: SignedOut) -> None:
    """Malformed for a token that was heard before. Kept beside the visits, under what no browser's secret hashes to."""
    now = authority.clock.now()
    heard = Flow(
        provider=provider.name,
        purpose=Purpose.SIGN_OUT,
        session_id=None,
        invitation_sha256=None,
        begun_at=now,
        expires_at=now + _REMEMBERED,
    )
    parts = f"logout token\0{provider.issuer}\0{told.token_id}".encode()
    try:
        uow.identities.add_flow(hmac.digest(authority.audit_mac_key, parts, "sha256"), heard)
    except Conflict:
        raise Malformed.of(FIELD, "oidc.jti", "this token was heard before") from None
