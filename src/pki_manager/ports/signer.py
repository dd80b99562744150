"""The port of key backends, which generate keys, return public keys, and sign. Private keys stay inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from pki_manager.domain.algorithms import KeyType, SignatureAlgorithm


@dataclass(frozen=True, slots=True)
class KeyRef:
    """A reference to a key: the configured name of its key backend, and the key's ID in it."""

    backend: str
    key_id: str


class BackendState(StrEnum):
    """The state of a key backend."""

    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class UseOfMinute:
    """The calls to a key backend in one minute.

    `milliseconds` is the mean duration of a signature, `slowest` the longest; None if there was none.
    """

    start: datetime
    signatures: int
    failures: int
    milliseconds: float | None
    slowest: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendUse:
    """Statistics of this process's calls to a key backend.

    `seconds` is the total duration of all `signatures`, `milliseconds` the median of the last ones. `failures` are
    calls without a response. `minutes` are the minutes with calls in the last hour, oldest first.
    """

    signatures: int = 0
    failures: int = 0
    seconds: float = 0.0
    milliseconds: float | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None
    minutes: tuple[UseOfMinute, ...] = ()


@dataclass(frozen=True, slots=True)
class BackendDescription:
    """The state and the capabilities of a key backend. `key_types` are names of the algorithm table.

    `identity` is this installation's identity in the key backend, and `owner` is that of the key owner, None if this
    installation creates keys itself. `warnings` are texts for the operator.
    """

    name: str
    kind: str
    state: BackendState
    reason: str | None
    key_types: tuple[str, ...]
    version: str | None = None
    identity: str | None = None
    owner: str | None = None
    warnings: tuple[str, ...] = ()
    use: BackendUse = BackendUse()


class Signer(Protocol):
    """A key backend. All methods block, and raise BackendUnavailable if the key backend is unavailable or too slow.

    If a BackendUnavailable has the fact `key`, only that key is unavailable. If it has `timed_out`, the call timed out,
    and a retry would take as long.
    """

    @property
    def name(self) -> str: ...

    def generate(self, key_type: KeyType, key_id: str) -> KeyRef:
        """Generate a key with the ID that the caller chose.

        Repeating the call with the same ID and type returns the same key. Raises Conflict if the key has another type;
        InvalidInput if the key backend cannot generate the type; KeyOwnerRequired if only the key owner can create keys
        and there is none with that ID.
        """
        ...

    def adopt(self, key_type: KeyType, key_id: str) -> KeyRef:
        """Return a key that already exists with this ID, created by any program. Can be repeated.

        Raises NotFound if there is none; Conflict if it has another type or could be exported.
        """
        ...

    def get_public_key(self, ref: KeyRef) -> bytes:
        """Return the public key (SubjectPublicKeyInfo, DER). Raises NotFound if the key does not exist."""
        ...

    def sign(self, ref: KeyRef, data: bytes, algorithm: SignatureAlgorithm, operation_id: str) -> bytes:
        """Return the signature of a whole message, which the key backend hashes.

        The signature is encoded as in X.509: PKCS #1 v1.5 octets, DER Ecdsa-Sig-Value, raw EdDSA. `operation_id` is a
        UUID for the key backend's log. Raises InvalidInput if the algorithm does not fit the key; NotFound if the key
        does not exist.
        """
        ...

    def destroy(self, ref: KeyRef) -> None:
        """Erase a key permanently. Can be repeated. Raises KeyOwnerRequired if only the key owner can erase it."""
        ...

    def describe(self) -> BackendDescription:
        """Return the state and capabilities, even if the key backend is unavailable."""
        ...

    def check(self, keys: Sequence[KeyRef]) -> BackendDescription:
        """Describe the key backend as `describe` does, after a thorough check. Warnings name the keys that fail."""
        ...

    def close(self) -> None:
        """Close connections and sessions. No method may be called afterwards."""
        ...


@runtime_checkable
class ImportingSigner(Signer, Protocol):
    """A key backend that can import private keys. Most key backends cannot: they only generate keys."""

    def import_key(self, key_type: KeyType, key_id: str, pkcs8: bytes) -> KeyRef:
        """Import a private key (PrivateKeyInfo, unencrypted DER, RFC 5958) with the ID that the caller chose.

        Repeating the call returns the same key. Raises Conflict if the ID has another key; InvalidInput with the field
        `private_key` if the key is invalid or of another type.
        """
        ...


@dataclass(frozen=True, slots=True)
class SigningOrder:
    """The arguments of one `Signer.sign` call. `request_id` is for the log."""

    ref: KeyRef
    data: bytes
    algorithm: SignatureAlgorithm
    operation_id: str
    request_id: str | None = None


@runtime_checkable
class BatchingSigner(Signer, Protocol):
    """A key backend that creates several signatures in one call for little more than the cost of one."""

    def can_batch(self, key_type: KeyType) -> bool:
        """Return whether keys of this type sign so fast that a caller can wait for dozens of signatures at once."""
        ...

    def sign_batch(self, orders: Sequence[SigningOrder]) -> Sequence[bytes | Exception]:
        """Return, for each order, its signature or the error that `sign` would have raised.

        Raises BackendUnavailable if there is no response for any of the orders.
        """
        ...


class Signers(Protocol):
    """The configured key backends by name."""

    def get(self, name: str) -> Signer:
        """Return a key backend. Raises NotFound if it is not configured; BackendUnavailable if it cannot be used."""
        ...

    def get_importing(self, name: str) -> ImportingSigner:
        """Return a key backend that can import keys. Raises InvalidInput with the field `backend` if it cannot.

        Other errors as `get`.
        """
        ...

    def is_remote(self, name: str) -> bool:
        """Return whether the key backend creates signatures outside this process.

        Raises NotFound if it is not configured.
        """
        ...

    def find_batching(self, name: str, key_type: KeyType) -> BatchingSigner | None:
        """Return the key backend if it can create several signatures with keys of this type in one call, else None."""
        ...

    def describe(self) -> Sequence[BackendDescription]: ...

    def check(self, name: str, keys: Sequence[KeyRef]) -> BackendDescription:
        """Return the result of `Signer.check` of a key backend, even if it is unavailable.

        Raises NotFound if it is not configured.
        """
        ...
