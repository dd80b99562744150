"""The disk of the data directory: whether it can still be written."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path

from pki_manager.authority.kernel.context import Context

LEAST_BYTES = 1 << 20
"""Free bytes below which the next commit can fail."""

LOW_PART = 20
LOW_BYTES = 5 << 30
"""Space is low below one `LOW_PART`th of the disk, but never while more than `LOW_BYTES` are free."""


@dataclass(frozen=True, slots=True)
class PartState:
    """The state of a component: `ok`, `away` (unavailable), or one word for what is wrong, such as `ahead`.

    `is_public` means that the reason names no host, user, or file, so anyone can see it.
    """

    state: str
    reason: str | None = None
    is_public: bool = False


def get_home(ctx: Context) -> Path:
    """Return the data directory."""
    return ctx.config.checkpoints.parent


def find_free_bytes(ctx: Context) -> int | None:
    """Return the number of bytes that an unprivileged process can still write. None if it is unknown."""
    try:
        found = os.statvfs(get_home(ctx))
    except OSError:
        return None
    return found.f_bavail * found.f_frsize


def get_disk_state(ctx: Context) -> PartState:
    """Return whether the data directory can still be written."""
    try:
        found = os.statvfs(get_home(ctx))
    except OSError as error:
        return PartState("away", f"The data directory cannot be examined: {error.strerror}.")
    if found.f_flag & os.ST_RDONLY or _is_refused_as_read_only(get_home(ctx)):
        return PartState("read_only", "The file system of the data directory is read-only.", is_public=True)
    if found.f_bavail * found.f_frsize < LEAST_BYTES:
        reason = "The disk of the data directory is full. Free some space; issuing then continues."
        return PartState("full", reason, is_public=True)
    return PartState("ok")


def get_space_state(ctx: Context) -> PartState:
    """Return whether enough of the disk is free: `ok`, `low`, or `away` if it cannot be examined.

    A low disk does not stop anything yet. Logs, backups, or the audit log may be filling it.
    """
    try:
        found = os.statvfs(get_home(ctx))
    except OSError as error:
        return PartState("away", f"The data directory cannot be examined: {error.strerror}.")
    return judge_space(found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize)


def judge_space(free: int, total: int) -> PartState:
    """Return `ok` or `low` for a disk of `total` bytes, of which `free` bytes can be written."""
    if free >= min(total // LOW_PART, LOW_BYTES):
        return PartState("ok")
    return PartState(
        "low",
        f"The disk of the data directory has only {free >> 20:,} MiB free. Free some space, or move backups and logs "
        "to another disk.",
        is_public=True,
    )


def _is_refused_as_read_only(folder: Path) -> bool:
    """Return whether a new file is refused. After an error of the disk, ext4 refuses it without the read-only flag.

    The file has no name, and is gone when it is closed. Another refusal, such as a file system without files of this
    kind, says nothing.
    """
    try:
        os.close(os.open(folder, os.O_TMPFILE | os.O_WRONLY, 0o600))
    except OSError as error:
        return error.errno == errno.EROFS
    return False
