"""The PIN of a token: read for each login and not kept, and remembered across processes when it was refused.

A token locks its PIN after a few wrong ones. So a refused PIN is written down, as a salted hash in a file that is
locked at a login: none of this installation's processes tries it again, after a restart either.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pki_manager.domain.errors import BackendUnavailable, HomeUnusable
from pki_manager.signers.private_file import OWNER_ONLY, read_private

_MAX = 4096


@dataclass(frozen=True, slots=True)
class Pin:
    """`path` is a file that only we may read or, if `is_credential`, one in a systemd credential directory.

    `memory` is where a refused PIN is written down.
    """

    path: Path
    memory: Path
    is_credential: bool = False

    def read(self) -> str:
        """BackendUnavailable, naming the fix, when the file will not do."""
        try:
            pin = read_private(self.path, "PIN file", credential=self.is_credential).rstrip(b"\r\n").decode()
        except HomeUnusable as error:
            raise BackendUnavailable(error.detail) from None
        except UnicodeDecodeError:
            raise BackendUnavailable(f"The PIN file {self.path} is not a text file.") from None
        if not pin:
            raise BackendUnavailable(f"The PIN file {self.path} is empty.")
        return pin

    @contextmanager
    def locked(self) -> Iterator[RefusedPin]:
        """One login at a time, among all processes of this host."""
        descriptor = os.open(self.memory, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, OWNER_ONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield RefusedPin(descriptor)
        finally:
            os.close(descriptor)


class RefusedPin:
    """The PIN that the token refused last, in an open and locked file."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def is_known(self, pin: str, *, is_counting: bool) -> bool:
        """Whether it is that PIN, and no login has succeeded with a right one since.

        `is_counting`: the token says that a wrong PIN was its last. For one that never says so the memory stands until
        the file holds another PIN.
        """
        try:
            held = json.loads(os.pread(self._descriptor, _MAX, 0))
            salt, digest, counts = bytes.fromhex(held["salt"]), bytes.fromhex(held["sha256"]), bool(held["counts"])
        except (ValueError, KeyError, TypeError):
            return False
        return hmac.compare_digest(_digest(salt, pin), digest) and (is_counting or not counts)

    def remember(self, pin: str, *, counts: bool) -> None:
        """Durable on return. `counts`: this token says so from now until a login succeeds."""
        salt = os.urandom(16)
        held = {"salt": salt.hex(), "sha256": _digest(salt, pin).hex(), "counts": counts}
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps(held).encode(), 0)
        os.fsync(self._descriptor)

    def forget(self) -> None:
        os.ftruncate(self._descriptor, 0)


def _digest(salt: bytes, pin: str) -> bytes:
    return hashlib.sha256(salt + pin.encode()).digest()
