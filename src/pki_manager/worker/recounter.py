"""Scheduled recount of certificates, one day of issue in each step."""

from __future__ import annotations

import logging

from pki_manager.authority.installation.counts import is_recount_due, recount_day
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import PkiError

EVERY = 24 * 3600.0
"""Seconds between two recounts."""

REST = 0.5
"""Seconds between two steps."""

PAUSE = 60.0
"""Seconds until a failed step is repeated."""

_log = logging.getLogger(__name__)


class Recounter:
    """Runs the recount in one thread. `failure` is what the last recount repaired, or the reason why a step failed."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._due = float("-inf")
        self._is_first = True
        self._repaired = 0
        self.failure: str | None = None

    def step(self) -> None:
        """Run one step. Never raises."""
        monotonic = self._ctx.ports.clock.monotonic
        if monotonic() < self._due:
            return
        try:
            if self._is_first and not is_recount_due(self._ctx):
                self._is_first, self._due = False, monotonic() + EVERY
                return
            self._is_first = False
            self._step()
        except Exception as error:  # noqa: BLE001 - nothing may end the worker
            self.failure = error.detail if isinstance(error, PkiError) else type(error).__name__
            _log.warning("recount of certificates failed", exc_info=error, extra={"reason": self.failure})
            self._due = monotonic() + PAUSE

    def _step(self) -> None:
        done = recount_day(self._ctx)
        self._repaired += done.repaired
        if done.repaired:
            _log.error("certificate counts were wrong and were repaired", extra={"counts": done.repaired})
        if self._repaired:
            self.failure = f"Certificate counts were wrong and were repaired: {self._repaired}."
        elif done.is_last:
            self.failure = None
        if done.is_last:
            self._repaired = 0
        self._due = self._ctx.ports.clock.monotonic() + (EVERY if done.is_last else REST)
