"""Test restore of a stored backup in a child process, because the server process must not open a second installation.

The child runs `pkim backup verify`. Its key is in an anonymous file in memory: nothing on disk can decrypt the backup.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pki_manager.archive.keys import DecryptionKey, Passphrase, format_identities
from pki_manager.domain.errors import StorageUnavailable

_PKIM = ("-c", "from pki_manager.cli.main import main; main()")
_NICENESS = 10
_LOOK_SECONDS = 0.2
_LONGEST = 500
"""Maximum length of a reason in characters."""


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """The result of a test restore. `reason` says what is wrong with the backup; None if it passed."""

    rows: int
    reason: str | None


class BackupInterrupted(Exception):
    """A backup or its test restore was interrupted, because the server is stopping or another host leads."""


def run_restore_test(path: Path, key: DecryptionKey, scratch: Path, is_stopping: Callable[[], bool]) -> RestoreResult:
    """Restore a backup below the scratch directory and verify it.

    Raises BackupInterrupted if `is_stopping` returns True, and StorageUnavailable if the test restore cannot be
    started.
    """
    option, secret = _option(key)
    descriptor = _memory_file(secret)
    try:
        secret_file = f"/proc/self/fd/{descriptor}"
        command = ["backup", "verify", str(path), option, secret_file, "--scratch", str(scratch), "--output", "json"]
        with subprocess.Popen(  # noqa: S603 - this program, with a path and descriptors of this process
            [sys.executable, "-I", *_PKIM, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(descriptor,),
            text=True,
        ) as process:
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)
            return _result(*_await(process, is_stopping))
    except OSError as error:
        raise StorageUnavailable(f"The test restore cannot be started: {error.strerror}.") from error
    finally:
        os.close(descriptor)


def _option(key: DecryptionKey) -> tuple[str, bytes]:
    if isinstance(key, Passphrase):
        return "--passphrase-file", key.text
    return "--identity", format_identities(key)


def _memory_file(content: bytes) -> int:
    descriptor = os.memfd_create("pkim-backup-key")
    os.fchmod(descriptor, 0o600)
    os.write(descriptor, content)
    return descriptor


def _await(process: subprocess.Popen[str], is_stopping: Callable[[], bool]) -> tuple[str, str]:
    """Wait for the child process and return its output and error output. Raises BackupInterrupted when stopping."""
    while True:
        try:
            return process.communicate(timeout=_LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            if is_stopping():
                process.terminate()
                raise BackupInterrupted("The test restore was interrupted.") from None


def _result(output: str, errors: str) -> RestoreResult:
    try:
        found = json.loads(output)
    except ValueError:
        return RestoreResult(0, _reason_of(errors))
    reason = None if found["valid"] else "; ".join(found["faults"])[:_LONGEST]
    return RestoreResult(found["rows"], reason)


def _reason_of(errors: str) -> str:
    with suppress(ValueError, KeyError, TypeError):
        document = json.loads(errors)
        messages = [error["message"] for error in document["errors"]]
        return "; ".join([str(document["detail"]), *messages])[:_LONGEST]
    lines = errors.strip().splitlines() or ["The test restore ended without a result."]
    return lines[-1][:_LONGEST]
