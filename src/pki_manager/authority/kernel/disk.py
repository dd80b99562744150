"""The disk of the data directory: whether it can still be written."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pki_manager.authority.kernel.context import Context

LEAST_BYTES = 1 << 20
"""Free bytes below which the next commit can fail."""


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
    if found.f_flag & os.ST_RDONLY:
        return PartState("read_only", "The file system of the data directory is read-only.", is_public=True)
    if found.f_bavail * found.f_frsize < LEAST_BYTES:
        reason = "The disk of the data directory is full. Free some space; issuing then continues."
        return PartState("full", reason, is_public=True)
    return PartState("ok")
