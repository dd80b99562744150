"""The transfer of blocks from this process to the writing process. This process can also become the writing process."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto
from pathlib import Path

from pki_manager.storage.engine.locks import PATIENCE_SECONDS
from pki_manager.storage.handover.block import Block
from pki_manager.storage.handover.frames import connect, receive_frame, send_frame
from pki_manager.storage.handover.service import REFUSED, STORED, HandoverService
from pki_manager.storage.leader import FileLock

_GREETING_SECONDS = 1.0
_RETRY_SECONDS = 0.5


class HandoverVerdict(Enum):
    """The result of sending a block. `UNKNOWN` means that the writing process failed or ended before it responded."""

    STORED = auto()
    REFUSED = auto()
    UNKNOWN = auto()


class WriterConnection:
    """The connection to the writing process, which holds the lock at `lock` and writes for all processes.

    Only one thread may use it at a time.
    """

    def __init__(
        self, lock: Path, greeting: bytes, store: Callable[[Block], None], monotonic: Callable[[], float]
    ) -> None:
        """Connect to the writing process, or become it. `store` writes a block of another process.

        `greeting` is the same in processes of the same version, which can understand each other.
        """
        self._monotonic = monotonic
        self._next_attempt = 0.0
        self._seat = FileLock(lock)
        self._path = lock.with_name(f"{lock.name}.socket")
        self.greeting = greeting
        self._store = store
        self._service: HandoverService | None = None
        self._connection: socket.socket | None = None
        self._take_seat()

    def find_writer(self) -> bool:
        """Return whether another process writes for this one.

        If there is none, this process becomes the writing process.
        """
        if self._service is not None:
            return False
        if self._connection is None and self._monotonic() >= self._next_attempt:
            self._connect()
            if self._connection is None:
                self._take_seat()
        return self._connection is not None

    def send(self, block: Block) -> HandoverVerdict:
        """Send a block and wait until it is on disk or refused, or its result is unknown."""
        connection = self._connection
        if connection is None:
            return HandoverVerdict.UNKNOWN
        try:
            send_frame(connection, block.encode())
            answer = receive_frame(connection)
        except (EOFError, OSError):
            self._disconnect()
            return HandoverVerdict.UNKNOWN
        return {STORED: HandoverVerdict.STORED, REFUSED: HandoverVerdict.REFUSED}.get(answer, HandoverVerdict.UNKNOWN)

    def close(self) -> None:
        self._disconnect()
        if self._service is not None:
            self._service.close()
        self._seat.resign()

    def _take_seat(self) -> None:
        if self._seat.try_lead():
            try:
                self._service = HandoverService(self._path, self.greeting, self._store)
            except OSError:
                self._seat.resign()

    def _connect(self) -> None:
        with suppress(EOFError, OSError):
            self._connection = connect(self._path, _GREETING_SECONDS)
            send_frame(self._connection, self.greeting)
            if receive_frame(self._connection) == self.greeting:
                self._connection.settimeout(PATIENCE_SECONDS + _GREETING_SECONDS)
                return
        self._disconnect()
        self._next_attempt = self._monotonic() + _RETRY_SECONDS

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
