"""The key manager port. A backend makes keys, tells their public half and signs bytes; nothing private comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from pki_manager.domain.algorithms import KeyType, SignatureAlgorithm


@dataclass(frozen=True, slots=True)
class KeyRef:
    """A key by its backend's configured name and its id there."""

    backend: str
    key_id: str


class BackendState(StrEnum):
    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class BackendDescription:
    """`key_types` are names of the algorithm table that the backend can generate and sign with."""

    name: str
    kind: str
    state: BackendState
    reason: str | None
    key_types: tuple[str, ...]


class Signer(Protocol):
    """One key backend. All methods block; all raise BackendUnavailable when the backend is away or too slow."""

    @property
    def name(self) -> str: ...

    def generate(self, key_type: KeyType, key_id: str) -> KeyRef:
        """Make a key under the caller's id. Repeating the call with the same id and type returns the same key;

        with another type: Conflict. A type that the backend cannot make: InvalidInput.
        """
        ...

    def public_key(self, ref: KeyRef) -> bytes:
        """SubjectPublicKeyInfo, DER. NotFound when the backend has no such key."""
        ...

    def sign(self, ref: KeyRef, data: bytes, algorithm: SignatureAlgorithm, operation_id: str) -> bytes:
        """Sign the whole message (the backend hashes). The signature as X.509 carries it: PKCS#1 v1.5 bytes, DER

        Ecdsa-Sig-Value, raw EdDSA. `operation_id` is our UUID, handed to the backend's log where it has one.
        InvalidInput when the algorithm does not fit the key; NotFound when there is no such key.
        """
        ...

    def destroy(self, ref: KeyRef) -> None:
        """Erase the key for good; a key that is already gone is fine."""
        ...

    def describe(self) -> BackendDescription:
        """State and capabilities, now. Never raises for a backend that is away: that is an answer."""
        ...


class Signers(Protocol):
    """The configured backends by name."""

    def get(self, name: str) -> Signer:
        """NotFound for a name that is not configured; BackendUnavailable with the reason for one that did not load."""
        ...

    def describe(self) -> Sequence[BackendDescription]: ...
