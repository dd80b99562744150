"""A check of the database that returns in time, even if the server never responds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

from pki_manager.domain.errors import StorageUnavailable

SECONDS = 2.0
"""Seconds after which a check without a result counts as failed. Load balancers wait little longer than that."""


class BoundedCheck:
    """Runs a check in a thread of its own, one at a time. Callers at the same time share its result."""

    def __init__(self, check: Callable[[], None], seconds: float = SECONDS) -> None:
        self._check = check
        self._seconds = seconds
        self._lock = threading.Lock()
        self._running: Future[None] | None = None

    def run(self) -> None:
        """Raise the error of the check, or StorageUnavailable if it has no result in time."""
        try:
            self._join().result(self._seconds)
        except TimeoutError as error:
            raise StorageUnavailable(
                "The database is unavailable: it timed out.", retry_after=1, reason="no response to a check"
            ) from error

    def _join(self) -> Future[None]:
        with self._lock:
            if self._running is None:
                self._running = Future()
                threading.Thread(target=self._run, args=(self._running,), name="database-check", daemon=True).start()
            return self._running

    def _run(self, result: Future[None]) -> None:
        error: Exception | None = None
        try:
            self._check()
        except Exception as failure:  # noqa: BLE001 - the callers raise it
            error = failure
        with self._lock:
            self._running = None
        if error is None:
            result.set_result(None)
        else:
            result.set_exception(error)
