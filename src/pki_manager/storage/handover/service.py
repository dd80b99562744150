"""The receiving side of the transfer in the writing process: one thread for each process that sends blocks."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pki_manager.domain.errors import PkiError
from pki_manager.storage.handover.apply import BlockRefused
from pki_manager.storage.handover.block import Block, decode_block
from pki_manager.storage.handover.frames import listen, receive_frame, require_own_peer, send_frame

STORED, REFUSED, FAILED = b"stored", b"refused", b"failed"
"""Responses to a block of writes.

STORED: it is on disk. REFUSED: a condition does not hold, and nothing was stored. FAILED: the outcome is unknown, and
the sender must look it up.
"""

_LAST_BLOCKS_SECONDS = 3.0
_log = logging.getLogger(__name__)


class HandoverService:
    """Service that stores the blocks of other processes until it is closed.

    `store` returns once a block is on disk.
    """

    def __init__(self, path: Path, greeting: bytes, store: Callable[[Block], None]) -> None:
        """Start the service. Senders of the same program version begin with `greeting`; others are refused."""
        self.greeting = greeting
        self._store = store
        self._listener = listen(path)
        self._guard = threading.Lock()
        self._served: dict[threading.Thread, socket.socket] = {}
        threading.Thread(target=self._accept, name="handover", daemon=True).start()

    def close(self) -> None:
        """Stop accepting blocks. Blocks in progress are completed."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._guard:
            served = dict(self._served)
        for connection in served.values():
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RD)
        for thread in served:
            thread.join(_LAST_BLOCKS_SECONDS)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), name="handover-sender", daemon=True)
            with self._guard:
                self._served[thread] = connection
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection:
                require_own_peer(connection)
                if receive_frame(connection) != self.greeting:
                    _log.warning("hand-over refused, other program version")
                    return
                send_frame(connection, self.greeting)
                while True:
                    encoded = receive_frame(connection)
                    send_frame(connection, self.answer(encoded))
        except (EOFError, OSError):
            return
        finally:
            with self._guard:
                self._served.pop(threading.current_thread(), None)

    def answer(self, encoded: bytes) -> bytes:
        """Store a block of another process, and return the response to the sender."""
        try:
            self._store(decode_block(encoded))
        except BlockRefused:
            return REFUSED
        except PkiError as error:
            _log.warning("block of another process not stored", extra={"reason": error.detail})
            return FAILED
        except Exception:  # noqa: BLE001 - the sender must not wait in vain
            _log.exception("block of another process not stored")
            return FAILED
        return STORED
