"""The disk of the data directory: whether it can still be written."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pki_manager.authority.kernel.context import Context

LEAST_BYTES = 1 << 20
"""With less than that free, the next commit can fail."""


@dataclass(frozen=True, slots=True)
class PartState:
    """`state` is `ok`, `away`, or what is wrong in one word, such as `ahead` of a clock.

    `is_public`: the reason names no host, user, or file, so that anyone may see it.
    """

    state: str
    reason: str | None = None
    is_public: bool = False


def home_of(ctx: Context) -> Path:
    """Return the data directory."""
    return ctx.config.checkpoints.parent


def free_bytes(ctx: Context) -> int | None:
    """Return what a process without privileges can still write; None where that cannot be found out."""
    try:
        found = os.statvfs(home_of(ctx))
    except OSError:
        return None
    return found.f_bavail * found.f_frsize


def disk_state(ctx: Context) -> PartState:
    try:
        found = os.statvfs(home_of(ctx))
    except OSError as error:
        return PartState("away", f"The data directory cannot be examined: {error.strerror}.")
    if found.f_flag & os.ST_RDONLY:
        return PartState("read_only", "The file system of the data directory is read-only.", is_public=True)
    if found.f_bavail * found.f_frsize < LEAST_BYTES:
        reason = "The disk of the data directory is full. Free some space; issuing then continues."
        return PartState("full", reason, is_public=True)
    return PartState("ok")
