"""Small files beside the database that survive a crash: either the old or the new content is complete on disk."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pki_manager.domain.errors import StorageUnavailable

_RETRY_AFTER = 60


def replace(path: Path, content: bytes) -> None:
    """Replace a file atomically and durably (mode 0600): written beside it, synced, then renamed.

    Raises StorageUnavailable if it cannot be written; the old file then stays.
    """
    fresh = path.with_name(f".{path.name}.new")
    with _failures_named(path):
        try:
            _write(fresh, os.O_TRUNC, content)
            fresh.replace(path)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)


def append(path: Path, content: bytes) -> None:
    """Append to a file durably (created with mode 0600 if missing).

    Raises StorageUnavailable if it cannot be written; the old content stays, and a part of `content` can follow it.
    """
    with _failures_named(path):
        _write(path, os.O_APPEND, content)


@contextmanager
def try_exclusive(path: Path) -> Iterator[bool]:
    """Lock the file (created with mode 0600 if missing) without waiting. Yields False if it is locked.

    The kernel releases the lock when the process dies. Raises StorageUnavailable if the file cannot be created.
    """
    with _failures_named(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def _write(path: Path, mode: int, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | mode, 0o600)
    try:
        # A disk that fills up takes the beginning and says so by the count only; the next call then says why.
        left = memoryview(content)
        while left:
            left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _failures_named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        detail = f"The file {path.name} cannot be written: {error.strerror}"
        raise StorageUnavailable(detail, retry_after=_RETRY_AFTER, path=str(path)) from error
