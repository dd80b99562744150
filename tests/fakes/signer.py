"""An in-memory key backend for tests: real keys, counted calls, faults on order."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event, Lock
from typing import cast

from pki_manager.domain.algorithms import KEY_TYPES, KeyType, SignatureAlgorithm, require_fit
from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.ports.signer import BackendDescription, BackendState, ImportingSigner, KeyRef, Signer
from pki_manager.signers.embedded import keys


@dataclass(frozen=True)
class Fault:
    """What goes wrong in one call: `before` runs first (raise, wait), `change` sees what would be answered."""

    before: Callable[[], object] = lambda: None
    change: Callable[[bytes], bytes] = lambda answer: answer


def raises(error: Exception) -> Fault:
    def fail() -> None:
        raise error

    return Fault(before=fail)


def stalls(until: Event | None = None, seconds: float = 10) -> Fault:
    """Wait for the event, or `seconds` at most."""
    return Fault(before=lambda: until.wait(seconds) if until else time.sleep(seconds))


def answers(wrong: bytes) -> Fault:
    """Answer these bytes, whatever was asked."""
    return Fault(change=lambda answer: wrong)


def garbles() -> Fault:
    """Flip the last bit of the right answer: still well-formed, no longer true."""
    return Fault(change=lambda answer: answer[:-1] + bytes([answer[-1] ^ 1]))


class FakeSigner:
    """`ports.signer.Signer`. `calls` counts by method name; `operations` are the operation ids of `sign`, in order."""

    def __init__(self, name: str = "fake") -> None:
        self._name = name
        self._keys: dict[str, tuple[str, keys.PrivateKey]] = {}
        self._faults: dict[str, deque[Fault]] = {}
        self._standing: dict[str, Fault] = {}
        self._lock = Lock()
        self.calls: Counter[str] = Counter()
        self.operations: list[str] = []
        self.away: str | None = None
        """A reason makes `describe` say that the backend is unavailable."""

    def inject(self, method: str, fault: Fault, *, times: int | None = 1) -> None:
        """Let the next `times` calls of `method` go wrong; None: all of them, until `heal`."""
        if times is None:
            self._standing[method] = fault
        else:
            self._faults.setdefault(method, deque()).extend([fault] * times)

    def heal(self) -> None:
        self._faults.clear()
        self._standing.clear()
        self.away = None

    def copy(self) -> FakeSigner:
        """Another backend with the same keys, and without the faults and counts."""
        other = FakeSigner(self._name)
        other._keys = dict(self._keys)
        return other

    @property
    def name(self) -> str:
        return self._name

    def generate(self, key_type: KeyType, key_id: str) -> KeyRef:
        self._enter("generate")
        with self._lock:
            if key_id not in self._keys:
                self._keys[key_id] = key_type.name, keys.generate(key_type)
            if self._keys[key_id][0] != key_type.name:
                raise Conflict(f"key {key_id!r} is {self._keys[key_id][0]}")
        return KeyRef(self._name, key_id)

    def adopt(self, key_type: KeyType, key_id: str) -> KeyRef:
        self._enter("adopt")
        ref = KeyRef(self._name, key_id)
        self._find(ref)
        return self.generate(key_type, key_id)

    def import_key(self, key_type: KeyType, key_id: str, pkcs8: bytes) -> KeyRef:
        self._enter("import_key")
        key = keys.parse_foreign(pkcs8, key_type)
        with self._lock:
            _, kept = self._keys.setdefault(key_id, (key_type.name, key))
        if keys.encode_spki(kept) != keys.encode_spki(key):
            raise Conflict(f"Another key with the ID {key_id!r} already exists.")
        return KeyRef(self._name, key_id)

    def get_public_key(self, ref: KeyRef) -> bytes:
        fault = self._enter("public_key")
        return fault.change(keys.encode_spki(self._find(ref)))

    def sign(self, ref: KeyRef, data: bytes, algorithm: SignatureAlgorithm, operation_id: str) -> bytes:
        self.operations.append(operation_id)
        fault = self._enter("sign")
        key = self._find(ref)
        require_fit(KEY_TYPES[self._keys[ref.key_id][0]], algorithm)
        return fault.change(keys.sign(key, data, algorithm))

    def destroy(self, ref: KeyRef) -> None:
        self._enter("destroy")
        if ref.backend == self._name:
            self._keys.pop(ref.key_id, None)

    def describe(self) -> BackendDescription:
        supported = tuple(row.name for row in KEY_TYPES.values() if keys.is_supported(row))
        state = BackendState.UNAVAILABLE if self.away else BackendState.AVAILABLE
        return BackendDescription(self._name, "fake", state, self.away, supported, owner="the test")

    def check(self, keys: Sequence[KeyRef]) -> BackendDescription:
        self._enter("check")
        return self.describe()

    def close(self) -> None:
        self._enter("close")

    def _enter(self, method: str) -> Fault:
        with self._lock:
            self.calls[method] += 1
            waiting = self._faults.get(method)
            fault = waiting.popleft() if waiting else self._standing.get(method, Fault())
        fault.before()
        return fault

    def _find(self, ref: KeyRef) -> keys.PrivateKey:
        if ref.backend != self._name or ref.key_id not in self._keys:
            raise NotFound.of("key", ref.key_id)
        return self._keys[ref.key_id][1]


class FakeSigners:
    """`ports.signer.Signers` over given backends."""

    def __init__(self, *signers: Signer) -> None:
        self._signers = {signer.name: signer for signer in signers}

    def get(self, name: str) -> Signer:
        try:
            return self._signers[name]
        except KeyError:
            raise NotFound.of("key backend", name) from None

    def get_importing(self, name: str) -> ImportingSigner:
        return cast("ImportingSigner", self.get(name))

    def is_remote(self, name: str) -> bool:
        return False

    def find_batching(self, name: str, key_type: KeyType) -> None:
        return None

    def describe(self) -> Sequence[BackendDescription]:
        return [signer.describe() for signer in self._signers.values()]

    def check(self, name: str, keys: Sequence[KeyRef]) -> BackendDescription:
        return self.get(name).check(keys)
