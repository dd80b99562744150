"""Replay nonces (RFC 8555 §6.5). Creating one stores nothing; each can be used once in all processes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import BadNonce

VALIDITY = timedelta(hours=1)

_TIME_OCTETS = 8
_RANDOM_OCTETS = 16
_MAC_OCTETS = 24
# A multiple of three octets: each nonce has one spelling in base64url, without padding.
_FORM = re.compile(r"[A-Za-z0-9_-]{64}", re.ASCII)


def create_nonce(ctx: Context) -> str:
    """Return a nonce of 64 Base64url characters: its second of creation, 128 random bits, and a MAC over both."""
    seconds = int(ctx.ports.clock.now().timestamp())
    body = seconds.to_bytes(_TIME_OCTETS, "big") + ctx.ports.entropy.token(_RANDOM_OCTETS)
    return base64.urlsafe_b64encode(body + _mac(ctx, body)).decode()


def use_nonce(ctx: Context, nonce: str) -> None:
    """Mark a nonce as used, durably.

    Raises BadNonce unless this installation created the nonce within the last hour and it was never used.
    """
    (refused,) = use_nonces(ctx, [nonce])
    if refused is not None:
        raise refused


def use_nonces(ctx: Context, nonces: Sequence[str]) -> list[BadNonce | None]:
    """Mark several nonces as used in one commit. Return None or the error of `use_nonce` for each.

    A nonce that occurs twice is accepted once. Raises StorageUnavailable if the commit fails.
    """
    read = [_read(ctx, nonce) for nonce in nonces]
    outcomes: list[BadNonce | None] = []
    if all(isinstance(one, BadNonce) for one in read):
        return [one for one in read if isinstance(one, BadNonce)]
    with ctx.ports.storage.housekeep() as uow:
        for one in read:
            if isinstance(one, BadNonce):
                outcomes.append(one)
            else:
                outcomes.append(None if uow.acme.nonces.use(*one) else BadNonce("The nonce was already used."))
    return outcomes


def _read(ctx: Context, nonce: str) -> tuple[bytes, datetime] | BadNonce:
    """Return the nonce's SHA-256 and expiration. Return BadNonce if it has expired or is not of this installation."""
    if _FORM.fullmatch(nonce) is None:
        return BadNonce("The nonce was not issued by this server.")
    raw = base64.urlsafe_b64decode(nonce)
    body, mac = raw[:-_MAC_OCTETS], raw[-_MAC_OCTETS:]
    if not hmac.compare_digest(mac, _mac(ctx, body)):
        return BadNonce("The nonce was not issued by this server.")
    expires_at = datetime.fromtimestamp(int.from_bytes(body[:_TIME_OCTETS], "big"), UTC) + VALIDITY
    if ctx.ports.clock.now() >= expires_at:
        return BadNonce("The nonce has expired.")
    return hashlib.sha256(raw).digest(), expires_at


def _mac(ctx: Context, body: bytes) -> bytes:
    return hmac.digest(ctx.config.acme_nonce_key, body, "sha256")[:_MAC_OCTETS]
