"""Creation of database engines. Files and servers that PKI Manager cannot use are refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import sqlcipher3
from sqlalchemy.engine.interfaces import DBAPIConnection

from pki_manager.domain.errors import ConfigurationInvalid, HomeUnusable
from pki_manager.domain.extras import install_hint
from pki_manager.storage.engine import row_security
from pki_manager.storage.engine.failures import FOREIGN, build_unavailable
from pki_manager.storage.engine.locks import PATIENCE_SECONDS
from pki_manager.storage.engine.sqlcipher_file import is_opened_by
from pki_manager.storage.engine.visibility import is_address_within

_APPLICATION_ID = 0x504B494D
"""`PKIM` in the application_id of the file header. It marks databases of PKI Manager among files with the same key."""

_KEY_OCTETS = 32
_PLAIN_HEADER = b"SQLite format 3\0"
_CACHE_KIB = 16 * 1024
"""Maximum size in KiB of decrypted pages per connection: the upper levels of every index of a large installation."""

_LOG_PAGES = 4000
"""Pages (16 MiB) of write-ahead log before it is copied into the file. A page changed repeatedly is copied once."""

_DURABLE_COMMITS = frozenset({"on", "remote_write", "remote_apply"})


def open_sqlcipher(path: Path, key: bytes) -> sa.Engine:
    """Return an engine on an SQLCipher file with a raw 32-byte key. A missing or empty file is created (mode 0600).

    The schema is not checked (`schema.require_usable` does that). Raises HomeUnusable, without changing the file, if
    the file has another key, or is a plain SQLite database or any other file.
    """
    if len(key) != _KEY_OCTETS:
        raise HomeUnusable(f"The database key must have {_KEY_OCTETS} bytes, but has {len(key)}.")
    try:
        if not _prepare_file(path) and not is_opened_by(path, key):
            raise HomeUnusable(f"Cannot open the database {path}: wrong key, or damaged file. No changes were made.")
        connection = _connect(path, key)
        try:
            _claim(connection, path)
        finally:
            connection.close()
    except OSError as error:
        raise HomeUnusable(f"The database {path} cannot be opened: {error.strerror}.") from error
    except sqlcipher3.DatabaseError as error:
        raise HomeUnusable(f"The database {path} cannot be opened: {error}.") from error
    return _sqlite_engine(lambda: _tuned(_connect(path, key)))


# A server that the network no longer reaches is given up in about that time too, asked or awaited (tcp(7)): without it
# the kernel goes on for a quarter of an hour, and a connection that only waits for a response never ends.
_GONE = {
    "tcp_user_timeout": round(PATIENCE_SECONDS * 1000),
    "keepalives_idle": 4,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}


# The server gives up a client that the network no longer reaches in about that time too. It would keep the session, and
# the scheduler's lock with it, for more than two hours.
_GONE_CLIENT = {
    "tcp_keepalives_idle": 4,
    "tcp_keepalives_interval": 2,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": round(PATIENCE_SECONDS * 1000),
}
_CONNECT_SECONDS = 4
"""Seconds for connecting to one host. A URL can name several, which are tried in turn."""

_REPLICA_PATIENCE = 4.0
"""Seconds in which a replica must answer. After them, the primary database is read instead."""

_OPTIONS = {"lock_timeout": f"{PATIENCE_SECONDS:.0f}s", "timezone": "UTC", **_GONE_CLIENT, **row_security.SESSION}


def open_postgresql(url: str) -> sa.Engine:
    """Return an engine on PostgreSQL with psycopg 3 (`postgresql+psycopg://…`).

    Raises ConfigurationInvalid if the URL is invalid, the driver is missing, or the server can lose commits (fsync or
    synchronous_commit off) or does not store UTF-8; StorageUnavailable if it does not respond.
    """
    engine = _postgresql_engine(url, "database_url", patience=PATIENCE_SECONDS)
    _require_durable(engine)
    return engine


def open_replica(url: str) -> sa.Engine:
    """Return an engine on a replica, which need not be available now. Raises ConfigurationInvalid as above."""
    engine = _postgresql_engine(url, "read_database_url", patience=_REPLICA_PATIENCE, deadline=_REPLICA_PATIENCE)
    # A connection that is used again begins as read-write otherwise, which a replica refuses.
    return engine.execution_options(postgresql_readonly=True)


def _postgresql_engine(url: str, setting: str, *, patience: float, deadline: float | None = None) -> sa.Engine:
    try:
        address = sa.make_url(url)
        if address.drivername != "postgresql+psycopg":
            raise ConfigurationInvalid(f"The setting {setting} must begin with postgresql+psycopg://.")
        engine = sa.create_engine(
            address,
            pool_size=8,
            max_overflow=24,
            pool_pre_ping=True,
            pool_timeout=patience,
            connect_args={
                "connect_timeout": _CONNECT_SECONDS,
                **_GONE,
                "options": " ".join(f"-c {name}={value}" for name, value in _OPTIONS.items()),
            },
        )
    except (sa.exc.ArgumentError, ValueError) as error:
        raise ConfigurationInvalid(f"The setting {setting} is not a valid URL.") from error
    except ModuleNotFoundError as error:
        raise ConfigurationInvalid(f"The PostgreSQL driver is missing. {install_hint('postgresql')}.") from error
    _keep_deadlines(engine, deadline)
    return engine


def _keep_deadlines(engine: sa.Engine, deadline: float | None) -> None:
    from pki_manager.storage.engine.deadline import DeadlineConnection, DeadlineWatch

    watch = DeadlineWatch()

    def connect(_dialect: object, _record: object, arguments: list[Any], options: dict[str, Any]) -> DeadlineConnection:
        connection = DeadlineConnection.open(*arguments, **options)
        if deadline is not None:
            connection.deadline = deadline
        watch.add(connection)
        return connection

    sa.event.listen(engine, "do_connect", connect)
    dialect, ping = engine.dialect, engine.dialect.do_ping

    def ping_briefly(connection: DBAPIConnection) -> bool:
        if not isinstance(connection, DeadlineConnection):
            return ping(connection)
        with connection.brief():
            return ping(connection)

    dialect.do_ping = ping_briefly  # type: ignore[method-assign,assignment] # a pool has no setting for the deadline of its check


def _prepare_file(path: Path) -> bool:
    """Create the file if it is missing. Returns whether it is empty.

    Raises OSError if it cannot be opened; HomeUnusable if it is a plain SQLite database.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        beginning = os.read(descriptor, len(_PLAIN_HEADER))
        if not beginning:
            os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)
    if beginning == _PLAIN_HEADER:
        raise HomeUnusable(f"The database {path} is an unencrypted SQLite database of another application.")
    return not beginning


