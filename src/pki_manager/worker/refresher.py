"""Renewal of pre-signed OCSP responses before they expire, in small steps."""

from __future__ import annotations

import logging
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status import publish_ocsp
from pki_manager.domain.errors import PkiError
from pki_manager.domain.rights.actor import Actor

SECONDS = 0.5
"""Seconds of signing in one step. A restart repeats at most this much work."""

LOOK_EVERY = 5.0
PAUSE = 60.0
"""Seconds for which an issuer key is skipped after its renewal failed. Other keys are not affected."""

_SMALLEST, _LARGEST = 16, 500

_log = logging.getLogger(__name__)


class Refresher:
    """Renews responses in one thread. `failures` has the last error of each key whose renewal currently fails."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._look_at = float("-inf")
        self._paused: dict[UUID, float] = {}
        self._limit = _SMALLEST
        self.failures: dict[UUID, str] = {}

    def step(self, actor: Actor) -> bool:
        """Renew pre-signed responses for about `SECONDS`. Returns whether more are due immediately."""
        monotonic = self._ctx.ports.clock.monotonic
        if monotonic() < self._look_at or self._ctx.ports.published.get_state().revision is None:
            return False
        for key in publish_ocsp.list_due_keys(self._ctx):
            if monotonic() < self._paused.get(key.id, float("-inf")):
                continue
            try:
                signed = publish_ocsp.refresh_some(self._ctx, actor, key, limit=self._limit, seconds=SECONDS)
            except PkiError as error:
                self._pause(key.id, error)
                continue
            self.failures.pop(key.id, None)
            if signed is not None:
                done = signed // len(publish_ocsp.HASHES)
                # Not many more certificates are read than are signed.
                self._limit = min(max(2 * done, _SMALLEST), _LARGEST)
                return True
        self._look_at = monotonic() + LOOK_EVERY
        return False

    def _pause(self, issuer_key_id: UUID, error: PkiError) -> None:
        self._paused[issuer_key_id] = self._ctx.ports.clock.monotonic() + PAUSE
        self.failures[issuer_key_id] = error.detail
        _log.warning("refreshing OCSP responses failed", exc_info=error, extra={"issuer_key": str(issuer_key_id)})
