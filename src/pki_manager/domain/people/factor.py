"""Second factors of users."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A WebAuthn credential. `public_key` is a COSE_Key; `sign_count` is its signature counter, 0 if it has none."""

    id: UUID
    user_id: UUID
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Totp:
    """A TOTP secret.

    `sealed` is the secret, encrypted with the installation's key. Codes of time steps (30 s) up to `last_step` cannot
    be used again.
    """

    sealed: bytes
    last_step: int
    confirmed_at: datetime | None
