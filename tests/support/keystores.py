"""Keystores in a folder, for tests."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from pki_manager.signers.embedded.keystore import Keystore
from pki_manager.signers.embedded.keystore_file import create_keystore, open_keystore
from pki_manager.signers.embedded.master_key import Argon2Cost, KekSource, KeyFile, create_key_file
from pki_manager.system import SystemEntropy

CHEAP = Argon2Cost(memory_kib=64, iterations=1, lanes=1)


class HandClock:
    """A clock that only moves when a test moves it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def key_file(home: Path, name: str = "master.key") -> KeyFile:
    create_key_file(home / name, SystemEntropy())
    return KeyFile(home / name)


def keystore(home: Path, source: KekSource | None = None, clock: HandClock | None = None) -> Keystore:
    """Return the keystore of that folder, created if missing."""
    source = source or key_file(home)
    path, entropy = home / "keystore.db", SystemEntropy()
    create_keystore(path, source, entropy=entropy, argon2=CHEAP)
    return open_keystore(path, source, clock=clock or HandClock(), entropy=entropy)


def tamper(home: Path, *statements: str) -> None:
    """Change the file without the keystore."""
    with closing(sqlite3.connect(home / "keystore.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def make_secret_there(home: Path, name: str) -> bytes:
    """Open the keystore in another process. The folder can be empty."""
    return keystore(home).secret(name, create=True)
