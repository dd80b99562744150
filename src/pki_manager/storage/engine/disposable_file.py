"""An SQLite file whose loss is acceptable: an empty file replaces it if it is missing, damaged, or has another layout.

The path is a symbolic link to the current file. A replacement has another name, and the link is moved to it. The reason
is that the last connection to an SQLite file removes its write-ahead log by name, and the new file must have another
log name.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar
from urllib.parse import quote

from pki_manager.domain.errors import StorageUnavailable

T = TypeVar("T")
Row = tuple[Any, ...]

_WRITER_WAITS = 10.0
_READER_WAITS = 0.5
_IDLE_READERS = 16
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_VERSION_BITS = 32


class DisposableDatabase:
    """The database in a disposable file. Safe among threads and processes. Readers never wait for a writer (WAL).

    `schema` is the SQL that runs in a new file. A file whose layout number differs from `layout` (not 0) is replaced.
    Every method raises StorageUnavailable if the file cannot be read or written.
    """

    def __init__(self, path: Path, *, layout: int, schema: str) -> None:
        self._path = path
        self._layout = layout
        self._schema = schema
        self._swap = Lock()
        self._generation = 0
        with _translated():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = self._open(damaged=None)

    def read(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        return self._attempt(lambda: self._file, lambda file: file.read(sql, parameters))

    def write(self, sql: str, rows: Sequence[Sequence[object]]) -> int:
        """Run the statement once for each row of parameters, all or none. Returns how many rows changed."""
        return self._attempt(self._current, lambda file: file.write(sql, rows))

    def version(self) -> int:
        """Return a number that differs after any commit, and after the file was replaced.

        Numbers of different DisposableDatabase objects are not comparable.
        """
        watched = self._attempt(self._current, lambda file: file.watch())
        return self._generation << _VERSION_BITS | watched

    @contextmanager
    def try_exclusive(self) -> Iterator[bool]:
        """Yield True if this block is the only one in all processes and threads, else False.

        Does not block reads or writes.
        """
        with ExitStack() as stack:
            with _translated():
                handle = stack.enter_context(self._path.with_name(self._path.name + ".turn").open("ab"))
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    is_locked = False
                else:
                    is_locked = True
            yield is_locked

    def close(self) -> None:
        self._file.close()

    def _attempt(self, source: Callable[[], _File], action: Callable[[_File], T]) -> T:
        """Run `action` on the file. If the file is damaged, replace it by an empty one and run `action` again."""
        with _translated():
            file = source()
            try:
                return action(file)
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
            return action(self._replace(file, damaged=file.identity))

    def _current(self) -> _File:
        """Return the file that the path currently leads to. Another process may have replaced the previous one."""
        file = self._file
        return file if _identity(self._path) == file.identity else self._replace(file, damaged=None)

    def _replace(self, file: _File, *, damaged: tuple[int, int] | None) -> _File:
        with self._swap:
            if self._file is file:
                self._file = self._open(damaged=damaged)
                self._generation += 1
                file.close()
            return self._file

    def _open(self, *, damaged: tuple[int, int] | None) -> _File:
        """Open the file at the path. Create a new one if it is missing, is `damaged`, or has another layout."""
        with _exclusive(self._path.with_name(self._path.name + ".lock")):
            identity = _identity(self._path)
            if identity is not None and identity != damaged and self._has_layout():
                return _File(self._path.resolve(), identity)
            created = self._create()
            for stale in self._path.parent.glob(f"{self._path.stem}-*.db*"):
                if not stale.name.startswith(created.name):
                    stale.unlink(missing_ok=True)
            return _File(created, _identity(created))

    def _has_layout(self) -> bool:
        try:
            connection = _connect(self._path.resolve(), _READER_WAITS)
            try:
                return bool(connection.execute("PRAGMA user_version").fetchone() == (self._layout,))
            finally:
                connection.close()
        except sqlite3.DatabaseError as error:
            if _is_damage(error):
                return False
            raise

    def _create(self) -> Path:
        descriptor, name = tempfile.mkstemp(prefix=f"{self._path.stem}-", suffix=".db", dir=self._path.parent)
        os.close(descriptor)
        created = Path(name).resolve()
        connection = _connect(created, _WRITER_WAITS)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(f"BEGIN; {self._schema} PRAGMA user_version = {self._layout:d}; COMMIT;")
        finally:
            connection.close()
        link = created.with_suffix(".link")
        link.symlink_to(created.name)
        link.replace(self._path)
        return created


class _File:
    """One opened file: a connection that writes, one that watches for changes, and a pool of connections that read."""

    def __init__(self, path: Path, identity: tuple[int, int] | None) -> None:
        self.identity = identity
        self._path = path
        self._closed = False
        self._write_lock = Lock()
        self._watch_lock = Lock()
        self._writer = _connect(path, _WRITER_WAITS)
        # All contents can be restored, but after a power failure the loss of the last revocations would go unnoticed.
        self._writer.execute("PRAGMA synchronous = FULL")
        self._watcher = _connect(path, _READER_WAITS)
        self._readers: deque[sqlite3.Connection] = deque()

    def read(self, sql: str, parameters: Sequence[object]) -> list[Row]:
        try:
            connection = self._readers.pop()
        except IndexError:
            connection = _connect(self._path, _READER_WAITS)
        try:
            rows = connection.execute(sql, parameters).fetchall()
        except BaseException:
            connection.close()
            raise
        if self._closed or len(self._readers) >= _IDLE_READERS:
            connection.close()
        else:
            self._readers.append(connection)
        return rows

    def write(self, sql: str, rows: Sequence[Sequence[object]]) -> int:
        with self._write_lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                touched = self._writer.executemany(sql, rows).rowcount
                self._writer.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._writer.execute("ROLLBACK")
                raise
        return touched

    def watch(self) -> int:
        with self._watch_lock:
            return int(self._watcher.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        self._closed = True
        with self._write_lock, self._watch_lock:
            self._writer.close()
            self._watcher.close()
        with suppress(IndexError):
            while True:
                self._readers.pop().close()


def _connect(path: Path, waits: float) -> sqlite3.Connection:
    """Return an autocommit connection to an existing file. Any thread can use it, but only one at a time."""
    address = f"file:{quote(str(path))}?mode=rw"
    return sqlite3.connect(address, uri=True, timeout=waits, isolation_level=None, check_same_thread=False)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _is_damage(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED


@contextmanager
def _exclusive(lock: Path) -> Iterator[None]:
    """Lock out other processes and threads during the block. The kernel releases the lock if the process dies."""
    with lock.open("ab") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StorageUnavailable(
            "The published status store is unavailable.", retry_after=1, cause=repr(error)
        ) from error
