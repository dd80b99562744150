"""A deadline for every PostgreSQL statement. The client enforces it, because a frozen server never responds."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
import weakref
from typing import Any

import psycopg

SECONDS = 15.0
_LOOK = 0.5


class DeadlineConnection(psycopg.Connection[Any]):
    """A connection that is shut down if the server does not respond for `deadline` seconds.

    The waiting call then raises OperationalError. The deadline None means no limit, for example for a migration.
    """

    deadline: float | None = SECONDS
    waiting_since: float | None = None

    def wait(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - psycopg's own signature
        self.waiting_since = time.monotonic()  # noqa: TID251 - a thread of the system watches it
        try:
            return super().wait(*arguments, **options)
        finally:
            self.waiting_since = None

    def give_up_when_late(self, now: float) -> None:
        since = self.waiting_since
        if since is None or self.deadline is None or now - since < self.deadline:
            return
        with contextlib.suppress(OSError, psycopg.Error):
            descriptor = os.dup(self.fileno())
            with socket.socket(fileno=descriptor) as shared:
                shared.shutdown(socket.SHUT_RDWR)


class DeadlineWatch:
    """A thread that shuts down the connections of one engine whose statement has exceeded its deadline.

    The thread runs while there are connections. Closed and unused connections are no longer watched.
    """

    def __init__(self) -> None:
        self._connections: weakref.WeakSet[DeadlineConnection] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, connection: DeadlineConnection) -> None:
        """Watch the connection until it is closed."""
        with self._lock:
            self._connections.add(connection)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="statement-deadlines", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            threading.Event().wait(_LOOK)
            with self._lock:
                watched = [connection for connection in self._connections if not connection.closed]
                if not watched:
                    self._thread = None
                    return
            for connection in watched:
                connection.give_up_when_late(time.monotonic())  # noqa: TID251 - as above
