"""Files that only their owner can read: created atomically, and refused if other users can read them."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

from pki_manager.domain.errors import HomeUnusable
from pki_manager.ports.entropy import Entropy

OWNER_ONLY = 0o600
MAX_SECRET_SIZE = 4096
"""Maximum size of a secret file in bytes. A key line and every sensible passphrase are far smaller."""


def install_new(path: Path, fill: Callable[[Path], None], entropy: Entropy) -> bool:
    """Create the file `path` (mode 0600) with the content that `fill` writes. Returns False if `path` exists.

    The file appears complete and durable, or not at all. It gets its name by a hard link, because a rename would
    overwrite an existing file. Raises HomeUnusable if the file cannot be created in the folder.
    """
    temporary = path.with_name(f".{path.name}.{entropy.token(8).hex()}")
    try:
        if path.exists():
            return False
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNER_ONLY))
        try:
            fill(temporary)
            _sync(temporary)
            return _link(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
            _sync(path.parent)
    except OSError as error:
        raise HomeUnusable(f"The file {path} cannot be created: {error.strerror}.", path=str(path)) from error


def _link(source: Path, path: Path) -> bool:
    try:
        path.hardlink_to(source)
    except FileExistsError:
        return False
    return True


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def require_private(path: Path, what: str) -> None:
    """Raise HomeUnusable, with what to do, unless `path` is a regular file of this user without rights for others.

    The file is not opened: opening and closing an SQLite file would drop the locks that this process has on it.
    """
    try:
        _judge(path.stat(), path, what)
    except OSError as error:
        raise _unreadable(path, what, error) from error


def read_private(path: Path, what: str, *, credential: bool = False) -> bytes:
    """Return the content of a small secret file (at most 4 KiB). The open file is checked, not its name.

    `credential` means that the file is in a systemd credential directory. The service manager owns those files (root,
    with an ACL that appears as group rights), so only rights for all users are refused. Raises HomeUnusable if the file
    is missing, unreadable, too large, or accessible to other users.
    """
    try:
        # Non-blocking, so that a FIFO is refused rather than waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            _judge(os.fstat(descriptor), path, what, credential=credential)
            content = os.read(descriptor, MAX_SECRET_SIZE + 1)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _unreadable(path, what, error) from error
    if len(content) > MAX_SECRET_SIZE:
        raise HomeUnusable(
            f"The {what} {path} is larger than {MAX_SECRET_SIZE} bytes. Check that it is the right file."
        )
    return content


def _judge(info: os.stat_result, path: Path, what: str, *, credential: bool = False) -> None:
    owners = {os.geteuid(), 0} if credential else {os.geteuid()}
    forbidden = 0o007 if credential else 0o077
    if not stat.S_ISREG(info.st_mode):
        raise HomeUnusable(f"The {what} {path} is not a regular file.")
    if info.st_uid not in owners:
        raise HomeUnusable(
            f"The {what} {path} belongs to user ID {info.st_uid}, but this process runs as "
            f"{os.geteuid()}. Run it as the owner of the file, or change the owner with `chown "
            f"{os.geteuid()} {path}`."
        )
    if stat.S_IMODE(info.st_mode) & forbidden:
        raise HomeUnusable(
            f"The {what} {path} has mode {stat.S_IMODE(info.st_mode):04o}, so other users could read it. "
            f"Restrict it with `chmod 600 {path}`."
        )


def _unreadable(path: Path, what: str, error: OSError) -> HomeUnusable:
    repair = " Restore it from a backup, or correct its path in the settings." if error.errno == errno.ENOENT else ""
    return HomeUnusable(f"The {what} {path} cannot be read: {error.strerror}.{repair}", path=str(path))
