"""The embedded key backend: signs in this process with keys from the keystore."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock

from pki_manager.domain.algorithms import KEY_TYPES, KeyType, SignatureAlgorithm, require_fit
from pki_manager.domain.errors import BackendUnavailable, Conflict, NotFound
from pki_manager.ports.clock import Clock
from pki_manager.ports.signer import BackendDescription, BackendState, KeyRef
from pki_manager.signers.embedded import keys
from pki_manager.signers.embedded.keystore import Keystore, Record, RecordKind
from pki_manager.signers.options import EMBEDDED

CACHE_SIZE = 1024
CONFIRM_EVERY = 1.0
"""Seconds between checks of an open key. A key that another process destroyed can still sign for that long."""


@dataclass(frozen=True, slots=True)
class _Opened:
    record: Record
    key_type: KeyType
    key: keys.PrivateKey
    confirmed_at: float


class EmbeddedSigner:
    """The key backend (`ports.signer.Signer`) on a keystore. The 1024 most recently used keys stay in memory."""

    def __init__(self, name: str, keystore: Keystore, *, clock: Clock) -> None:
        self._name = name
        self._keystore = keystore
        self._clock = clock
        self._opened: OrderedDict[str, _Opened] = OrderedDict()
        self._lock = Lock()

    @property
    def name(self) -> str:
        return self._name

    def generate(self, key_type: KeyType, key_id: str) -> KeyRef:
        """Implement `Signer.generate`. The key is stored as one row, so a crash cannot leave a part of it."""
        record = self._keystore.find(RecordKind.PRIVATE_KEY, key_id) or self._seal(
            key_type, key_id, keys.generate(key_type)
        )
        return self._typed(record, key_type)

    def adopt(self, key_type: KeyType, key_id: str) -> KeyRef:
        """Implement `Signer.adopt`. Raises NotFound if the keystore has no such key."""
        record = self._keystore.find(RecordKind.PRIVATE_KEY, key_id)
        if record is None:
            raise NotFound.of("key", key_id)
        return self._typed(record, key_type)

    def _typed(self, record: Record, key_type: KeyType) -> KeyRef:
        if record.key_type != key_type.name:
            raise Conflict(f"Key {record.id!r} already exists and is {record.key_type}, not {key_type.name}.")
        return KeyRef(self._name, record.id)

    def import_key(self, key_type: KeyType, key_id: str, pkcs8: bytes) -> KeyRef:
        """Implement `ImportingSigner.import_key`. The key is encrypted like a generated one.

        Raises Conflict if another key with this ID exists.
        """
        key = keys.parse_foreign(pkcs8, key_type)
        record = self._keystore.find(RecordKind.PRIVATE_KEY, key_id) or self._seal(key_type, key_id, key)
        if record.spki != keys.encode_spki(key):
            raise Conflict(f"Another key with the ID {key_id!r} already exists.")
        return KeyRef(self._name, key_id)

    def _seal(self, key_type: KeyType, key_id: str, key: keys.PrivateKey) -> Record:
        return self._keystore.add(
            RecordKind.PRIVATE_KEY, key_id, keys.to_pkcs8(key), key_type=key_type.name, spki=keys.encode_spki(key)
        )

    def get_public_key(self, ref: KeyRef) -> bytes:
        """Implement `Signer.public_key`. It comes from the authenticated record, so it matches the key that signs."""
        return self._open(ref).record.spki

    def sign(self, ref: KeyRef, data: bytes, algorithm: SignatureAlgorithm, operation_id: str) -> bytes:
        """Implement `Signer.sign`. `operation_id` is ignored, because this backend has no log."""
        del operation_id
        opened = self._open(ref)
        require_fit(opened.key_type, algorithm)
        return keys.sign(opened.key, data, algorithm)

    def destroy(self, ref: KeyRef) -> None:
        """Implement `Signer.destroy`."""
        if ref.backend == self._name:
            self._keystore.remove(RecordKind.PRIVATE_KEY, ref.key_id)
            self._forget(ref.key_id)

    def describe(self) -> BackendDescription:
        """Implement `Signer.describe`."""
        state, reason = BackendState.AVAILABLE, None
        try:
            self._keystore.check()
        except BackendUnavailable as error:
            state, reason = BackendState.UNAVAILABLE, error.detail
        names = tuple(row.name for row in KEY_TYPES.values() if keys.is_supported(row))
        return BackendDescription(self._name, EMBEDDED, state, reason, names, owner="this installation")

    def check(self, keys: Sequence[KeyRef]) -> BackendDescription:
        """Implement `Signer.check`. Every key in `keys` is read and decrypted."""
        missing = [ref.key_id for ref in keys if not self._has(ref)]
        warnings = tuple(f"key {key_id!r} is not in the keystore" for key_id in missing)
        return replace(self.describe(), warnings=warnings)

    def close(self) -> None:
        """Implement `Signer.close`. It closes the keys in memory; the keystore stays open."""
        with self._lock:
            self._opened.clear()

    def _has(self, ref: KeyRef) -> bool:
        try:
            self._open(ref)
        except NotFound:
            return False
        return True

    def _open(self, ref: KeyRef) -> _Opened:
        if ref.backend != self._name:
            raise NotFound.of("key", ref.key_id)
        now = self._clock.monotonic()
        held = self._held(ref.key_id)
        if held is not None and now - held.confirmed_at < CONFIRM_EVERY:
            return held
        record = self._keystore.find(RecordKind.PRIVATE_KEY, ref.key_id)
        if record is None:
            self._forget(ref.key_id)
            raise NotFound.of("key", ref.key_id)
        if held is None or held.record != record:
            return self._hold(self._unseal(record, now))
        return self._hold(replace(held, confirmed_at=now))

    def _unseal(self, record: Record, now: float) -> _Opened:
        key_type, key = KEY_TYPES.get(record.key_type), keys.from_pkcs8(self._keystore.open(record))
        if key_type is None or key is None:
            raise BackendUnavailable(
                f"Key {record.id!r} in the keystore has a type that this version does not support."
            )
        return _Opened(record, key_type, key, now)

    def _held(self, key_id: str) -> _Opened | None:
        with self._lock:
            held = self._opened.get(key_id)
            if held is not None:
                self._opened.move_to_end(key_id)
            return held

    def _hold(self, opened: _Opened) -> _Opened:
        with self._lock:
            self._opened[opened.record.id] = opened
            self._opened.move_to_end(opened.record.id)
            while len(self._opened) > CACHE_SIZE:
                self._opened.popitem(last=False)
        return opened

    def _forget(self, key_id: str) -> None:
        with self._lock:
            self._opened.pop(key_id, None)
