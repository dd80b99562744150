"""The wrapper of every key backend: a circuit breaker, and statistics of the calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Lock
from typing import TypeVar

from pki_manager.domain.algorithms import KeyType, SignatureAlgorithm
from pki_manager.domain.errors import BackendUnavailable, Fault, InvalidInput
from pki_manager.ports.clock import Clock
from pki_manager.ports.signer import (
    BackendDescription,
    BackendState,
    BatchingSigner,
    ImportingSigner,
    KeyRef,
    Signer,
    SigningOrder,
)
from pki_manager.signers.breaker import Breaker
from pki_manager.signers.use import UseMemory

FRESH = 15.0
"""Seconds for which a description is cached. The background worker renews it more often."""

T = TypeVar("T")


class Guarded:
    """A key backend (`ports.signer.Signer`) whose calls pass a circuit breaker."""

    def __init__(self, signer: Signer, kind: str, *, clock: Clock) -> None:
        self._signer = signer
        self._kind = kind
        self._clock = clock
        self._breaker = Breaker(signer.name, clock)
        self._looking = Lock()
        self._seen: BackendDescription | None = None
        self._seen_at = 0.0
        self._use = UseMemory(clock)

    @property
    def name(self) -> str:
        return self._signer.name

    def require_ready(self) -> None:
        """Raise BackendUnavailable while the circuit breaker would refuse a call."""
        self._breaker.require_ready()

    def generate(self, key_type: KeyType, key_id: str) -> KeyRef:
        """Implement `Signer.generate`."""
        return self._ask(lambda: self._signer.generate(key_type, key_id))

    def adopt(self, key_type: KeyType, key_id: str) -> KeyRef:
        """Implement `Signer.adopt`."""
        return self._ask(lambda: self._signer.adopt(key_type, key_id))

    def require_importing(self) -> None:
        """Raise InvalidInput with the field `backend` if the key backend cannot import keys."""
        self._importing()

    def import_key(self, key_type: KeyType, key_id: str, pkcs8: bytes) -> KeyRef:
        """Implement `ImportingSigner.import_key`. Raises InvalidInput if the key backend cannot import keys."""
        signer = self._importing()
        return self._ask(lambda: signer.import_key(key_type, key_id, pkcs8))

    def _importing(self) -> ImportingSigner:
        if isinstance(self._signer, ImportingSigner):
            return self._signer
        message = f"must be a key backend that can import keys; the keys of {self.name!r} are generated in it"
        raise InvalidInput.of("backend", "backend.imports", message)

    def get_public_key(self, ref: KeyRef) -> bytes:
        """Implement `Signer.public_key`."""
        return self._ask(lambda: self._signer.get_public_key(ref))

    def sign(self, ref: KeyRef, data: bytes, algorithm: SignatureAlgorithm, operation_id: str) -> bytes:
        """Implement `Signer.sign`."""
        started = self._clock.monotonic()
        signature = self._ask(lambda: self._signer.sign(ref, data, algorithm, operation_id))
        self._use.signed(self._clock.monotonic() - started)
        return signature

    def can_batch(self, key_type: KeyType) -> bool:
        """Implement `BatchingSigner.can_batch`."""
        return isinstance(self._signer, BatchingSigner) and self._signer.can_batch(key_type)

    def sign_batch(self, orders: Sequence[SigningOrder]) -> Sequence[bytes | Exception]:
        """Implement `BatchingSigner.sign_batch`. The statistics count the duration of the batch for each signature.

        Raises Fault if the key backend cannot sign batches.
        """
        signer = self._signer
        if not isinstance(signer, BatchingSigner):
            raise Fault(f"Key backend {self.name!r} signs one object at a time.")
        started = self._clock.monotonic()
        answers = self._ask(lambda: signer.sign_batch(orders))
        self._use.signed(self._clock.monotonic() - started, sum(isinstance(answer, bytes) for answer in answers))
        return answers

    def destroy(self, ref: KeyRef) -> None:
        """Implement `Signer.destroy`."""
        self._ask(lambda: self._signer.destroy(ref))

    def describe(self) -> BackendDescription:
        """Implement `Signer.describe`, from a cache. While the breaker is open, the result has the breaker's reason."""
        with self._looking:
            if self._seen is None or self._breaker.is_open or self._clock.monotonic() - self._seen_at >= FRESH:
                return self._look(self._signer.describe)
            return replace(self._seen, use=self._use.snapshot())

    def check(self, keys: Sequence[KeyRef]) -> BackendDescription:
        """Implement `Signer.check`."""
        with self._looking:
            return self._look(lambda: self._signer.check(keys))

    def close(self) -> None:
        """Implement `Signer.close`."""
        self._signer.close()

    def _look(self, ask: Callable[[], BackendDescription]) -> BackendDescription:
        """Return a fresh description of the backend.

        The call can close an open breaker if the backend is available again.
        """
        try:
            seen = self._breaker.call(lambda: _require_available(ask()), is_work=False)
        except BackendUnavailable as away:
            description = away.facts.get("description")
            seen = description if isinstance(description, BackendDescription) else self._unseen(away)
        self._seen, self._seen_at = seen, self._clock.monotonic()
        return replace(seen, use=self._use.snapshot())

    def _unseen(self, away: BackendUnavailable) -> BackendDescription:
        """Return the previous description with the state unavailable and the current error."""
        known = self._seen or BackendDescription(self.name, self._kind, BackendState.UNAVAILABLE, None, ())
        return replace(known, state=BackendState.UNAVAILABLE, reason=str(away.facts.get("reason", away.detail)))

    def _ask(self, ask: Callable[[], T]) -> T:
        try:
            return self._breaker.call(ask)
        except BackendUnavailable as error:
            self._use.failed(error.detail)
            raise


def _require_available(seen: BackendDescription) -> BackendDescription:
    if seen.state is not BackendState.AVAILABLE:
        raise BackendUnavailable(seen.reason or "it reports that it is unavailable", description=seen)
    return seen
