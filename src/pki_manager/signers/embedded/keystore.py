"""The keystore: private keys and named secrets, each encrypted separately, stored apart from the database.

Every record is encrypted with AES-256-GCM (NIST SP 800-38D) under the key-encryption key, with a fresh 96-bit nonce.
The associated data is everything that identifies the record: format, kind, ID, version, key type, and public key.
Decryption fails for a record that was changed or moved to the place of another one. Raises BackendUnavailable if the
store does not respond or one key is damaged, because other keys still work; HomeUnusable if a secret is damaged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag

from pki_manager.domain.errors import BackendUnavailable, HomeUnusable, NotFound
from pki_manager.ports.clock import Clock
from pki_manager.ports.entropy import Entropy
from pki_manager.signers.embedded.header import NONCE_SIZE, Seal, create_header, read_salt, unlock
from pki_manager.signers.embedded.master_key import Argon2Cost, KekSource
from pki_manager.signers.embedded.tables import FORMAT, header, records

SECRET_SIZE = 32
_TRIES = 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RecordKind(StrEnum):
    """The kind of a record."""

    PRIVATE_KEY = "private-key"
    SECRET = "secret"
    TOKEN_KEY = "token-key"
    """A key in a PKCS #11 token. The record has only the public key; encryption protects it from changes."""
    RA_KEY = "ra-key"
    """A key that decrypts (`ra_keys.py`). Key backends search only for PRIVATE_KEY, so they never find it."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record as stored, encrypted.

    `spki` is the SubjectPublicKeyInfo (DER); it and the key type are empty for a secret. `version` counts how often the
    record was encrypted; `created_at` is in microseconds since 1970.
    """

    kind: str
    id: str
    version: int
    key_type: str
    spki: bytes
    nonce: bytes
    sealed: bytes
    created_at: int


@dataclass(frozen=True, slots=True)
class KeystoreRows:
    """All rows of a keystore: values in the order of the columns of `tables.header` and `tables.records`."""

    header: tuple[object, ...] = field(repr=False)
    records: tuple[tuple[object, ...], ...] = field(repr=False)

    @property
    def ids(self) -> tuple[str, ...]:
        """Return `kind/id` of each record."""
        return tuple(f"{kind}/{record_id}" for kind, record_id, *_ in self.records)


