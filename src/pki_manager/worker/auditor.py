"""Scheduled verification of the audit log and stored certificates, in short steps."""

from __future__ import annotations

import logging

from pki_manager.authority.audit.verification import verify_in_steps
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import PkiError
from pki_manager.domain.rights.actor import Actor

SECONDS = 0.25
"""Duration of a step in seconds. It is short because requests share the process with it."""

REST = 1.0
"""Seconds between two steps of a verification."""

LOOK_EVERY = 10.0
"""Seconds between two checks whether a verification is due."""

PAUSE = 60.0
"""Seconds until the next attempt after a step failed."""

_log = logging.getLogger(__name__)


class Auditor:
    """Runs the verification in one thread. `failure` is the problem it found last, or the reason why a step failed."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._look_at = float("-inf")
        self._found: str | None = None
        self.failure: str | None = None

    def step(self, actor: Actor) -> None:
        """Run one step. Never raises."""
        monotonic = self._ctx.ports.clock.monotonic
        if monotonic() < self._look_at:
            return
        try:
            state = verify_in_steps(self._ctx, actor, seconds=SECONDS)
        except Exception as error:  # noqa: BLE001 - no duty may end the worker
            self.failure = error.detail if isinstance(error, PkiError) else type(error).__name__
            _log.warning("verification not possible", exc_info=error, extra={"reason": self.failure})
            self._look_at = monotonic() + PAUSE
            return
        if state.problem is not None and state.problem != self._found:
            _log.error("verification found a fault", extra={"reason": state.problem})
        self._found = self.failure = state.problem
        self._look_at = monotonic() + (LOOK_EVERY if state.place is None else REST)
