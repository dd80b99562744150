"""The PIN of a token: read for each login and not kept. All processes remember a refused PIN.

A token locks its PIN after a few wrong attempts. A refused PIN is therefore stored as a salted hash in a file that is
locked during a login. No process of this installation tries that PIN again, even after a restart.
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
    """The PIN of a token, in a file.

    The file at `path` is private to this user or, if `is_credential`, in a systemd credential directory. `memory` is
    the file that stores a hash of the refused PIN.
    """

    path: Path
    memory: Path
    is_credential: bool = False

    def read(self) -> str:
        """Return the PIN. Raises BackendUnavailable, with what to do, if the file is unsuitable."""
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
        """Lock logins of all processes on this host during the block. Yields the last refused PIN."""
        descriptor = os.open(self.memory, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, OWNER_ONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield RefusedPin(descriptor)
        finally:
            os.close(descriptor)


class RefusedPin:
    """The last PIN that the token refused, in an open and locked file."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def is_refused(self, pin: str, *, reports_wrong_pin: bool) -> bool:
        """Return whether the token refused `pin`, and no login with a correct PIN has succeeded since.

        `reports_wrong_pin`: the token's flag CKF_USER_PIN_COUNT_LOW is set: no login has succeeded since a wrong PIN.
        Some tokens never set it. A PIN that they refused stays refused until the PIN file contains another one.
        """
        try:
            held = json.loads(os.pread(self._descriptor, _MAX, 0))
            salt, digest, counts = bytes.fromhex(held["salt"]), bytes.fromhex(held["sha256"]), bool(held["counts"])
        except (ValueError, KeyError, TypeError):
            return False
        return hmac.compare_digest(_digest(salt, pin), digest) and (reports_wrong_pin or not counts)

    def remember(self, pin: str, *, counts: bool) -> None:
        """Store a refused PIN durably. `counts` means that this token reports wrong PINs until a login succeeds."""
        salt = os.urandom(16)
        held = {"salt": salt.hex(), "sha256": _digest(salt, pin).hex(), "counts": counts}
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps(held).encode(), 0)
        os.fsync(self._descriptor)

    def forget(self) -> None:
        os.ftruncate(self._descriptor, 0)


def _digest(salt: bytes, pin: str) -> bytes:
    return hashlib.sha256(salt + pin.encode()).digest()
