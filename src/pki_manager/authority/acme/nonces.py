"""Replay nonces (RFC 8555 §6.5): any process makes them without writing anything, and each is good once for all."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import BadNonce

VALIDITY = timedelta(hours=1)

_TIME_OCTETS = 8
_RANDOM_OCTETS = 16
_MAC_OCTETS = 24
# A multiple of three octets: each nonce has one spelling in base64url, without padding.
_FORM = re.compile(r"[A-Za-z0-9_-]{64}", re.ASCII)


def new_nonce(ctx: Context) -> str:
    """64 base64url characters: the second that it was made in, 128 random bits, and a MAC over both."""
    seconds = int(ctx.ports.clock.now().timestamp())
    body = seconds.to_bytes(_TIME_OCTETS, "big") + ctx.ports.entropy.token(_RANDOM_OCTETS)
    return base64.urlsafe_b64encode(body + _mac(ctx, body)).decode()


def use_nonce(ctx: Context, nonce: str) -> None:
    """Durably spent when this returns. BadNonce unless it is ours, younger than an hour and was never used before."""
    if _FORM.fullmatch(nonce) is None:
        raise BadNonce("The nonce was not issued by this server.")
    raw = base64.urlsafe_b64decode(nonce)
    body, mac = raw[:-_MAC_OCTETS], raw[-_MAC_OCTETS:]
    if not hmac.compare_digest(mac, _mac(ctx, body)):
        raise BadNonce("The nonce was not issued by this server.")
    expires_at = datetime.fromtimestamp(int.from_bytes(body[:_TIME_OCTETS], "big"), UTC) + VALIDITY
    if ctx.ports.clock.now() >= expires_at:
        raise BadNonce("The nonce has expired.")
    with ctx.ports.storage.housekeep() as uow:
        is_fresh = uow.acme.nonces.use(hashlib.sha256(raw).digest(), expires_at)
    if not is_fresh:
        raise BadNonce("The nonce was already used.")


def _mac(ctx: Context, body: bytes) -> bytes:
    return hmac.digest(ctx.config.acme_nonce_key, body, "sha256")[:_MAC_OCTETS]