class Keystore:
    """An open keystore. Thread-safe, also with several processes on one database."""

    def __init__(
        self, engine: sa.Engine, unlock: Callable[[sa.Connection], Seal], *, clock: Clock, entropy: Entropy
    ) -> None:
        """Open the keystore. `unlock` returns its current KEK, and is called again after the master key was changed."""
        self._engine = engine
        self._unlock = unlock
        self._clock = clock
        self._entropy = entropy
        with engine.connect() as connection:
            self._seal = unlock(connection)

    def check(self) -> None:
        """Raise BackendUnavailable unless the keystore responds."""
        with self._answering(), self._engine.connect() as connection:
            connection.execute(sa.select(records.c.id).limit(1))

    def find(self, kind: RecordKind, record_id: str) -> Record | None:
        """Return a record as currently stored (encrypted), or None if it does not exist."""
        with self._answering(), self._engine.connect() as connection:
            row = connection.execute(sa.select(records).where(_is(kind, record_id))).mappings().one_or_none()
        return None if row is None else Record(**row)

    def find_all(self, kind: RecordKind) -> list[Record]:
        """Return all records of a kind as currently stored (encrypted)."""
        with self._answering(), self._engine.connect() as connection:
            rows = connection.execute(sa.select(records).where(records.c.kind == str(kind))).mappings().all()
        return [Record(**row) for row in rows]

    def add(self, kind: RecordKind, record_id: str, plain: bytes, *, key_type: str = "", spki: bytes = b"") -> Record:
        """Encrypt `plain` and store it durably. If the ID exists, return the existing record.

        Parallel callers with the same ID get the same record. Raises BackendUnavailable if the keystore does not
        respond.
        """
        seal = self._seal
        record = self._sealed(seal, Record(kind.value, record_id, 1, key_type, spki, b"", b"", self._now()), plain)
        try:
            if self._insert(seal, record):
                return record
        except sa.exc.IntegrityError:
            held = self.find(kind, record_id)
            if held is None:
                raise BackendUnavailable(
                    f"The {kind} {record_id!r} was deleted while it was created.", retry_after=1
                ) from None
            return held
        self._unlock_again()
        return self.add(kind, record_id, plain, key_type=key_type, spki=spki)

    def open(self, record: Record) -> bytes:
        """Return the decrypted content of a record.

        Raises HomeUnusable for a damaged or exchanged secret; BackendUnavailable for a damaged or exchanged key.
        """
        seal = self._seal
        try:
            return _opened(seal, record)
        except (InvalidTag, ValueError):
            has_changed = self._unlock_again() is not seal
            fresh = self.find(RecordKind(record.kind), record.id)
            if fresh is not None and _is_resealed(record, fresh) and (has_changed or fresh != record):
                # Another process has changed the master key: the record was read before that, or unsealed after it.
                return self.open(fresh)
            error = HomeUnusable if record.kind == RecordKind.SECRET else BackendUnavailable
            raise error(
                f"{record.kind} {record.id!r} in the keystore is damaged or was exchanged: restore it from a backup"
            ) from None

    def is_opened_by(self, source: KekSource) -> bool:
        """Return whether `source` provides the current KEK of the keystore."""
        try:
            with self._answering(), self._engine.connect() as connection:
                unlock(connection, source, "")
        except HomeUnusable:
            return False
        return True

    def rewrap(self, source: KekSource, *, argon2: Argon2Cost | None = None) -> int:
        """Encrypt every record again with the KEK of another source, all or none. Returns the number of records.

        Other processes detect the change and read the new KEK from their own source. Raises HomeUnusable if the new
        secret is unsuitable or a record is damaged.
        """
        with self._answering(), self._engine.begin() as connection:
            # A write comes first: it locks out other writers on both databases until the end.
            connection.execute(sa.update(header).values(id=1))
            old = self._unlock(connection)
            row, new = create_header(source, self._entropy, argon2)
            rows = connection.execute(sa.select(records)).mappings().all()
            for held in (Record(**row) for row in rows):
                fresh = self._sealed(new, replace(held, version=held.version + 1), self._must_open(old, held))
                connection.execute(sa.update(records).where(_is(fresh.kind, fresh.id)).values(_values(fresh)))
            connection.execute(sa.update(header).values(row))
        self._seal = new
        self._cut_log()
        return len(rows)

    def remove(self, kind: RecordKind, record_id: str) -> None:
        """Erase a record, overwriting it in the file. Can be repeated."""
        with self._answering(), self._engine.begin() as connection:
            gone = connection.execute(sa.delete(records).where(_is(kind, record_id))).rowcount
        if gone:
            self._cut_log()

    def secret(self, name: str, *, create: bool) -> bytes:
        """Return the secret (32 random octets) with that name, for example the database key or the audit MAC key.

        If it is missing: generate it if `create` is true, otherwise raise NotFound.
        """
        record = self.find(RecordKind.SECRET, name)
        if record is None:
            if not create:
                raise NotFound.of("secret", name)
            record = self.add(RecordKind.SECRET, name, self._entropy.token(SECRET_SIZE))
        return self.open(record)

    def export(self) -> KeystoreRows:
        """Return all rows, encrypted, as of one moment."""
        with self._answering(), self._engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ")
            else:
                # The driver would begin a transaction with the first write only.
                connection.exec_driver_sql("BEGIN")
            head = connection.execute(sa.select(header)).one()
            rows = connection.execute(sa.select(records).order_by(records.c.kind, records.c.id)).all()
        return KeystoreRows(tuple(head), tuple(tuple(row) for row in rows))

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def _now(self) -> int:
        return (self._clock.now() - _EPOCH) // timedelta(microseconds=1)

    def _sealed(self, seal: Seal, record: Record, plain: bytes) -> Record:
        nonce = self._entropy.token(NONCE_SIZE)
        return replace(record, nonce=nonce, sealed=seal.kek.encrypt(nonce, plain, _associated_data(record)))

    def _insert(self, seal: Seal, record: Record) -> bool:
        """Insert a record. Returns False if the KEK of the keystore has changed since the record was encrypted.

        A shared lock on the header row prevents a change of the KEK during the insert.
        """
        row = sa.select(*(sa.literal(value, records.c[name].type) for name, value in _values(record).items()))
        under = row.select_from(header).where(header.c.salt == seal.salt).with_for_update(read=True)
        with self._answering(), self._engine.begin() as connection:
            return connection.execute(sa.insert(records).from_select(list(_values(record)), under)).rowcount == 1

    def _unlock_again(self) -> Seal:
        """Return the current KEK: the same object as before unless the master key was changed.

        Raises BackendUnavailable if this process cannot use the new master key.
        """
        for _ in range(_TRIES - 1):
            # Another process may be renaming the new key at this moment, or changing it again.
            with suppress(HomeUnusable):
                return self._follow()
        try:
            return self._follow()
        except HomeUnusable as error:
            raise BackendUnavailable(
                "The master key was changed while this process was running, and the process cannot use the "
                f"new one. {error.detail}"
            ) from None

    def _follow(self) -> Seal:
        with self._answering(), self._engine.connect() as connection:
            if read_salt(connection) != self._seal.salt:
                self._seal = self._unlock(connection)
        return self._seal

    def _must_open(self, seal: Seal, record: Record) -> bytes:
        try:
            return _opened(seal, record)
        except (InvalidTag, ValueError):
            raise HomeUnusable(
                f"The {record.kind} {record.id!r} in the keystore is damaged. Nothing was changed. Restore "
                "the keystore from a backup."
            ) from None

    def _cut_log(self) -> None:
        """Remove old pages from the write-ahead log by writing the log into the file and truncating it."""
        if self._engine.dialect.name == "sqlite":
            with self._answering(), self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.IntegrityError:
            raise
        except sa.exc.SQLAlchemyError as error:
            raise BackendUnavailable(
                "The database of the keystore is unavailable.", retry_after=1, cause=str(error)
            ) from error


