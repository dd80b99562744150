"""Replay nonces (RFC 8555 §6.5). Creating one stores nothing; each can be used once in all processes."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import BadNonce
from pki_manager.ports.unit_of_work import Reader, UnitOfWork

VALIDITY = timedelta(hours=1)

_USED = "The nonce was already used."
_TIME_OCTETS = 8
_RANDOM_OCTETS = 16
_MAC_OCTETS = 24
# Earlier versions used no label and stored used nonces by their SHA-256. Their nonces are refused, because whether one
# was used could not be looked up. For the same reason, they refuse these.
_LABEL = b"nonce 2:"
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
    invalid = [one for one in (_read(ctx, nonce) for nonce in nonces) if isinstance(one, BadNonce)]
    if len(invalid) == len(nonces):
        return [*invalid]
    with ctx.ports.storage.housekeep() as uow:
        return use_nonces_in(ctx, uow, nonces)


def use_nonces_in(ctx: Context, uow: UnitOfWork, nonces: Sequence[str]) -> list[BadNonce | None]:
    """Mark several nonces as used in a unit of work. Return None or the error of `use_nonce` for each."""
    outcomes: list[BadNonce | None] = []
    for nonce in nonces:
        one = _read(ctx, nonce)
        if isinstance(one, BadNonce):
            outcomes.append(one)
        else:
            outcomes.append(None if uow.acme.nonces.use(*one) else BadNonce(_USED))
    return outcomes


def find_refusal(ctx: Context, reader: Reader, nonce: str) -> BadNonce | None:
    """Return the error of a nonce that cannot be used any more, or None. Using it can still fail."""
    one = _read(ctx, nonce)
    if isinstance(one, BadNonce):
        return one
    return BadNonce(_USED) if reader.acme.nonces.is_used(one[0]) else None


def _read(ctx: Context, nonce: str) -> tuple[bytes, datetime] | BadNonce:
    """Return the nonce's ID (its octets without the MAC) and expiration. Return BadNonce if it is not valid.

    IDs begin with the time, so the rows of nonces that are used together are stored together.
    """
    if _FORM.fullmatch(nonce) is None:
        return BadNonce("The nonce was not issued by this server.")
    raw = base64.urlsafe_b64decode(nonce)
    body, mac = raw[:-_MAC_OCTETS], raw[-_MAC_OCTETS:]
    if not hmac.compare_digest(mac, _mac(ctx, body)):
        return BadNonce("The nonce was not issued by this server.")
    expires_at = datetime.fromtimestamp(int.from_bytes(body[:_TIME_OCTETS], "big"), UTC) + VALIDITY
    if ctx.ports.clock.now() >= expires_at:
        return BadNonce("The nonce has expired.")
    return body, expires_at


def _mac(ctx: Context, body: bytes) -> bytes:
    return hmac.digest(ctx.config.acme_nonce_key, _LABEL + body, "sha256")[:_MAC_OCTETS]
