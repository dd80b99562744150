"""Whether a judge is on this machine. One that is not skips the test by name; in CI it fails the test instead."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import pytest

_SECONDS = 60
_OFF_PATH = "/usr/share/easy-rsa:/usr/lib/certmonger:/usr/sbin"
"""Where Debian has programs that are on no PATH."""


@lru_cache(maxsize=32)
def find(command: str) -> Path | None:
    """The program: beside this interpreter, on PATH or where Debian hides it, or where Go installs."""
    beside = Path(sys.executable).with_name(command)
    if beside.exists():
        return beside
    on_path = shutil.which(command, path=f"{os.environ.get('PATH', os.defpath)}:{_OFF_PATH}")
    if on_path:
        return Path(on_path)
    installed = _go_binaries() / command
    return installed if installed.exists() else None


def require(command: str) -> str:
    """The path of the program, or the end of the test."""
    found = find(command)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"{command} is not installed, and CI has to judge with it")
        pytest.skip(f"{command} is not installed")
    return str(found)


def require_faketime() -> Path:
    """The library that moves the clock of a program, or the end of the test.

    The command of that name is not used: it names a semaphore after its process ID, and fails where an earlier process
    with the same ID left one.
    """
    require("faketime")
    return next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


def run(command: Sequence[str | Path], at: datetime | None = None) -> subprocess.CompletedProcess[str]:
    """Run a judge to its end, in English and UTC; `at` pretends that it is that time (UTC)."""
    environment = os.environ | {"LC_ALL": "C", "TZ": "UTC"}
    if at is not None:
        environment |= {"LD_PRELOAD": str(require_faketime()), "FAKETIME": f"@{at:%Y-%m-%d %H:%M:%S}"}
    return subprocess.run(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
        env=environment,
    )


@lru_cache(maxsize=1)
def _go_binaries() -> Path:
    go = shutil.which("go")
    if go is None:
        return Path.home() / "go" / "bin"
    done = subprocess.run([go, "env", "GOPATH"], capture_output=True, text=True, check=True, timeout=_SECONDS)
    return Path(done.stdout.strip()) / "bin"
