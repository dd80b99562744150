"""Expected properties of the keys in a token: an encrypted record of each key, in the keystore instead of the token."""

from __future__ import annotations

from pki_manager.domain.errors import NotFound
from pki_manager.ports.clock import Clock
from pki_manager.signers.embedded.keystore import Keystore, Record, RecordKind

CONFIRM_EVERY = 1.0
"""Seconds for which a record is cached."""

REMEMBERED = 1024


class KeyRecords:
    """The records of one key backend's keys by key ID: key type and SubjectPublicKeyInfo."""

    def __init__(self, backend: str, keystore: Keystore, *, clock: Clock) -> None:
        self._backend = backend
        self._keystore = keystore
        self._clock = clock
        self._read: dict[str, tuple[Record, float]] = {}

    def find(self, key_id: str) -> Record | None:
        """Return a record as currently stored, or None.

        Raises BackendUnavailable if the record was changed or the keystore does not respond.
        """
        record = self._keystore.find(RecordKind.TOKEN_KEY, self._id(key_id))
        if record is not None:
            self._keystore.open(record)
        return record

    def get(self, key_id: str) -> Record:
        """Return a record as stored at most a second ago. Raises NotFound if there is none; other errors as `find`."""
        now = self._clock.monotonic()
        if (held := self._read.get(key_id)) is not None and now - held[1] < CONFIRM_EVERY:
            return held[0]
        record = self.find(key_id)
        if record is None:
            self._read.pop(key_id, None)
            raise NotFound.of("key", key_id)
        if len(self._read) >= REMEMBERED:
            self._read.clear()
        self._read[key_id] = record, now
        return record

    def add(self, key_id: str, key_type: str, spki: bytes) -> Record:
        """Store a record durably. If one exists for the key ID, return that one."""
        return self._keystore.add(RecordKind.TOKEN_KEY, self._id(key_id), b"", key_type=key_type, spki=spki)

    def remove(self, key_id: str) -> None:
        self._keystore.remove(RecordKind.TOKEN_KEY, self._id(key_id))
        self._read.pop(key_id, None)

    def _id(self, key_id: str) -> str:
        return f"{self._backend}/{key_id}"
