"""Delay of less urgent work under load: pre-signing the status of certificates that were just issued.

Relying parties rarely ask about a certificate that is seconds old; such a response is signed on demand. While
certificates are being issued, pre-signing gets a small share of the time. It gets all of the time when issuance stops,
or when the oldest certificate has waited long.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

from pki_manager.domain.jobs import Due, JobKind
from pki_manager.ports.clock import Clock

LULL = timedelta(seconds=0.5)
"""Time without a new certificate after which issuance counts as stopped."""

LONGEST = timedelta(seconds=60)
"""Maximum time for which pre-signing the status of a new certificate is delayed."""

RESTS = 9
"""Ratio of the pause after a batch to the duration of the batch: pre-signing gets a tenth of the time."""


class Pace:
    """Decides which jobs of the worker's thread must wait.

    `is_holding` is whether a due job had to wait at the last check.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._again_at = float("-inf")
        self.is_holding = False

    def held_back(self, due: Mapping[JobKind, Due]) -> Collection[JobKind]:
        """Return the kinds of due jobs that must wait now."""
        new, now = due.get(JobKind.PUBLISH_NEW_STATUS), self._clock.now()
        is_pressed = new is not None and new.last > now - LULL and new.first > now - LONGEST
        self.is_holding = is_pressed and self._clock.monotonic() < self._again_at
        return (JobKind.PUBLISH_NEW_STATUS,) if self.is_holding else ()

    def spent(self, kind: JobKind, began: float) -> None:
        """Record that a batch of that kind has ended. `began` is the monotonic time of its beginning."""
        if kind is JobKind.PUBLISH_NEW_STATUS:
            now = self._clock.monotonic()
            self._again_at = now + RESTS * (now - began)
