"""The key manager port. A backend makes keys, returns their public half and signs bytes; nothing private comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from pki_manager.domain.algorithms import KeyType, SignatureAlgorithm


@dataclass(frozen=True, slots=True)
class KeyRef:
    """A key by its backend's configured name and its id there."""

    backend: str
    key_id: str


class BackendState(StrEnum):
    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class UseOfMinute:
    """`milliseconds` is the mean over the minute's signatures, `slowest` the longest in milliseconds; None for none."""

    start: datetime
    signatures: int
    failures: int
    milliseconds: float | None
    slowest: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendUse:
    """How this process has fared with a backend.

    `seconds` is the sum over `signatures`, `milliseconds` the median of the last ones. `failures` are calls that it did
    not answer. `minutes` are those of the last hour in which something was asked, oldest first.
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
    """`key_types` are names of the algorithm table that the backend can generate and sign with.

    `identity` is who we are to it, and `owner` who makes and destroys keys there: None when that is not for us to do.
    `warnings` are sentences for the operator.
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
    """One key backend. All methods block; all raise BackendUnavailable when the backend is away or too slow.

    With the fact `key` a BackendUnavailable is about that one key: the others go on. With `timed_out` it came late, so
    that asking again now would cost as much.
    """

    @property
    def name(self) -> str: ...

    def generate(self, key_type: KeyType, key_id: str) -> KeyRef:
        """Make a key under the caller's id.

        Repeating the call with the same id and type returns the same key; with another type: Conflict. A type that the
        backend cannot make: InvalidInput. KeyOwnerRequired when we may not make keys there and there is none of that
        id.
        """
        ...

    def adopt(self, key_type: KeyType, key_id: str) -> KeyRef:
        """Take a key that exists already under that id, made by any program; nothing is made. May be repeated.

        NotFound when there is none. Conflict for one of another type, and for one that could leave the backend.
        """
        ...

    def public_key(self, ref: KeyRef) -> bytes:
        """SubjectPublicKeyInfo, DER. NotFound when the backend has no such key."""
        ...

    def sign(self, ref: KeyRef, data: bytes, algorithm: SignatureAlgorithm, operation_id: str) -> bytes:
        """Sign the whole message (the backend hashes).

        The signature as X.509 carries it: PKCS#1 v1.5 bytes, DER Ecdsa-Sig-Value, raw EdDSA. `operation_id` is our
        UUID, handed to the backend's log where it has one. InvalidInput when the algorithm does not fit the key;
        NotFound when there is no such key.
        """
        ...

    def destroy(self, ref: KeyRef) -> None:
        """Erase the key permanently; one that is already gone is fine. KeyOwnerRequired when only its owner may."""
        ...

    def describe(self) -> BackendDescription:
        """State and capabilities, now. Never raises for a backend that is away: that is an answer."""
        ...

    def check(self, keys: Sequence[KeyRef]) -> BackendDescription:
        """`describe` after a closer look, at these keys too; what it finds is among the warnings."""
        ...

    def close(self) -> None:
        """Let go of connections and sessions; nothing is asked of it afterwards."""
        ...


@runtime_checkable
class ImportingSigner(Signer, Protocol):
    """A backend that takes private keys which were made elsewhere. Most do not: their keys are made where they stay."""

    def import_key(self, key_type: KeyType, key_id: str, pkcs8: bytes) -> KeyRef:
        """Keep that private key (PrivateKeyInfo in clear, DER, RFC 5958) under the caller's id, as a generated one.

        Repeating the call gives the same key; another key under that id: Conflict. InvalidInput naming `private_key`
        when it is not a sound key of that type.
        """
        ...


@dataclass(frozen=True, slots=True)
class SigningOrder:
    """One of several signatures, as `Signer.sign` is asked for it; `request_id` is whose it is, for the log."""

    ref: KeyRef
    data: bytes
    algorithm: SignatureAlgorithm
    operation_id: str
    request_id: str | None = None


@runtime_checkable
class BatchingSigner(Signer, Protocol):
    """A backend that makes several signatures in one exchange, which costs little more than one."""

    def batches(self, key_type: KeyType) -> bool:
        """Whether keys of that type sign so fast that some dozens of signatures are waited for together."""
        ...

    def sign_batch(self, orders: Sequence[SigningOrder]) -> Sequence[bytes | Exception]:
        """In the same order: each one's signature, or what `sign` would have raised for it.

        BackendUnavailable when there is no answer for any of them.
        """
        ...


class Signers(Protocol):
    """The configured backends by name."""

    def get(self, name: str) -> Signer:
        """NotFound for a name that is not configured; BackendUnavailable with the reason for one that is away."""
        ...

    def importing(self, name: str) -> ImportingSigner:
        """The same, and InvalidInput naming `backend` for one that takes no keys from elsewhere."""
        ...

    def waits(self, name: str) -> bool:
        """Whether a signature of that backend waits for something outside this process; NotFound as `get`."""
        ...

    def batching(self, name: str, key_type: KeyType) -> BatchingSigner | None:
        """`get`, where that backend makes several signatures with such keys in one exchange; None elsewhere."""
        ...

    def describe(self) -> Sequence[BackendDescription]: ...

    def check(self, name: str, keys: Sequence[KeyRef]) -> BackendDescription:
        """`Signer.check` of that backend, an answer also when it is away; NotFound for an unknown name."""
        ...