def open_on(engine: sa.Engine, source: KekSource, where: str, *, clock: Clock, entropy: Entropy) -> Keystore:
    """Return the keystore in that database. `where` names it in errors.

    Raises HomeUnusable as `header.unlock` does, or if the database cannot be read.
    """
    try:
        return Keystore(engine, lambda connection: unlock(connection, source, where), clock=clock, entropy=entropy)
    except sa.exc.SQLAlchemyError as error:
        raise HomeUnusable(f"{where} is not a keystore, or cannot be read.", cause=str(error)) from error


def _is(kind: str, record_id: str) -> sa.ColumnElement[bool]:
    return (records.c.kind == str(kind)) & (records.c.id == record_id)


def _values(record: Record) -> dict[str, object]:
    return {column.name: getattr(record, column.name) for column in records.columns}


def _is_resealed(record: Record, fresh: Record) -> bool:
    """Return whether the records differ only in their encryption (version, nonce, and ciphertext)."""
    return replace(fresh, version=record.version, nonce=record.nonce, sealed=record.sealed) == record


def _opened(seal: Seal, record: Record) -> bytes:
    """Return the decrypted record. Raises InvalidTag or ValueError if it was changed or encrypted with another KEK."""
    return seal.kek.decrypt(record.nonce, record.sealed, _associated_data(record))


def _associated_data(record: Record) -> bytes:
    """Return the associated data of a record. Each part follows its length, so no two records have the same data."""
    texts = (str(FORMAT), record.kind, record.id, str(record.version), record.key_type)
    parts = (*(text.encode() for text in texts), record.spki)
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
