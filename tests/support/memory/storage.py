"""The storage port in memory: the product's repositories on a plain SQLite file in RAM, without encryption and fsync.

A second implementation of some 25 repositories, with keyset search, unique keys, and snapshots, would be as long as the
product's, and could differ from it. What is slow about the real engine is not its SQL: it is the disk and the cipher.
The file is on a RAM file system, so that the write-ahead log works: a reader keeps its snapshot while units commit,
which SQLite's `:memory:` databases cannot do.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
import sqlcipher3
from sqlalchemy.engine.interfaces import DBAPIConnection

from pki_manager.storage.engine.locks import PATIENCE_SECONDS
from pki_manager.storage.engine.visibility import is_address_within

_RAM = Path("/dev/shm")


@contextmanager
def ram_folder() -> Iterator[Path]:
    """Yield a new folder in RAM, or on disk on a system without /dev/shm, and remove it at the end."""
    with tempfile.TemporaryDirectory(prefix="pkim-", dir=_RAM if _RAM.is_dir() else None) as name:
        yield Path(name)


def open_memory(path: Path) -> sa.Engine:
    """Return an engine on a plain SQLite file that survives no power failure; a missing file is created."""
    return sa.create_engine(
        "sqlite+pysqlite://",
        module=sqlcipher3,
        creator=lambda: _connect(path),
        poolclass=sa.QueuePool,
        pool_size=8,
        max_overflow=24,
        pool_timeout=PATIENCE_SECONDS,
    )


def copy_database(template: Path, path: Path) -> Path:
    """Copy a closed database, and return the path of the copy."""
    return Path(shutil.copyfile(template, path))


def _connect(path: Path) -> DBAPIConnection:
    connection: DBAPIConnection = sqlcipher3.connect(
        str(path), timeout=PATIENCE_SECONDS, check_same_thread=False, isolation_level=None
    )
    for pragma in ("journal_mode = WAL", "synchronous = OFF", "foreign_keys = ON", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function("pkim_address_within", 3, is_address_within, deterministic=True)
    return connection
