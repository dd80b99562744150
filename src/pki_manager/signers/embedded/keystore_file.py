"""`keystore.db`: a keystore in a separate SQLite file, created atomically, opened only with the right master key."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from pki_manager.domain.errors import HomeUnusable, Malformed
from pki_manager.ports.clock import Clock
from pki_manager.ports.entropy import Entropy
from pki_manager.signers.embedded.header import create_header
from pki_manager.signers.embedded.keystore import Keystore, KeystoreRows, open_on
from pki_manager.signers.embedded.master_key import Argon2Cost, KekSource
from pki_manager.signers.embedded.tables import header, metadata, records
from pki_manager.signers.private_file import install_new, require_private

_WHAT = "keystore"
BUSY_SECONDS = 10
_USE_WAL = "PRAGMA journal_mode = WAL"
_PRAGMAS = (
    "synchronous = FULL",
    # What is destroyed is overwritten; nothing spills into a temporary file.
    "secure_delete = ON",
    "temp_store = MEMORY",
)


def create_keystore(path: Path, source: KekSource, *, entropy: Entropy, argon2: Argon2Cost | None = None) -> bool:
    """Create an empty keystore (mode 0600) with the KEK of `source`, durably. Returns False if one exists.

    The file appears complete or not at all. Of two parallel callers only one creates it. Raises HomeUnusable if the
    secret of `source` is unsuitable or the file cannot be created in the folder.
    """

    def fill(file: Path) -> None:
        engine = _engine(file)
        try:
            with engine.begin() as connection:
                connection.exec_driver_sql(_USE_WAL)
                metadata.create_all(connection)
                connection.execute(sa.insert(header).values(create_header(source, entropy, argon2)[0]))
        except sa.exc.SQLAlchemyError as error:
            raise HomeUnusable(f"The keystore {path} cannot be created.", cause=str(error)) from error
        finally:
            engine.dispose()

    return install_new(path, fill, entropy)


def restore_keystore(path: Path, rows: KeystoreRows, *, entropy: Entropy) -> bool:
    """Create a keystore (mode 0600) with these rows, durably. Returns False if one exists.

    Raises Malformed if they are not the rows of a keystore; HomeUnusable if the file cannot be created in the folder.
    """

    def fill(file: Path) -> None:
        engine = _engine(file)
        try:
            with engine.begin() as connection:
                connection.exec_driver_sql(_USE_WAL)
                metadata.create_all(connection)
                connection.execute(sa.insert(header).values(_named(header, rows.header)))
                for row in rows.records:
                    connection.execute(sa.insert(records).values(_named(records, row)))
        except (sa.exc.IntegrityError, sa.exc.StatementError, ValueError) as error:
            raise Malformed("The keystore in the backup is damaged.", cause=str(error)) from error
        finally:
            engine.dispose()

    return install_new(path, fill, entropy)


def _named(table: sa.Table, row: tuple[object, ...]) -> dict[str, object]:
    return {column.name: value for column, value in zip(table.columns, row, strict=True)}


def open_keystore(path: Path, source: KekSource, *, clock: Clock, entropy: Entropy) -> Keystore:
    """Open the keystore in that file.

    Raises HomeUnusable, without changing anything, if the file is missing, readable by other users, not a keystore, of
    a newer format, or encrypted with another master key.
    """
    require_private(path, _WHAT)
    engine = _engine(path)
    try:
        return open_on(engine, source, str(path), clock=clock, entropy=entropy)
    except BaseException:
        engine.dispose()
        raise


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