def _connect(path: Path, key: bytes) -> DBAPIConnection:
    connection: DBAPIConnection = sqlcipher3.connect(
        str(path), timeout=PATIENCE_SECONDS, check_same_thread=False, isolation_level=None
    )
    connection.execute("PRAGMA cipher_log_level = NONE")  # else a damaged page prints lines on stderr
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    connection.execute("PRAGMA cipher_compatibility = 4")  # the format that `sqlcipher_file` knows
    return connection


def _claim(connection: DBAPIConnection, path: Path) -> None:
    """Mark an empty database as belonging to PKI Manager. Raises HomeUnusable if it belongs to another application."""
    if connection.execute("PRAGMA application_id").fetchone() == (_APPLICATION_ID,):
        return
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
        raise HomeUnusable(f"The database {path} belongs to another application.")
    connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")


def _tuned(connection: DBAPIConnection) -> DBAPIConnection:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = {-_CACHE_KIB}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
    connection.execute("PRAGMA temp_store = MEMORY")  # temporary files would not be encrypted
    connection.create_function("pkim_address_within", 3, is_address_within, deterministic=True)
    return connection


def _sqlite_engine(connect: Callable[[], DBAPIConnection]) -> sa.Engine:
    """Return an engine with the plain SQLite dialect on the SQLCipher driver.

    SQLAlchemy's SQLCipher dialect cannot be used, because it would set an empty key.
    """
    return sa.create_engine(
        "sqlite+pysqlite://",
        module=sqlcipher3,
        creator=connect,
        poolclass=sa.QueuePool,
        pool_size=8,
        max_overflow=24,
        pool_timeout=PATIENCE_SECONDS,
    )


def _require_durable(engine: sa.Engine) -> None:
    faults = []
    try:
        with engine.connect() as connection:
            fsync, commit, encoding = (
                connection.exec_driver_sql(f"SHOW {name}").scalar_one()
                for name in ("fsync", "synchronous_commit", "server_encoding")
            )
    except FOREIGN as error:
        engine.dispose()
        raise build_unavailable(error) from error
    if fsync != "on":
        faults.append("fsync is off")
    if commit not in _DURABLE_COMMITS:
        faults.append(f"synchronous_commit is {commit}")
    if encoding != "UTF8":
        faults.append(f"its encoding is {encoding}, not UTF8")
    if faults:
        engine.dispose()
        raise ConfigurationInvalid(f"The PostgreSQL server does not store data safely: {', '.join(faults)}.")
