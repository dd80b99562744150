"""Sign-ins of command lines by device code (RFC 8628)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

MAX_HOST = 64

USER_CODE_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
"""Letters of user codes (RFC 8628 §6.1): no vowels, so that no code is a word."""

USER_CODE_LENGTH = 8


class DeviceState(StrEnum):
    """State of a device sign-in. `completed`: its token was delivered. Each sign-in delivers one token, once."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceClient:
    """What a command line says about itself: nothing of it is verified.

    `role` and `lifetime` (ISO 8601) are what it requests for its token; None leaves the choice to the user.
    """

    client_id: str
    host: str
    role: str | None = None
    lifetime: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSignIn:
    """A sign-in of a command line. `peer` is its address, `network` the network that its limits count by.

    The command line may poll every `interval` seconds, and did so last at `polled_at`. `token_id` is the
    token that it gets, after a user approved.
    """

    id: UUID
    client: DeviceClient
    peer: str | None
    network: str
    state: DeviceState
    interval: int
    created_at: datetime
    expires_at: datetime
    polled_at: datetime | None = None
    token_id: UUID | None = None


def format_user_code(code: str) -> str:
    """Return a user code in two groups, `WDJB-MJHT`."""
    half = USER_CODE_LENGTH // 2
    return f"{code[:half]}-{code[half:]}"


def normalize_user_code(typed: str) -> str:
    """Return the letters of a typed user code in upper case, without separators (RFC 8628 §6.1)."""
    return "".join(one for one in typed.upper() if one in USER_CODE_ALPHABET)
