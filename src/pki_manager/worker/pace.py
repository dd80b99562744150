"""What may wait while there is much to do: the statuses of certificates that were just issued.

Clients hardly ever ask about a certificate that is seconds old, and are then answered live. So while certificates
keep coming, signing their OCSP answers ahead gets a small share of the time; all of it when no more come, or when the
first of them has waited for long.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

from pki_manager.domain.jobs import Due, JobKind
from pki_manager.ports.clock import Clock

LULL = timedelta(seconds=0.5)
"""So long after the last certificate no more are expected."""

LONGEST = timedelta(seconds=60)
"""So long the status of a new certificate waits at most before it is no longer put behind."""

RESTS = 9
"""As many times as long as it took, the work then rests: it gets a tenth of the time."""


class Pace:
    """Belongs to the worker's thread. `is_holding`: at the last look something that was due had to wait."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._again_at = float("-inf")
        self.is_holding = False

    def held_back(self, due: Mapping[JobKind, Due]) -> Collection[JobKind]:
        """The kinds that have to wait now, of those that are due."""
        new, now = due.get(JobKind.PUBLISH_NEW_STATUS), self._clock.now()
        is_pressed = new is not None and new.last > now - LULL and new.first > now - LONGEST
        self.is_holding = is_pressed and self._clock.monotonic() < self._again_at
        return (JobKind.PUBLISH_NEW_STATUS,) if self.is_holding else ()

    def spent(self, kind: JobKind, began: float) -> None:
        """A batch of that kind was begun at that monotonic time, and is done."""
        if kind is JobKind.PUBLISH_NEW_STATUS:
            now = self._clock.monotonic()
            self._again_at = now + RESTS * (now - began)
