"""Restoring a backup into a temporary directory, which becomes the data directory after all checks."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import sqlalchemy as sa

from pki_manager.archive import lines, manifest
from pki_manager.archive.bundle import BundleReader
from pki_manager.archive.keys import DecryptionKey
from pki_manager.archive.manifest import Contents, ManifestHeader
from pki_manager.authority.installation.backups import record_restore
from pki_manager.bootstrap import CLOCK, home, open_installation
from pki_manager.bootstrap import keystore as keystores
from pki_manager.bootstrap.backup import (
    CHECKPOINTS,
    DATABASE,
    KEYSTORE_HEADER,
    KEYSTORE_RECORDS,
    MASTER_KEY,
    PORTS,
    SETTINGS_FILE,
    Progress,
)
from pki_manager.bootstrap.database import DATABASE_FILE
from pki_manager.domain.errors import Conflict, InvalidInput, Malformed, StorageUnavailable
from pki_manager.domain.rights.actor import Actor
from pki_manager.settings import FILE_NAME, Settings, load
from pki_manager.settings.rewrite import rewrite
from pki_manager.signers.embedded import tables as keystore_tables
from pki_manager.signers.embedded.keystore import KeystoreRows
from pki_manager.signers.embedded.keystore_file import restore_keystore
from pki_manager.storage.engine import schema
from pki_manager.storage.engine.engines import open_postgresql, open_sqlcipher
from pki_manager.storage.rows import Filling, open_filling
from pki_manager.system import SystemEntropy

_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600
_CHECKPOINT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\.jsonl", re.ASCII)
_PLAIN = {SETTINGS_FILE: FILE_NAME, MASTER_KEY: home.MASTER_KEY} | {name: name for name in PORTS}
"""Backup members that are copied unchanged into the data directory, and their file names there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """The result of a restore. `rows` are the numbers of rows by table."""

    header: ManifestHeader
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreTarget:
    """The target of a restore. `database_url` names a PostgreSQL database; None means a file in the data directory.

    `environ` are the environment variables with settings.
    """

    home: Path
    database_url: str | None
    environ: Mapping[str, str]


def restore_backup(
    source: IO[bytes],
    key: DecryptionKey,
    target: RestoreTarget,
    *,
    field: str,
    actor_of: Callable[[Settings], Actor] | None,
    progress: Progress,
) -> Restored:
    """Restore a backup into a data directory that is empty or does not exist, and into an empty database.

    `field` names the option of the key. `actor_of` returns the user who restores the backup, for the audit event; if it
    is None, no event is recorded. The data directory is put in place only after all checks. Raises Conflict if the
    target is not empty or the backup is of a newer version, Malformed if the file is damaged, and InvalidInput if the
    key is wrong. Other errors as `open_keystore`.
    """
    _require_empty(target.home)
    reader = BundleReader(source, key, field=field)
    with _temporary(target.home) as folder, ExitStack() as stack:
        restore = _Restore(folder, target, progress, stack)
        for name, content in reader:
            restore.accept(name, content)
        restored = restore.finish()
        stack.close()
        home.mark_set_up(folder)
        if actor_of is not None:
            _record(folder, target, restored.header, actor_of)
        _put_in_place(folder, target.home)
    return restored


class _Restore:
    """The state of one restore. It accepts the members in their order: header, files, keystore, tables, manifest."""

    def __init__(self, folder: Path, target: RestoreTarget, progress: Progress, stack: ExitStack) -> None:
        """Prepare a restore. `stack` holds the database transaction, which is committed when the stack is closed."""
        self._folder = folder
        self._target = target
        self._progress = progress
        self._stack = stack
        self._header: ManifestHeader | None = None
        self._contents = Contents()
        self._keystore_header: tuple[object, ...] = ()
        self._filling: Filling | None = None
        self._rows: dict[str, int] = {}
        self._is_complete = False

    def accept(self, name: str, content: bytes) -> None:
        if self._header is None:
            self._header = _usable_header(name, content)
            return
        if self._is_complete:
            raise Malformed("The backup holds something after its manifest.")
        if name == manifest.MANIFEST:
            self._complete(content)
            return
        folder, _, rest = name.partition("/")
        if folder == DATABASE:
            self._contents.update(name, content)
            self._add_rows(rest, content)
            return
        self._contents.update(name, content)
        self._accept_file(name, folder, rest, content)

    def finish(self) -> Restored:
        if self._header is None or not self._is_complete:
            raise Malformed("The backup is incomplete: it has no manifest. Use another copy.")
        return Restored(header=self._header, rows=self._rows)

    def _accept_file(self, name: str, folder: str, rest: str, content: bytes) -> None:
        if name in _PLAIN:
            _write(self._folder / _PLAIN[name], content)
        elif name == KEYSTORE_HEADER:
            (row,) = lines.decode_rows(content, len(keystore_tables.header.columns)) or [[]]
            self._keystore_header = tuple(row)
        elif name == KEYSTORE_RECORDS:
            rows = lines.decode_rows(content, len(keystore_tables.records.columns))
            stored = KeystoreRows(self._keystore_header, tuple(map(tuple, rows)))
            restore_keystore(self._folder / home.KEYSTORE, stored, entropy=SystemEntropy())
        elif folder == CHECKPOINTS and _CHECKPOINT.fullmatch(rest):
            _write(self._folder / CHECKPOINTS / rest, content)
        else:
            raise Malformed(f"The backup holds a member {name!r} that this version does not know.")

    def _add_rows(self, table: str, content: bytes) -> None:
        filling, columns = self._opened(), self._columns(table)
        rows = lines.decode_rows(content, len(columns))
        filling.add(table, columns, rows)
        self._rows[table] = self._rows.get(table, 0) + len(rows)
        self._progress(table, self._rows[table])

    def _columns(self, table: str) -> list[str]:
        found = self._header.tables.get(table) if self._header else None
        if found is None:
            raise Malformed(f"The backup holds rows of a table {table!r} that its header does not list.")
        return found

    def _complete(self, content: bytes) -> None:
        self._opened()
        for table in self._header.tables if self._header else ():
            self._contents.expect(f"{DATABASE}/{table}")
            self._rows.setdefault(table, 0)
        manifest.require_contents(content, self._contents)
        self._is_complete = True

    def _opened(self) -> Filling:
        """Return the database transaction. It begins with the first row, after settings and keystore are restored.

        Raises Malformed if the backup has no keystore.
        """
        if self._filling is None:
            header = self._header
            if header is None or not (self._folder / home.KEYSTORE).exists():
                raise Malformed("The backup is incomplete: it has no keystore.")
            _adapt_settings(self._folder, self._target, header)
            engine = _database(_settings(self._folder, self._target))
            self._stack.callback(engine.dispose)
            self._filling = self._stack.enter_context(open_filling(engine, header.schema))
            for table, columns in header.tables.items():
                self._filling.require(table, columns)
        return self._filling


def _usable_header(name: str, content: bytes) -> ManifestHeader:
    header = manifest.decode_header(name, content)
    if not schema.is_known(header.schema):
        raise manifest.build_newer_version_error(header.version)
    return header


def _adapt_settings(folder: Path, target: RestoreTarget, header: ManifestHeader) -> None:
    """Adapt the settings: keystore in the restored directory, database at the URL that the operator chose."""
    path = folder / FILE_NAME
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    changes: dict[str, str | None] = {"database_url": target.database_url, "keystore_url": None}
    if header.master_key in ("key-file", "wrapped-key-file"):
        changes["master_key_file"] = None
    changed = rewrite(text, changes)
    if changed:
        _write(path, changed.encode())


def _settings(folder: Path, target: RestoreTarget) -> Settings:
    """Return the settings as the restored installation will load them, except for its directory.

    Raises ConfigurationInvalid if they are invalid, and InvalidInput if environment variables select another database
    or keystore.
    """
    settings = load(folder, target.environ)
    if settings.database_url != target.database_url:
        message = "differs from PKIM_DATABASE_URL: unset that variable, or set both to the same database"
        raise InvalidInput.of("--database-url", "backup.database_url", message)
    if settings.keystore_url is not None:
        message = "must not be set for a restore, which puts the keystore into the home: unset PKIM_KEYSTORE_URL"
        raise InvalidInput.of("keystore_url", "backup.keystore_url", message)
    return settings


def _database(settings: Settings) -> sa.Engine:
    keystore = keystores.open_(settings, CLOCK, SystemEntropy())
    try:
        if settings.database_url is not None:
            return open_postgresql(settings.database_url)
        # Created for an installation that was on PostgreSQL: it had no key of that name.
        return open_sqlcipher(settings.home / DATABASE_FILE, keystore.secret("database-key", create=True))
    finally:
        keystore.close()


def _record(folder: Path, target: RestoreTarget, header: ManifestHeader, actor_of: Callable[[Settings], Actor]) -> None:
    """Record the restore. Opening the installation for this shows that keystore, database, and audit log match."""
    settings = _settings(folder, target)
    installation = open_installation(settings, slot="cli")
    try:
        record_restore(
            installation.ctx, actor_of(settings), backup_id=header.id, time=header.created_at, node=header.node
        )
    finally:
        installation.close()


def _require_empty(path: Path) -> None:
    try:
        is_empty = not any(path.iterdir())
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageUnavailable(f"{path} cannot be read: {error.strerror}.") from error
    if not is_empty:
        raise Conflict(f"The directory {path} is not empty. Restore into a directory that is empty or does not exist.")


@contextmanager
def _temporary(target: Path) -> Iterator[Path]:
    """Yield a temporary directory beside the target. Unless it is renamed to the target, it is deleted at the end."""
    folder, lock = target.with_name(f".{target.name}.restore-{SystemEntropy().token(8).hex()}"), None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(target)
        folder.mkdir(mode=_PRIVATE_FOLDER)
        lock = _try_lock(folder)
        (folder / CHECKPOINTS).mkdir(mode=_PRIVATE_FOLDER)
        yield folder
    except OSError as error:
        raise StorageUnavailable(f"{target} cannot be restored: {error.strerror}.", path=str(target)) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _remove_abandoned(target: Path) -> None:
    """Remove directories of killed restores: they can contain a master key. Running restores lock their directory."""
    for folder in target.parent.glob(f".{target.name}.restore-*"):
        lock = _try_lock(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _try_lock(folder: Path) -> int | None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _put_in_place(folder: Path, target: Path) -> None:
    for root, _, names in os.walk(folder):
        for name in names:
            _sync(Path(root) / name)
        _sync(Path(root))
    try:
        folder.rename(target)
    except OSError:
        _require_empty(target)
        raise
    _sync(target.parent)


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, _PRIVATE_FILE), "wb") as file:
        file.write(content)


def _sync(path: Path) -> None:
    with suppress(FileNotFoundError):  # a link to nothing
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
