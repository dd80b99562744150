"""Verification of logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4, §2.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from pki_manager.credentials.oidc.id_token import (
    build_refusal,
    find_session,
    get_subject,
    require_audience,
    require_in_time,
    verify_signed,
)
from pki_manager.credentials.oidc.keys import Key
from pki_manager.domain.people.identity import SignedOut

EVENT = "http://schemas.openid.net/event/backchannel-logout"
_TYPES = frozenset({"logout+jwt", "application/logout+jwt", "jwt"})
_MAX_ID = 255


def verify(
    token: str,
    find: Callable[[str | None, str], Key],
    offered: frozenset[str],
    *,
    issuer: str,
    client_id: str,
    now: datetime,
) -> SignedOut:
    """Return the sign-out that a valid logout token reports.

    Raises IdentityRefused, with the violated rule, if the token is invalid. Other errors as `find`.
    """
    claims, header = verify_signed(token, find, offered)
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise build_refusal("oidc.typ", "is not a logout token")
    require_audience(claims, issuer, client_id)
    require_in_time(claims, now)
    _require_event(claims)
    identifier = claims.get("jti")
    if not isinstance(identifier, str) or not identifier.isprintable() or not 0 < len(identifier) <= _MAX_ID:
        raise build_refusal("oidc.jti", "has no jti, so that it could be replayed")
    session = find_session(claims)
    if session is None and "sid" in claims:
        # Taken for absent, it would mean every session of the subject.
        raise build_refusal("oidc.sid", "does not name a session")
    subject = None if session is not None and "sub" not in claims else get_subject(claims)
    return SignedOut(subject=subject, session=session, token_id=identifier)


def _require_event(claims: Mapping[str, Any]) -> None:
    """Require the members of a logout token and refuse those of an ID token, so that neither passes as the other."""
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise build_refusal("oidc.events", "contains no sign-out event")
    if "nonce" in claims:
        raise build_refusal("oidc.nonce", "belongs to a visit, so it is no logout token")
