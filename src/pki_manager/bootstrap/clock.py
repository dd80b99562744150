"""The clock of a process, checked against the limits of the settings."""

from __future__ import annotations

import logging

from pki_manager.domain.errors import ClockAhead, ClockBehind
from pki_manager.ports.clock import Clock
from pki_manager.ports.unit_of_work import Storage
from pki_manager.settings import Settings
from pki_manager.storage.engine.guarded_clock import ClockLimits, GuardedClock

_log = logging.getLogger(__name__)


def build_guarded_clock(settings: Settings, clock: Clock) -> GuardedClock:
    """Return a clock that is checked against the limits of the settings."""
    limits = ClockLimits(
        tolerance=settings.clock_tolerance, longest_pause=settings.clock_longest_pause, uses_database=True
    )
    return GuardedClock(clock, limits)


def judge_clock(storage: Storage) -> None:
    """Check the clock before anything uses the time. A wrong clock is logged, and not used from then on."""
    try:
        with storage.read() as reader:
            reader.meta.require_clock()
    except (ClockAhead, ClockBehind) as error:
        _log.critical("clock wrong, signing refused", extra={"reason": error.detail})
