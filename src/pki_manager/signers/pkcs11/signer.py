"""The PKCS #11 key backend: keys are generated in a token and sign there.

A key is found by its ID, never by its label alone, and its expected public key is in the keystore (`records.py`).
Before its first use in a session, a key signs a fixed text, and the signature is verified with the recorded public key.
This detects keys whose IDs were swapped, and another token with the same label.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pkcs11
from pkcs11.exceptions import KeyHandleInvalid, ObjectHandleInvalid

from pki_manager.domain.algorithms import KEY_TYPES, KeyType, SignatureAlgorithm, require_fit
from pki_manager.domain.errors import BackendUnavailable, Conflict, InvalidInput, NotFound
from pki_manager.ports.clock import Clock
from pki_manager.ports.signer import BackendDescription, BackendState, KeyRef
from pki_manager.signers.embedded.keystore import Keystore, Record
from pki_manager.signers.options import PKCS11, Pkcs11Options
from pki_manager.signers.pkcs11 import mechanisms, objects
from pki_manager.signers.pkcs11.records import KeyRecords
from pki_manager.signers.pkcs11.token import Pkcs11Token, Seat, open_token
from pki_manager.signers.public_keys import find_type

GENERATE_SECONDS = 300.0
"""Deadline in seconds for generating a key. A small HSM takes minutes for an RSA-4096 key."""


class Pkcs11Signer:
    """The key backend (`ports.signer.Signer`) on a token.

    `lock` is a file whose lock prevents parallel generation of keys.
    """

    def __init__(self, name: str, token: Pkcs11Token, records: KeyRecords, *, lock: Path) -> None:
        self._name = name
        self._token = token
        self._records = records
        self._lock = lock

    @property
    def name(self) -> str:
        return self._name

    def generate(self, key_type: KeyType, key_id: str) -> KeyRef:
        """Implement `Signer.generate`.

        If the token has a key with that ID but there is no record, that key is used: an interrupted call left it, or
        its owner generated it. Raises Conflict if it can be exported.
        """
        record = self._records.find(key_id)
        if record is None:
            with self._locked():
                record = self._records.find(key_id) or self._make(key_type, key_id)
        return self._typed(record, key_type, key_id)

    def adopt(self, key_type: KeyType, key_id: str) -> KeyRef:
        """Implement `Signer.adopt`. IDs from other programs are often binary: `hex:01ab` (`objects.parse_identifier`).

        Raises NotFound if the token has no such key.
        """
        record = self._records.find(key_id)
        if record is None:
            with self._locked():
                record = self._records.find(key_id) or self._make(key_type, key_id, may_generate=False)
        return self._typed(record, key_type, key_id)

    def _typed(self, record: Record, key_type: KeyType, key_id: str) -> KeyRef:
        if record.key_type != key_type.name:
            raise Conflict(f"Key {key_id!r} already exists and is {record.key_type}, not {key_type.name}.")
        return KeyRef(self._name, key_id)

    def get_public_key(self, ref: KeyRef) -> bytes:
        """Implement `Signer.public_key`.

        Returns the recorded public key after verifying that the token has its private key.
        """
        record = self._record(ref)
        self._token.use(lambda seat: _proven(seat, record, ref.key_id))
        return record.spki

    def sign(self, ref: KeyRef, data: bytes, algorithm: SignatureAlgorithm, operation_id: str) -> bytes:
        """Implement `Signer.sign`. `operation_id` is ignored, because a token has no log for it."""
        del operation_id
        record = self._record(ref)
        require_fit(KEY_TYPES[record.key_type], algorithm)

        def job(seat: Seat) -> bytes:
            try:
                return mechanisms.sign(_proven(seat, record, ref.key_id), data, algorithm)
            except (KeyHandleInvalid, ObjectHandleInvalid):
                # Another process destroyed the key, or the token was unavailable: a second search shows which.
                seat.keys.pop(ref.key_id, None)
                return mechanisms.sign(_proven(seat, record, ref.key_id), data, algorithm)

        return self._token.use(job)

    def destroy(self, ref: KeyRef) -> None:
        """Implement `Signer.destroy`. The record is deleted last, so an interrupted call leaves no usable key."""
        if ref.backend != self._name or self._records.find(ref.key_id) is None:
            return

        def job(seat: Seat) -> None:
            seat.require_token()
            seat.keys.pop(ref.key_id, None)
            objects.destroy(seat.session, ref.key_id)

        self._token.use(job)
        self._records.remove(ref.key_id)

    def describe(self) -> BackendDescription:
        """Implement `Signer.describe`."""
        try:
            return self._token.use(self._seen)
        except BackendUnavailable as error:
            return BackendDescription(self._name, PKCS11, BackendState.UNAVAILABLE, error.detail, ())

    def check(self, keys: Sequence[KeyRef]) -> BackendDescription:
        """Implement `Signer.check`. Every key in `keys` signs a test text."""
        seen = self.describe()
        if seen.state is BackendState.UNAVAILABLE:
            return seen
        return replace(seen, warnings=tuple(fault for ref in keys if (fault := self._fault(ref)) is not None))

    def close(self) -> None:
        """Close the sessions."""
        self._token.close()

    def _fault(self, ref: KeyRef) -> str | None:
        try:
            self.get_public_key(ref)
        except (NotFound, BackendUnavailable) as error:
            return error.detail
        return None

    def _seen(self, seat: Seat) -> BackendDescription:
        seat.require_token()
        token = seat.session.token
        return BackendDescription(
            self._name,
            PKCS11,
            BackendState.AVAILABLE,
            None,
            mechanisms.list_key_types(token.slot),
            version=f"{token.manufacturer_id} {token.model} {'.'.join(map(str, token.firmware_version))}",
            identity=f"user of the token {token.label!r}, serial number {token.serial.decode(errors='replace')}",
            owner="this installation",
        )

    def _record(self, ref: KeyRef) -> Record:
        if ref.backend != self._name:
            raise NotFound.of("key", ref.key_id)
        return self._records.get(ref.key_id)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Lock out other processes during the block.

        Without the lock two processes could create the same key: PKCS #11 cannot create an object only if it is
        missing.
        """
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _make(self, key_type: KeyType, key_id: str, *, may_generate: bool = True) -> Record:
        def job(seat: Seat) -> tuple[bytes, KeyType]:
            seat.require_token()
            spki = self._adopted_or_made(seat.session, key_type, key_id, may_generate=may_generate)
            made, key = find_type(spki), objects.find_private_key(seat.session, key_id)
            if key is None:
                raise BackendUnavailable(
                    f"The token does not return the key {key_id!r} that it has just generated.", key=key_id
                )
            if made is None:
                raise Conflict(f"The key {key_id!r} in the token has a type that this version does not support.")
            objects.require_proof(key, spki, made, key_id)
            return spki, made

        spki, made = self._token.use(job, seconds=GENERATE_SECONDS)
        return self._records.add(key_id, made.name, spki)

    def _adopted_or_made(self, session: pkcs11.Session, key_type: KeyType, key_id: str, *, may_generate: bool) -> bytes:
        there = objects.find_private_key(session, key_id)
        if there is not None:
            return objects.adopt(session, there, key_id)
        if not may_generate:
            raise NotFound.of("key", key_id)
        if key_type.name not in mechanisms.list_key_types(session.token.slot):
            message = (
                f"must be a key type that the token supports; {key_type.name} is not supported by "
                f"{session.token.label!r}"
            )
            raise InvalidInput.of("key_type", "key_type.backend", message)
        return mechanisms.generate(session, key_type, key_id)


def open_pkcs11(options: Pkcs11Options, keystore: Keystore, *, home: Path, clock: Clock) -> Pkcs11Signer:
    """Return the key backend with these settings. The search for the token starts on first use."""
    records = KeyRecords(options.name, keystore, clock=clock)
    return Pkcs11Signer(options.name, open_token(options, home), records, lock=home / f"key-{options.name}.lock")


def _proven(seat: Seat, record: Record, key_id: str) -> mechanisms.PrivateKey:
    """Return the handle of the key in the session, after verifying once that it is the key of the record.

    Raises NotFound if the token does not have the key; BackendUnavailable if it has another key with that ID.
    """
    if key_id not in seat.keys:
        key = objects.find_private_key(seat.session, key_id)
        if key is None:
            # Of a token that has left, some modules say only that there is no such object.
            seat.require_token()
            raise NotFound.of("key", key_id)
        objects.require_proof(key, record.spki, KEY_TYPES[record.key_type], key_id)
        seat.keys[key_id] = key
    return seat.keys[key_id]
