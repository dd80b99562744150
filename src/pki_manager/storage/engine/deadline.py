"""PostgreSQL connections that give up a server that does not respond, and a commit that is not replicated.

The client enforces both. A frozen server never responds, and PostgreSQL reports a commit as successful if its wait for
the synchronous standby was cancelled.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
import weakref
from collections.abc import Iterator
from typing import Any

import psycopg

SECONDS = 15.0
BRIEF_SECONDS = 3.0
"""The deadline of statements that a server answers at once: the first one of a transaction, and that of a check."""

_LOOK = 0.5
_WAIT_FOR_STANDBY = "SyncRepWaitForLSN"
"""The function of PostgreSQL that warns that a commit is not replicated. Messages depend on the server's language."""


class DeadlineConnection(psycopg.Connection[Any]):
    """A connection that is shut down if the server does not respond for `deadline` seconds.

    The waiting call then raises OperationalError. The deadline None means no limit, for example for a migration.
    """

    deadline: float | None = SECONDS
    waiting_since: float | None = None
    _is_unreplicated = False

    @classmethod
    def open(cls, *arguments: Any, **options: Any) -> DeadlineConnection:  # noqa: ANN401 - psycopg's own signature
        """Connect, and note warnings about commits that are not replicated."""
        connection = cls.connect(*arguments, **options)
        connection.add_notice_handler(connection.note)
        return connection

    def note(self, notice: psycopg.errors.Diagnostic) -> None:
        """Remember a warning of the server that the commit in progress is not replicated."""
        if notice.source_function == _WAIT_FOR_STANDBY:
            self._is_unreplicated = True

    def commit(self) -> None:
        """Commit. Raises OperationalError if the server stored the commit without its synchronous standby."""
        self._is_unreplicated = False
        super().commit()
        if self._is_unreplicated:
            self.close()
            raise psycopg.OperationalError("the wait for the synchronous standby was cancelled")

    @contextlib.contextmanager
    def brief(self) -> Iterator[None]:
        """Allow the statements of the block only `BRIEF_SECONDS`."""
        deadline = self.deadline
        self.deadline = BRIEF_SECONDS if deadline is None else min(BRIEF_SECONDS, deadline)
        try:
            yield
        finally:
            self.deadline = deadline

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
