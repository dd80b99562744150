"""Second factors: how they are kept, and the cryptography of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from pki_manager.domain.people.factor import Passkey, Totp
from pki_manager.domain.people.user import User


class Rite(StrEnum):
    """What a challenge was made for: for nothing else is it good."""

    REGISTER = "register"
    SIGN_IN = "sign-in"


class Factors(Protocol):
    """In one transaction. What is taken is taken once, however many take it at the same time."""

    def totp(self, user_id: UUID) -> Totp | None: ...

    def offer_totp(self, user_id: UUID, sealed: bytes) -> bool:
        """Keep a secret that is not confirmed yet, in place of another such. False when a confirmed one exists."""
        ...

    def confirm_totp(self, user_id: UUID, sealed: bytes, step: int, now: datetime) -> bool:
        """False when that secret is not the one that waits to be confirmed."""
        ...

    def take_step(self, user_id: UUID, step: int) -> bool:
        """False when a code of that step or a later one was used already."""
        ...

    def remove_totp(self, user_id: UUID) -> bool: ...

    def passkeys(self, user_id: UUID) -> Sequence[Passkey]:
        """Oldest first."""
        ...

    def find_passkey(self, credential_id: bytes) -> Passkey | None: ...

    def add_passkey(self, passkey: Passkey) -> None:
        """Conflict when anybody has it already."""
        ...

    def rename_passkey(self, user_id: UUID, passkey_id: UUID, name: str) -> None:
        """NotFound, also for another's."""
        ...

    def remove_passkey(self, user_id: UUID, passkey_id: UUID) -> None:
        """NotFound, also for another's."""
        ...

    def take_count(self, passkey: Passkey, sign_count: int, now: datetime) -> bool:
        """False when the counter is no longer what `passkey` says."""
        ...

    def recovery_codes(self, user_id: UUID) -> int:
        """How many are left."""
        ...

    def put_recovery_codes(self, user_id: UUID, hashes: Sequence[bytes]) -> None:
        """In place of those before."""
        ...

    def take_recovery_code(self, user_id: UUID, code_hash: bytes) -> bool: ...

    def remove_all(self, user_id: UUID) -> None: ...

    def add_challenge(
        self, challenge_sha256: bytes, rite: Rite, user_id: UUID | None, expires_at: datetime
    ) -> None: ...

    def take_challenge(self, challenge_sha256: bytes, rite: Rite, user_id: UUID | None, now: datetime) -> bool:
        """Whether it was made for that and for that user (None: for any user), and not used yet."""
        ...

    def prune_challenges(self, now: datetime) -> int: ...


class TotpCodes(Protocol):
    """RFC 6238: six digits, SHA-1, 30 s; `secret` has 20 octets."""

    def step_of(self, secret: bytes, code: str, now: datetime) -> int | None:
        """The step that a code belongs to, of this one and its two neighbours (§5.2)."""
        ...

    def uri(self, secret: bytes, login: str) -> str:
        """`otpauth://totp/…`, for an authenticator."""
        ...

    def picture(self, uri: str) -> str:
        """A QR code of it, an SVG element."""
        ...


class Sealer(Protocol):
    def seal(self, plain: bytes, bound: bytes) -> bytes:
        """Encrypted and bound to what it belongs to."""
        ...

    def open(self, sealed: bytes, bound: bytes) -> bytes:
        """Fault when it was altered or belongs elsewhere."""
        ...


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """We, as WebAuthn knows us: the domain, and the origins that our pages may have."""

    id: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PasskeyCredential:
    credential_id: bytes
    public_key: bytes
    sign_count: int


class PasskeyRites(Protocol):
    """WebAuthn Level 3 §7, by JSON as its `toJSON` and `parse…FromJSON` speak it."""

    def registration(self, party: RelyingParty, user: User, known: Sequence[bytes], challenge: bytes) -> dict[str, Any]:
        """`PublicKeyCredentialCreationOptions`: discoverable, with user verification."""
        ...

    def register(self, party: RelyingParty, credential: Mapping[str, Any], challenge: bytes) -> PasskeyCredential:
        """InvalidInput when it does not answer the challenge."""
        ...

    def assertion(self, party: RelyingParty, known: Sequence[bytes], challenge: bytes) -> dict[str, Any]:
        """`PublicKeyCredentialRequestOptions`; without any `known` for whichever passkey the user has here."""
        ...

    def challenge_of(self, credential: Mapping[str, Any]) -> bytes:
        """The challenge that an answer says it answers; nothing of it is believed. InvalidInput."""
        ...

    def credential_id_of(self, credential: Mapping[str, Any]) -> bytes:
        """InvalidInput."""
        ...

    def verify(
        self, party: RelyingParty, credential: Mapping[str, Any], challenge: bytes, passkey: Passkey
    ) -> int | None:
        """The new counter; None when the answer is not right, or the user was not verified."""
        ...


@dataclass(frozen=True, slots=True)
class FactorTools:
    """The cryptography of second factors."""

    totp: TotpCodes
    sealer: Sealer
    passkeys: PasskeyRites
