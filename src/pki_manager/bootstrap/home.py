"""The data directory: private to one user, with small files by which processes coordinate."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

from pki_manager.authority.kernel import durable_file
from pki_manager.domain.errors import Forbidden, HomeUnusable
from pki_manager.settings import FILE_NAME, Listener, Settings

KEYSTORE, MASTER_KEY = "keystore.db", "master.key"
_LOCK = "init.lock"
_FINISHED = b"finished\n"
LISTENERS: tuple[Listener, ...] = get_args(Listener)


def is_set_up(settings: Settings) -> bool:
    """Return whether `initialize` has completed. Opens no component of the installation."""
    try:
        return (settings.home / _LOCK).read_bytes() == _FINISHED
    except OSError:
        return False


def require_new(settings: Settings) -> None:
    """Raise HomeUnusable if `initialize` has completed: a keystore that is missing afterwards is lost."""
    if is_set_up(settings):
        message = f"The keystore of {settings.home} is missing, and cannot be created again. "
        raise HomeUnusable(message + "Restore it from a backup, into a new data directory: `pkim backup restore`.")


def tidy(home: Path) -> None:
    """Delete incomplete files of an interrupted first start. Call this only inside `lock_home`."""
    for name in (KEYSTORE, MASTER_KEY):
        for begun in home.glob(f".{name}.*"):
            begun.unlink(missing_ok=True)


def mark_set_up(home: Path) -> None:
    """Record that `initialize` has completed, in the lock file."""
    (home / _LOCK).write_bytes(_FINISHED)


def choose_ports(settings: Settings) -> Settings:
    """Return the settings with a port instead of `:0`: the remembered one, else a free one, which is then remembered.

    Certificates contain the URL of the status listener, and invitation links that of the management listener. Both are
    created before the listeners start.
    """
    for listener in LISTENERS:
        if settings.bind(listener).port:
            continue
        port = read_remembered_ports(settings).get(listener)
        if port is None:
            with socket.create_server(("127.0.0.1", 0)) as probe:
                port = probe.getsockname()[1]
            remember_port(settings, listener, port)
        settings = settings.with_port(listener, port)
    return settings


def read_remembered_ports(settings: Settings) -> Mapping[Listener, int]:
    """Return the ports of the last start, or those chosen for the next one, by listener."""
    found: dict[Listener, int] = {}
    for listener in LISTENERS:
        try:
            found[listener] = int(_port_file(settings, listener).read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue
    return found


def remember_port(settings: Settings, listener: Listener, port: int) -> None:
    """Store a port for the next start with `:0`.

    Raises StorageUnavailable if it cannot be stored; the old one then stays.
    """
    durable_file.replace(_port_file(settings, listener), f"{port}\n".encode("ascii"))


def _port_file(settings: Settings, listener: Listener) -> Path:
    return settings.home / f"{listener}-port"


def prepare(home: Path) -> None:
    """Create the directory, or check that it can be used.

    Raises HomeUnusable if it cannot be created, or contains something else; Forbidden if it is another user's.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = {entry.name for entry in home.iterdir()}
    except OSError as error:
        raise HomeUnusable(
            f"The data directory {home} cannot be created: {error.strerror}. Choose another with --home or PKIM_HOME."
        ) from error
    require_own(home, private=False)
    if held and held.isdisjoint({_LOCK, KEYSTORE, MASTER_KEY, FILE_NAME}):
        raise HomeUnusable(f"{home} contains other files. Choose an empty directory, or one that does not exist.")
    home.chmod(0o700)


def require_own(home: Path, *, private: bool = True) -> None:
    """Raise Forbidden if the directory is another user's.

    Raises HomeUnusable if it is missing or, with `private`, open to other users.
    """
    try:
        found = home.stat()
    except FileNotFoundError:
        raise HomeUnusable(f"No installation found in {home}. Create one with `pkim init`.") from None
    except OSError as error:
        raise HomeUnusable(f"The data directory {home} cannot be opened: {error.strerror}.") from error
    if found.st_uid != os.geteuid():
        raise Forbidden(f"The data directory {home} belongs to user ID {found.st_uid}. Run pkim as its owner.")
    if private and found.st_mode & 0o077:
        raise HomeUnusable(f"Other users can read the data directory {home}. Restrict it with `chmod 700 {home}`.")


@contextmanager
def lock_home(home: Path) -> Iterator[None]:
    """Lock the directory, for example for a first start. The kernel releases the lock when the process dies."""
    descriptor = os.open(home / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
