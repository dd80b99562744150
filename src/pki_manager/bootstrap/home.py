"""The home: one directory that is ours alone, and the few small files by which processes agree on it."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pki_manager.authority.kernel import durable_file
from pki_manager.domain.errors import Forbidden, HomeUnusable
from pki_manager.settings import FILE_NAME, Settings

KEYSTORE, MASTER_KEY = "keystore.db", "master.key"
_LOCK, _STATUS_PORT = "init.lock", "status-port"
_FINISHED = b"finished\n"


def is_set_up(settings: Settings) -> bool:
    """Whether `initialise` has come to its end here; nothing is opened to know it."""
    try:
        return (settings.home / _LOCK).read_bytes() == _FINISHED
    except OSError:
        return False


def tidy(home: Path) -> None:
    """Take away what a killed first start had begun: half a file under another name. Only while `alone`."""
    for name in (KEYSTORE, MASTER_KEY):
        for begun in home.glob(f".{name}.*"):
            begun.unlink(missing_ok=True)


def mark_set_up(home: Path) -> None:
    """The lock file tells it: it is there from the first moment on."""
    (home / _LOCK).write_bytes(_FINISHED)


def with_status_port(settings: Settings) -> Settings:
    """`status_bind` with a port instead of `:0`: the one that the home remembers, else a free one, remembered.

    Certificates name the status listener for good, so a port that is only known once something listens would be late.
    """
    if settings.bind("status").port:
        return settings
    port = remembered_status_port(settings)
    if port is None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        remember_status_port(settings, port)
    return settings.with_port("status", port)


def remembered_status_port(settings: Settings) -> int | None:
    try:
        return int((settings.home / _STATUS_PORT).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def remember_status_port(settings: Settings, port: int) -> None:
    """For the next start with `:0`. StorageUnavailable when it cannot be written; what was remembered stays."""
    durable_file.replace(settings.home / _STATUS_PORT, f"{port}\n".encode("ascii"))


def prepare(home: Path) -> None:
    """Make it, or see that it is ours to use: a directory that holds something else is not."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = {entry.name for entry in home.iterdir()}
    except OSError as error:
        raise HomeUnusable(f"{home} cannot be made the home: {error.strerror}") from error
    require_own(home, private=False)
    if held and held.isdisjoint({_LOCK, KEYSTORE, MASTER_KEY, FILE_NAME}):
        raise HomeUnusable(f"{home} holds something else: choose a directory that is empty or does not exist")
    home.chmod(0o700)


def require_own(home: Path, *, private: bool = True) -> None:
    """Forbidden when it is another user's; HomeUnusable when it is not there or, if `private`, open to others."""
    try:
        found = home.stat()
    except FileNotFoundError:
        raise HomeUnusable(f"there is no installation at {home}: run `pkim init`") from None
    except OSError as error:
        raise HomeUnusable(f"{home} cannot be opened: {error.strerror}") from error
    if found.st_uid != os.geteuid():
        raise Forbidden(f"{home} belongs to user id {found.st_uid}, and only that user may open it: run as its owner")
    if private and found.st_mode & 0o077:
        raise HomeUnusable(f"others can look into {home}: close it with: chmod 700 {home}")


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """One first start at a time; the kernel lets go when a process dies."""
    descriptor = os.open(home / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
