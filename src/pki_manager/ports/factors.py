"""The ports of second factors: their storage and their cryptography."""

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
    """The purpose of a WebAuthn challenge. A challenge is valid only for its purpose."""

    REGISTER = "register"
    SIGN_IN = "sign-in"


class Factors(Protocol):
    """Stored second factors. A code or challenge can be used only once, even by parallel transactions."""

    def find_totp(self, user_id: UUID) -> Totp | None: ...

    def offer_totp(self, user_id: UUID, sealed: bytes) -> bool:
        """Store an unconfirmed TOTP secret, in place of an earlier unconfirmed one.

        Returns False if a confirmed one exists.
        """
        ...

    def confirm_totp(self, user_id: UUID, sealed: bytes, step: int, now: datetime) -> bool:
        """Confirm a TOTP secret. Returns False if it is not the one that is to be confirmed."""
        ...

    def take_step(self, user_id: UUID, step: int) -> bool:
        """Mark the codes up to a step as used. Returns False if the code of this or a later step was already used."""
        ...

    def remove_totp(self, user_id: UUID) -> bool: ...

    def list_passkeys(self, user_id: UUID) -> Sequence[Passkey]:
        """Return the passkeys of a user, oldest first."""
        ...

    def find_passkey(self, credential_id: bytes) -> Passkey | None: ...

    def add_passkey(self, passkey: Passkey) -> None:
        """Store a passkey. Raises Conflict if it is already registered, for any user."""
        ...

    def rename_passkey(self, user_id: UUID, passkey_id: UUID, name: str) -> None:
        """Rename a passkey of the user. Raises NotFound if the user has no such passkey."""
        ...

    def remove_passkey(self, user_id: UUID, passkey_id: UUID) -> None:
        """Delete a passkey of the user. Raises NotFound if the user has no such passkey."""
        ...

    def take_count(self, passkey: Passkey, sign_count: int, now: datetime) -> bool:
        """Store a passkey's new counter. Returns False if the stored counter has changed since `passkey` was read."""
        ...

    def count_recovery_codes(self, user_id: UUID) -> int:
        """Return how many unused recovery codes the user has."""
        ...

    def put_recovery_codes(self, user_id: UUID, hashes: Sequence[bytes]) -> None:
        """Replace the user's recovery codes. `hashes` are the hashes of the new ones."""
        ...

    def take_recovery_code(self, user_id: UUID, code_hash: bytes) -> bool: ...

    def remove_all(self, user_id: UUID) -> None: ...

    def add_challenge(
        self, challenge_sha256: bytes, rite: Rite, user_id: UUID | None, expires_at: datetime
    ) -> None: ...

    def take_challenge(self, challenge_sha256: bytes, rite: Rite, user_id: UUID | None, now: datetime) -> bool:
        """Delete a challenge. Returns whether it was valid for this purpose and user (None: any user)."""
        ...

    def prune_challenges(self, now: datetime) -> int: ...


class TotpCodes(Protocol):
    """Codes of authenticator apps by TOTP (RFC 6238): six digits, SHA-1, 30 s; a `secret` has 20 octets."""

    def find_step(self, secret: bytes, code: str, now: datetime) -> int | None:
        """Return the time step of a code: the current one or one of its neighbors (RFC 6238 §5.2).

        None for a wrong code.
        """
        ...

    def build_uri(self, secret: bytes, login: str) -> str:
        """Return the `otpauth://totp/…` URI for an authenticator app."""
        ...

    def draw_qr_code(self, uri: str) -> str:
        """Return a QR code of a URI, as an SVG element."""
        ...


class Sealer(Protocol):
    """Encryption with a key of the installation."""

    def seal(self, plain: bytes, bound: bytes) -> bytes:
        """Encrypt octets and bind them to the context `bound`, which must be repeated to decrypt them."""
        ...

    def open(self, sealed: bytes, bound: bytes) -> bytes:
        """Decrypt octets. Raises Fault if they were changed or are bound to another context."""
        ...


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """This installation as a WebAuthn relying party: its domain, and the permitted origins of its pages."""

    id: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PasskeyCredential:
    """A newly registered WebAuthn credential."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


class PasskeyRites(Protocol):
    """The operations of WebAuthn Level 3 §7. JSON values have the form of its `toJSON` and `parse…FromJSON`."""

    def build_registration_options(
        self, party: RelyingParty, user: User, known: Sequence[bytes], challenge: bytes
    ) -> dict[str, Any]:
        """Return `PublicKeyCredentialCreationOptions` for a discoverable credential with user verification."""
        ...

    def register(self, party: RelyingParty, credential: Mapping[str, Any], challenge: bytes) -> PasskeyCredential:
        """Return the credential of a registration response. Raises InvalidInput if it does not match the challenge."""
        ...

    def build_assertion_options(self, party: RelyingParty, known: Sequence[bytes], challenge: bytes) -> dict[str, Any]:
        """Return `PublicKeyCredentialRequestOptions` for the passkeys `known`; if empty, for any passkey."""
        ...

    def read_challenge(self, credential: Mapping[str, Any]) -> bytes:
        """Return the unverified challenge in a response. Raises InvalidInput if the response is malformed."""
        ...

    def read_credential_id(self, credential: Mapping[str, Any]) -> bytes:
        """Return the unverified credential ID in a response. Raises InvalidInput if the response is malformed."""
        ...

    def verify(
        self, party: RelyingParty, credential: Mapping[str, Any], challenge: bytes, passkey: Passkey
    ) -> int | None:
        """Return the passkey's new counter, or None if the response is invalid or the user was not verified."""
        ...


@dataclass(frozen=True, slots=True)
class FactorTools:
    """The cryptography of second factors."""

    totp: TotpCodes
    sealer: Sealer
    passkeys: PasskeyRites
