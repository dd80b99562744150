"""The database of an installation: a file in its data directory, or a PostgreSQL server."""

from __future__ import annotations

import sqlalchemy as sa

from pki_manager.bootstrap.home import is_set_up
from pki_manager.domain.errors import ConfigurationInvalid, FieldError, HomeUnusable
from pki_manager.settings import Settings
from pki_manager.signers.embedded.keystore import Keystore
from pki_manager.storage.engine import schema
from pki_manager.storage.engine.engines import open_postgresql, open_replica, open_sqlcipher
from pki_manager.storage.engine.guarded_clock import GuardedClock
from pki_manager.storage.engine.replica import find_replica_fault
from pki_manager.storage.storage import SqlStorage
from pki_manager.system import SystemEntropy

DATABASE_FILE = "pki.db"


def open_engine(settings: Settings, keystore: Keystore, *, create: bool) -> sa.Engine:
    """Open the database. `create` creates it and its key if they are missing.

    Raises HomeUnusable if the database cannot be opened, or is missing without `create`.
    """
    if settings.database_url is not None:
        engine = open_postgresql(settings.database_url)
    else:
        path = settings.home / DATABASE_FILE
        if not create and not path.exists():
            cure = "Restore it from a backup" if is_set_up(settings) else "Run `pkim init` again"
            raise HomeUnusable(f"The database {path} is missing. {cure}.")
        engine = open_sqlcipher(path, keystore.secret("database-key", create=create))
    if create:
        try:
            schema.upgrade(engine)
        except BaseException:
            engine.dispose()
            raise
    return engine


def require_replica(settings: Settings) -> None:
    """Raise ConfigurationInvalid if read_database_url is not a replica of database_url.

    Raises StorageUnavailable if one of them is unavailable.
    """
    if settings.database_url is None or settings.read_database_url is None:
        return
    replica = open_replica(settings.read_database_url)
    try:
        primary = open_postgresql(settings.database_url)
        try:
            fault = find_replica_fault(replica, primary)
        finally:
            primary.dispose()
    finally:
        replica.dispose()
    if fault is not None:
        raise ConfigurationInvalid(
            f"The setting read_database_url {fault}.",
            errors=(FieldError("read_database_url", "settings.replica", fault),),
        )


def open_storage(
    settings: Settings, engine: sa.Engine, mac_key: bytes, node: str, clock: GuardedClock, *, shares_writer: bool
) -> SqlStorage:
    """Return the storage. `node` names this process.

    `shares_writer` is true for processes of one server (`SqlStorage.run_units`).
    """
    file = settings.home / DATABASE_FILE if settings.database_url is None else None
    return SqlStorage(
        engine,
        chain=node,
        mac_key=mac_key,
        clock=clock,
        entropy=SystemEntropy(),
        lock_path=None if file is None else file.with_name(f"{file.name}.queue"),
        replica=None if settings.read_database_url is None else open_replica(settings.read_database_url),
        handover_lock=file.with_name(f"{file.name}.writer") if file is not None and shares_writer else None,
    )
