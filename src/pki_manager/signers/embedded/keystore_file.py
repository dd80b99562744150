"""`keystore.db`: a keystore in an SQLite file of its own; made whole, opened only with the right master key."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from pki_manager.domain.errors import HomeUnusable
from pki_manager.ports.clock import Clock
from pki_manager.ports.entropy import Entropy
from pki_manager.signers.embedded.keystore import FORMAT, NONCE_SIZE, Keystore, metadata
from pki_manager.signers.embedded.master_key import SALT_SIZE, Argon2Cost, KekSource, KeystoreHeader
from pki_manager.signers.private_file import install_new, require_private

_CHECK_TEXT = b"pki-manager keystore check"
_WHAT = "keystore"
BUSY_SECONDS = 10
_USE_WAL = "PRAGMA journal_mode = WAL"
_PRAGMAS = (
    "synchronous = FULL",
    # What is destroyed is overwritten; nothing spills into a temporary file.
    "secure_delete = ON",
    "temp_store = MEMORY",
)

_header = sa.Table(
    "header",
    metadata,
    sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True),
    sa.Column("format", sa.Integer, nullable=False),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    sa.Column("argon2_memory_kib", sa.Integer, nullable=False),
    sa.Column("argon2_iterations", sa.Integer, nullable=False),
    sa.Column("argon2_lanes", sa.Integer, nullable=False),
    sa.Column("check_nonce", sa.LargeBinary, nullable=False),
    sa.Column("check_sealed", sa.LargeBinary, nullable=False),
    sqlite_strict=True,
)


def create_keystore(path: Path, source: KekSource, *, entropy: Entropy, argon2: Argon2Cost | None = None) -> bool:
    """Make an empty keystore (0600) under the source's KEK, durable on return. False, nothing changed, when one exists.

    It gets its name when it is complete, so a kill leaves none, and of two that start together one makes it.
    HomeUnusable when the source's secret is unfit or the folder cannot hold the file.
    """

    def fill(file: Path) -> None:
        engine = _engine(file)
        try:
            with engine.begin() as connection:
                connection.exec_driver_sql(_USE_WAL)
                metadata.create_all(connection)
                connection.execute(sa.insert(_header).values(_new_header(source, entropy, argon2 or Argon2Cost())))
        except sa.exc.SQLAlchemyError as error:
            raise HomeUnusable(f"the keystore {path} cannot be made", cause=str(error)) from error
        finally:
            engine.dispose()

    return install_new(path, fill, entropy)


def _new_header(source: KekSource, entropy: Entropy, argon2: Argon2Cost) -> dict[str, object]:
    header = KeystoreHeader(FORMAT, entropy.token(SALT_SIZE), argon2)
    nonce = entropy.token(NONCE_SIZE)
    return {
        "id": 1,
        "format": header.format,
        "salt": header.salt,
        "argon2_memory_kib": argon2.memory_kib,
        "argon2_iterations": argon2.iterations,
        "argon2_lanes": argon2.lanes,
        "check_nonce": nonce,
        "check_sealed": AESGCM(source.derive(header)).encrypt(nonce, _CHECK_TEXT, _associated_data(header)),
    }


def open_keystore(path: Path, source: KekSource, *, clock: Clock, entropy: Entropy) -> Keystore:
    """The keystore in that file. HomeUnusable, with nothing touched, when the file is missing, not ours alone, no

    keystore, of a newer format, or sealed under another master key.
    """
    require_private(path, _WHAT)
    engine = _engine(path)
    try:
        kek = _unlock(engine, source, path)
    except BaseException:
        engine.dispose()
        raise
    return Keystore(engine, kek, clock=clock, entropy=entropy)


def _unlock(engine: sa.Engine, source: KekSource, path: Path) -> AESGCM:
    try:
        with engine.connect() as connection:
            row = connection.execute(sa.select(_header)).one()
    except sa.exc.SQLAlchemyError as error:
        raise HomeUnusable(f"{path} is no keystore or cannot be read", cause=str(error)) from error
    if row.format != FORMAT:
        raise HomeUnusable(f"the keystore {path} has format {row.format}; this version reads format {FORMAT}")
    cost = Argon2Cost(row.argon2_memory_kib, row.argon2_iterations, row.argon2_lanes)
    header = KeystoreHeader(row.format, row.salt, cost)
    kek = AESGCM(source.derive(header))
    try:
        kek.decrypt(row.check_nonce, row.check_sealed, _associated_data(header))
    except (InvalidTag, ValueError):
        raise HomeUnusable(
            f"the wrong master key for the keystore {path}, or its header is damaged; nothing was touched: "
            "put back the master key or passphrase that it was made with"
        ) from None
    return kek


def _associated_data(header: KeystoreHeader) -> bytes:
    cost = header.argon2
    return f"header {header.format} {cost.memory_kib} {cost.iterations} {cost.lanes} ".encode() + header.salt


def _engine(path: Path) -> sa.Engine:
    engine = sa.create_engine(
        sa.URL.create("sqlite+pysqlite", database=str(path)), connect_args={"timeout": BUSY_SECONDS}
    )

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine
