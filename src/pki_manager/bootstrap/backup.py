"""Creation of a backup while the server runs, with everything that an installation needs to start elsewhere.

The order makes the parts consistent: checkpoints are read first, so that none is newer than the database. Then the
moment of the database is fixed. The keystore is read last, so that it contains every key that the database knows.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

from pki_manager import __version__
from pki_manager.archive import lines, manifest
from pki_manager.archive.bundle import BundleWriter
from pki_manager.archive.keys import EncryptionKey
from pki_manager.archive.manifest import Contents, ManifestHeader
from pki_manager.authority.installation.backups import FILE, BackupFile, record_backup, record_failure, require_backup
from pki_manager.bootstrap import Installation, home, master_key
from pki_manager.domain.errors import Conflict, HomeUnusable, PkiError, StorageUnavailable
from pki_manager.domain.rights.actor import Actor
from pki_manager.domain.setting import Source
from pki_manager.ports.entropy import Entropy
from pki_manager.settings import FILE_NAME, Settings, explain
from pki_manager.signers.embedded.keystore import KeystoreRows
from pki_manager.signers.embedded.master_key import KekSource, KeyFile, PassphraseFile, is_wrapped
from pki_manager.signers.private_file import read_private
from pki_manager.storage.backup_scope import SCOPE, LeftOut
from pki_manager.storage.engine import schema
from pki_manager.storage.rows import Snapshot, list_kept_tables, open_snapshot
from pki_manager.system import SystemEntropy

SETTINGS_FILE, MASTER_KEY = "settings.toml", "master.key"
PORTS = ("status-port", "tls-port", "management-port")
"""Names of the files that store the ports of listeners that were bound to `:0`."""
KEYSTORE_HEADER, KEYSTORE_RECORDS, CHECKPOINTS, DATABASE = (
    "keystore/header",
    "keystore/records",
    "checkpoints",
    "database",
)

MEMBER = 4 * 1024 * 1024
"""Size in octets at which a member of the archive with rows ends and the next one begins."""

_PRIVATE = 0o600
_TRIES = 3

Progress = Callable[[str, int], None]
"""Function that is called with the name of a table and the number of its rows that are done."""


class BackupOutput(Protocol):
    """The file or stream that a backup is written to."""

    def write(self, content: bytes, /) -> object: ...


def ignore_progress(_table: str, _rows: int) -> None:
    """Do nothing. Used as `Progress` by callers that show no progress."""


@dataclass(frozen=True, slots=True)
class _Keys:
    rows: KeystoreRows
    kind: str
    master_key: bytes | None = field(repr=False)


def create_backup(
    installation: Installation,
    actor: Actor,
    path: Path,
    key: EncryptionKey,
    *,
    target: str = FILE,
    progress: Progress = ignore_progress,
    entropy: Entropy | None = None,
) -> BackupFile:
    """Write a backup to a new file, complete and durable or not at all. The audit log records the result.

    Raises Forbidden without the permission; Conflict if the file exists; StorageUnavailable if it cannot be written, or
    the database cannot be read.
    """
    return write_backup(
        installation,
        actor,
        lambda: open_new_file(path),
        path.name,
        key,
        target=target,
        progress=progress,
        entropy=entropy,
    )


def write_backup(
    installation: Installation,
    actor: Actor,
    open_file: Callable[[], AbstractContextManager[BackupOutput]],
    name: str,
    key: EncryptionKey,
    *,
    target: str,
    progress: Progress,
    entropy: Entropy | None = None,
) -> BackupFile:
    """Write a backup to the file that `open_file` returns, and record it. Raises as `create_backup`."""
    require_backup(actor)
    ctx, entropy = installation.ctx, entropy or SystemEntropy()
    backup_id = str(ctx.new_id())
    try:
        with open_file() as out:
            tally = _Tally(out)
            time = _write(installation, tally, key, backup_id, progress, entropy)
        file = BackupFile(id=backup_id, time=time, name=name, sha256=tally.sha256, octets=tally.octets)
    except PkiError as error:
        with suppress(PkiError):
            record_failure(ctx, actor, target, backup_id, error.detail)
        raise
    record_backup(ctx, actor, target, file)
    return file


def stream_backup(
    installation: Installation,
    actor: Actor,
    out: IO[bytes],
    key: EncryptionKey,
    *,
    progress: Progress = ignore_progress,
) -> BackupFile:
    """Write a backup to a stream, for example a pipe. Raises OSError if writing fails; else as `create_backup`."""
    require_backup(actor)
    backup_id, tally = str(installation.ctx.new_id()), _Tally(out)
    time = _write(installation, tally, key, backup_id, progress, SystemEntropy())
    out.flush()
    file = BackupFile(id=backup_id, time=time, name="-", sha256=tally.sha256, octets=tally.octets)
    record_backup(installation.ctx, actor, FILE, file)
    return file


def _write(
    installation: Installation,
    out: _Tally,
    key: EncryptionKey,
    backup_id: str,
    progress: Progress,
    entropy: Entropy,
) -> str:
    """Write all members of the backup to `out`. Returns the time of the backup."""
    settings, contents = installation.settings, Contents()
    checkpoints = _measured(installation.ctx.config.checkpoints)
    with open_snapshot(installation.engine) as database:
        time = installation.ctx.ports.clock.now().isoformat()
        keys = _capture_keys(installation)
        header = _header(installation, database, keys, backup_id, time)
        bundle = BundleWriter(out, key, entropy=entropy)
        bundle.add(manifest.HEADER, manifest.encode_header(header))
        for name, content in _files(settings, keys, checkpoints):
            contents.update(name, content)
            bundle.add(name, content)
        for table in header.tables:
            _write_table(bundle, contents, database, table, progress)
    bundle.add(manifest.MANIFEST, manifest.encode_manifest(contents))
    bundle.finish()
    return time


def _header(installation: Installation, database: Snapshot, keys: _Keys, backup_id: str, time: str) -> ManifestHeader:
    settings = installation.settings
    from_environment = {row.name: row.value for row in explain(settings) if row.source is Source.ENVIRONMENT}
    return ManifestHeader(
        format=manifest.FORMAT,
        id=backup_id,
        created_at=time,
        version=__version__,
        schema=schema.get_head(),
        engine="sqlcipher" if settings.database_url is None else "postgresql",
        node=installation.ctx.config.node,
        master_key=keys.kind,
        tables={table: list(columns) for table, columns in list_kept_tables().items()},
        left_out={name: rule.reason for name, rule in SCOPE.items() if isinstance(rule, LeftOut)},
        audit_heads=[[chain, seq, digest.hex()] for chain, seq, digest in database.audit_heads()],
        environment={name: str(value) for name, value in from_environment.items() if name != "home"},
        key_ids=list(keys.rows.ids),
    )


def _files(settings: Settings, keys: _Keys, checkpoints: list[tuple[Path, int]]) -> Iterator[tuple[str, bytes]]:
    places = {SETTINGS_FILE: FILE_NAME} | {name: name for name in PORTS}
    for name, path in ((name, settings.home / place) for name, place in places.items()):
        with suppress(FileNotFoundError):
            yield name, path.read_bytes()
    if keys.master_key is not None:
        yield MASTER_KEY, keys.master_key
    yield KEYSTORE_HEADER, lines.encode_row(keys.rows.header)
    yield KEYSTORE_RECORDS, b"".join(map(lines.encode_row, keys.rows.records))
    for path, size in checkpoints:
        with path.open("rb") as file:
            yield f"{CHECKPOINTS}/{path.name}", file.read(size)


def _write_table(bundle: BundleWriter, contents: Contents, database: Snapshot, table: str, progress: Progress) -> None:
    name, count, held = f"{DATABASE}/{table}", 0, io.BytesIO()
    contents.expect(name)
    for batch in database.rows(table):
        for row in batch:
            held.write(lines.encode_row(row))
            if held.tell() >= MEMBER:
                _flush(bundle, contents, name, held)
        count += len(batch)
        progress(table, count)
    _flush(bundle, contents, name, held)


def _flush(bundle: BundleWriter, contents: Contents, name: str, held: io.BytesIO) -> None:
    if held.tell():
        contents.update(name, held.getvalue())
        bundle.add(name, held.getvalue())
        held.seek(0)
        held.truncate()


def _measured(checkpoints: Path) -> list[tuple[Path, int]]:
    """Return the checkpoint files with their present sizes.

    They only grow, and no checkpoint may be newer than the database of the backup.
    """
    return [(path, path.stat().st_size) for path in sorted(checkpoints.glob("*.jsonl"))]


def _capture_keys(installation: Installation) -> _Keys:
    """Read the keystore and its master key file, while no other process changes the master key.

    Raises HomeUnusable if the master key of this host does not open the keystore.
    """
    settings, keystore = installation.settings, installation.keystore
    for _ in range(_TRIES):
        with home.lock_home(settings.home):
            source = master_key.get_source(settings)
            content = _content(source) if isinstance(source, KeyFile) and not source.credential else None
            rows = keystore.export()
            if keystore.is_opened_by(source) and keystore.export().header == rows.header:
                return _Keys(rows, _kind(source, content), content)
    raise HomeUnusable("The master key of this host does not open the keystore. Update it, then run the backup again.")


def _content(source: KeyFile) -> bytes:
    return read_private(source.path, "master key")


def _kind(source: KekSource, content: bytes | None) -> str:
    if content is not None:
        return "wrapped-key-file" if is_wrapped(content) else "key-file"
    return "passphrase" if isinstance(source, PassphraseFile) and not source.credential else "credential"


class _Tally:
    """A backup output that computes the digest and the size of the data written through it."""

    def __init__(self, out: BackupOutput) -> None:
        self._out = out
        self._digest = hashlib.sha256()
        self.octets = 0

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def write(self, content: bytes) -> int:
        self._out.write(content)
        self._digest.update(content)
        self.octets += len(content)
        return len(content)


@contextmanager
def open_new_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a new file that gets its name only if the block ends without an error.

    A partial file that a killed backup left is overwritten. Raises Conflict if the name is taken or another process
    writes to the file; StorageUnavailable if it cannot be written.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        with os.fdopen(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE), "r+b") as out:
            if not _try_lock(out, partial):
                raise _taken(path)
            try:
                _require_free(path)
                out.truncate()
                yield out
                out.flush()
                os.fsync(out.fileno())
                partial.rename(path)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
        _sync(path.parent)
    except OSError as error:
        raise StorageUnavailable(f"{path} cannot be written: {error.strerror}.", path=str(path)) from error


def is_abandoned(partial: Path) -> bool:
    """Return whether no process writes to the partial file of a backup. Raises OSError if it cannot be read."""
    try:
        with partial.open("rb") as file:
            return _try_lock(file, partial)
    except FileNotFoundError:
        return False


def _try_lock(out: IO[bytes], partial: Path) -> bool:
    """Lock the file without waiting. Returns False if another process has locked it, or has just renamed it."""
    try:
        fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(partial.stat(), os.fstat(out.fileno()))
    except (BlockingIOError, FileNotFoundError):
        return False


def _require_free(path: Path) -> None:
    if path.exists():
        raise _taken(path)


def _taken(path: Path) -> Conflict:
    return Conflict(f"The file {path} exists, or another backup writes to it. Choose another name.")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
