"""The keystore: private keys and named secrets, each sealed on its own, apart from the database.

Every record is sealed with AES-256-GCM (NIST SP 800-38D) under the key-encryption key, with a fresh 96-bit nonce and
with all that identifies the record as associated data: format, kind, id, version, key type and public half. So a
record that was altered, or put in another's place, does not open.

Errors: BackendUnavailable when the store does not answer or one key is damaged, for other keys and other
backends go on; HomeUnusable when a secret is damaged, for nothing can run without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pki_manager.domain.errors import BackendUnavailable, HomeUnusable, NotFound
from pki_manager.ports.clock import Clock
from pki_manager.ports.entropy import Entropy

FORMAT = 1
NONCE_SIZE = 12
SECRET_SIZE = 32
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

metadata = sa.MetaData()

_records = sa.Table(
    "records",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("key_type", sa.Text, nullable=False),
    sa.Column("spki", sa.LargeBinary, nullable=False),
    sa.Column("nonce", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("created_at", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
    sqlite_strict=True,
)


class RecordKind(StrEnum):
    PRIVATE_KEY = "private-key"
    SECRET = "secret"
    TOKEN_KEY = "token-key"
    """A key that lives in a PKCS #11 token: nothing but its public half is kept, and the seal vouches for that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A row as stored. `spki` is SubjectPublicKeyInfo DER; a secret has neither it nor a key type.

    `version` counts the sealings of the record; `created_at` is in microseconds since the Unix epoch.
    """

    kind: str
    id: str
    version: int
    key_type: str
    spki: bytes
    nonce: bytes
    sealed: bytes
    created_at: int


class Keystore:
    """An open keystore. Safe for several threads, and for several processes on one database."""

    def __init__(self, engine: sa.Engine, kek: AESGCM, *, clock: Clock, entropy: Entropy) -> None:
        self._engine = engine
        self._kek = kek
        self._clock = clock
        self._entropy = entropy

    def check(self) -> None:
        """BackendUnavailable unless the keystore answers."""
        with self._answering(), self._engine.connect() as connection:
            connection.execute(sa.select(_records.c.id).limit(1))

    def find(self, kind: RecordKind, record_id: str) -> Record | None:
        """The record as it is stored now, still sealed."""
        with self._answering(), self._engine.connect() as connection:
            row = connection.execute(sa.select(_records).where(_is(kind, record_id))).mappings().one_or_none()
        return None if row is None else Record(**row)

    def add(self, kind: RecordKind, record_id: str, plain: bytes, *, key_type: str = "", spki: bytes = b"") -> Record:
        """Seal `plain` and store it, durable on return; where the id is already taken, what is there.

        So of two that make the same record at once, both get the same one.
        """
        nonce = self._entropy.token(NONCE_SIZE)
        bound = _associated_data(kind, record_id, 1, key_type, spki)
        record = Record(
            kind=kind.value,
            id=record_id,
            version=1,
            key_type=key_type,
            spki=spki,
            nonce=nonce,
            sealed=self._kek.encrypt(nonce, plain, bound),
            created_at=(self._clock.now() - _EPOCH) // timedelta(microseconds=1),
        )
        values = {column.name: getattr(record, column.name) for column in _records.columns}
        try:
            with self._answering(), self._engine.begin() as connection:
                connection.execute(sa.insert(_records).values(values))
        except sa.exc.IntegrityError:
            held = self.find(kind, record_id)
            if held is None:
                raise BackendUnavailable(f"{kind} {record_id!r} went away while it was made", retry_after=1) from None
            return held
        return record

    def open(self, record: Record) -> bytes:
        """What was sealed; for a damaged or exchanged record the error of its kind (see the module)."""
        bound = _associated_data(record.kind, record.id, record.version, record.key_type, record.spki)
        try:
            return self._kek.decrypt(record.nonce, record.sealed, bound)
        except (InvalidTag, ValueError):
            error = HomeUnusable if record.kind == RecordKind.SECRET else BackendUnavailable
            raise error(
                f"{record.kind} {record.id!r} in the keystore is damaged or was exchanged: restore it from a backup"
            ) from None

    def remove(self, kind: RecordKind, record_id: str) -> None:
        """Erase the record, overwriting it in the file; one that is already gone is fine."""
        with self._answering(), self._engine.begin() as connection:
            gone = connection.execute(sa.delete(_records).where(_is(kind, record_id))).rowcount
        if gone and self._engine.dialect.name == "sqlite":
            # The write-ahead log still holds the old page until it is folded into the file and cut off.
            with self._answering(), self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def secret(self, name: str, *, create: bool) -> bytes:
        """The 32 random bytes of that name (the database key, the audit MAC key), the same for every caller ever.

        `create` makes them where they are missing; otherwise NotFound.
        """
        record = self.find(RecordKind.SECRET, name)
        if record is None:
            if not create:
                raise NotFound.of("secret", name)
            record = self.add(RecordKind.SECRET, name, self._entropy.token(SECRET_SIZE))
        return self.open(record)

    def close(self) -> None:
        """Give up the connections."""
        self._engine.dispose()

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.IntegrityError:
            raise
        except sa.exc.SQLAlchemyError as error:
            raise BackendUnavailable("the keystore does not answer", retry_after=1, cause=str(error)) from error


def _is(kind: RecordKind, record_id: str) -> sa.ColumnElement[bool]:
    return (_records.c.kind == kind.value) & (_records.c.id == record_id)


def _associated_data(kind: str, record_id: str, version: int, key_type: str, spki: bytes) -> bytes:
    """Each part behind its length, so that no two records have the same."""
    texts = (str(FORMAT), kind, record_id, str(version), key_type)
    return b"".join(len(part).to_bytes(4, "big") + part for part in (*(text.encode() for text in texts), spki))
