"""Where the backups of a target are stored: what every kind of storage can do, and the directory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Protocol

from pki_manager.bootstrap.backup import BackupOutput, is_abandoned, open_new_file
from pki_manager.domain.errors import StorageUnavailable

_NAME = re.compile(r"pkim-(\d{8}T\d{6}Z)-[0-9a-f]{8}\.age", re.ASCII)
_TIME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBackup:
    """A complete backup in a target. `created_at` is when it was started; `place` is its path or URL."""

    target: str
    name: str
    place: str
    created_at: datetime
    octets: int


class BackupStore(Protocol):
    """The storage of one target. Every method raises StorageUnavailable if the storage fails."""

    def new_file(self, name: str) -> AbstractContextManager[BackupOutput]:
        """Open a new file that becomes visible, complete and durable, only if the block ends without an error."""
        ...

    def place_of(self, name: str) -> str: ...

    def list_files(self) -> Sequence[tuple[str, int]]:
        """Return the names and sizes (in octets) of all complete files."""
        ...

    def delete(self, name: str) -> None:
        """Delete a file, if it exists."""
        ...

    def read(self, name: str, scratch: Path, /) -> AbstractContextManager[Path]:
        """Provide the file as a path while the block runs. `scratch` is a directory for a copy, if one is needed."""
        ...


def build_file_name(now: datetime, random: bytes) -> str:
    """Return the name of a new backup. `random` is 4 octets."""
    return f"pkim-{now.astimezone(UTC):{_TIME}}-{random.hex()}.age"


def list_backups(target: str, store: BackupStore) -> Sequence[StoredBackup]:
    """Return the backups of a target, newest first; other files are left out.

    Raises StorageUnavailable if the storage fails.
    """
    found = [
        StoredBackup(
            target=target,
            name=name,
            place=store.place_of(name),
            created_at=datetime.strptime(match[1], _TIME).replace(tzinfo=UTC),
            octets=octets,
        )
        for name, octets in store.list_files()
        if (match := _NAME.fullmatch(name))
    ]
    return sorted(found, key=lambda backup: (backup.created_at, backup.name), reverse=True)


class DirectoryStore:
    """A BackupStore in a directory, which can be a mounted file system."""

    def __init__(self, target: str, folder: Path) -> None:
        self._target = target
        self._folder = folder

    def new_file(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Open a new file as `BackupStore.new_file`, after deleting partial files of killed processes."""
        with self._available():
            for partial in self._folder.glob(".pkim-*.age.partial"):
                if is_abandoned(partial):
                    partial.unlink(missing_ok=True)
        return open_new_file(self._folder / name)

    def place_of(self, name: str) -> str:
        return str(self._folder / name)

    def list_files(self) -> Sequence[tuple[str, int]]:
        with self._available():
            return [(path.name, path.stat().st_size) for path in self._folder.iterdir()]

    def delete(self, name: str) -> None:
        with self._available():
            (self._folder / name).unlink(missing_ok=True)

    @contextmanager
    def read(self, name: str, _scratch: Path, /) -> Iterator[Path]:
        yield self._folder / name

    @contextmanager
    def _available(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageUnavailable(f"Backup target {self._target!r} is unavailable: {error.strerror}.") from error
