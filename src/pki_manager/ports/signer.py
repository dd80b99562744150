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
    """A reference to a key: the configured name of its key backend, and its ID there."""

    backend: str
    key_id: str


class BackendState(StrEnum):
    """The state of a key backend."""

    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class UseOfMinute:
    """The calls to a key backend in one minute. `milliseconds` is the mean, `slowest` the longest; None without one."""

    start: datetime
    signatures: int
    failures: int
    milliseconds: float | None
    slowest: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendUse:
    """Statistics of this process' calls to a key backend.

    `seconds` is the sum over `signatures`, `milliseconds` is the median of the last ones. `failures` are calls without
    a response. `minutes` are those of the last hour with calls, oldest first.
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

    `identity` is this installation's identity there, and `owner` is the key owner's, None if this installation creates
    keys itself. `warnings` are texts for the operator.
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
    """One key backend. All methods block, and raise BackendUnavailable if it is unavailable or too slow.

    A BackendUnavailable with the fact `key` is about that key only. With `timed_out` the call timed out, so a retry
    would take as long.
    """

    @property
    def name(self) -> str: ...

    def generate(self, key_type: KeyType, key_id: str) -> KeyRef:
        """Generate a key with the caller's ID.

        Repeating the call with the same ID and type returns the same key. Raises Conflict for another type;
        InvalidInput for a type that the key backend cannot generate; KeyOwnerRequired if only the key owner can create
        keys and there is none with that ID.
        """
        ...

    def adopt(self, key_type: KeyType, key_id: str) -> KeyRef:
        """Return a key that exists under that ID, created by any program. Can be repeated.

        Raises NotFound if there is none; Conflict for another type, and for a key that could be exported.
        """
        ...

    def public_key(self, ref: KeyRef) -> bytes:
        """Return the public key (SubjectPublicKeyInfo, DER). Raises NotFound."""
        ...

    def sign(self, ref: KeyRef, data: bytes, algorithm: SignatureAlgorithm, operation_id: str) -> bytes:
        """Sign the whole message; the key backend hashes it.

        Returns the signature as X.509 contains it: PKCS #1 v1.5 octets, DER Ecdsa-Sig-Value, raw EdDSA. `operation_id`
        is a UUID for the key backend's log. Raises InvalidInput if the algorithm does not fit the key; NotFound.
        """
        ...

    def destroy(self, ref: KeyRef) -> None:
        """Erase a key permanently. Can be repeated. Raises KeyOwnerRequired if only the key owner can."""
        ...

    def describe(self) -> BackendDescription:
        """Return state and capabilities. Does not raise if the key backend is unavailable."""
        ...

    def check(self, keys: Sequence[KeyRef]) -> BackendDescription:
        """Return `describe` with warnings from a thorough check, also of these keys."""
        ...

    def close(self) -> None:
        """Close connections and sessions. No method is called afterwards."""
        ...


@runtime_checkable
class ImportingSigner(Signer, Protocol):
    """A key backend that can import private keys. Most cannot: their keys are generated inside."""

    def import_key(self, key_type: KeyType, key_id: str, pkcs8: bytes) -> KeyRef:
        """Import a private key (PrivateKeyInfo, unencrypted DER, RFC 5958) with the caller's ID.

        Repeating the call returns the same key. Raises Conflict for another key with that ID; InvalidInput with the
        field `private_key` for a key that is invalid or of another type.
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

    def batches(self, key_type: KeyType) -> bool:
        """Return whether keys of that type sign fast enough to wait for dozens of signatures together."""
        ...

    def sign_batch(self, orders: Sequence[SigningOrder]) -> Sequence[bytes | Exception]:
        """Return for each order its signature, or what `sign` would have raised.

        Raises BackendUnavailable if there is no response for any of them.
        """
        ...


class Signers(Protocol):
    """The configured key backends by name."""

    def get(self, name: str) -> Signer:
        """Return a key backend. Raises NotFound if it is not configured; BackendUnavailable with the reason."""
        ...

    def importing(self, name: str) -> ImportingSigner:
        """Return a key backend that can import keys. Raises InvalidInput with the field `backend` if it cannot.

        Other errors as `get`.
        """
        ...

    def waits(self, name: str) -> bool:
        """Return whether signatures of that key backend are made outside this process. Raises NotFound as `get`."""
        ...

    def batching(self, name: str, key_type: KeyType) -> BatchingSigner | None:
        """Return the key backend if it creates several signatures with such keys in one call, else None."""
        ...

    def describe(self) -> Sequence[BackendDescription]: ...

    def check(self, name: str, keys: Sequence[KeyRef]) -> BackendDescription:
        """Return `Signer.check` of a key backend, also if it is unavailable.

        Raises NotFound if it is not configured.
        """
        ...
