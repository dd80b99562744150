"""The memory of how a backend does, minute by minute."""

from __future__ import annotations

from datetime import timedelta

from pki_manager.signers.use import MINUTES, UseMemory
from tests.fakes.clock import START, FrozenClock

MINUTE = timedelta(minutes=1)


def test_each_minute_in_which_something_was_asked_is_told(clock: FrozenClock) -> None:
    clock.advance(timedelta(seconds=60 - clock.monotonic() % 60))
    began = clock.now()
    use = UseMemory(clock)
    use.signed(0.002)
    use.signed(0.004, count=3)
    clock.advance(3 * MINUTE + timedelta(seconds=59))
    use.failed("no answer")
    first, last = use.snapshot().minutes
    assert (first.start, first.signatures, first.failures) == (began, 4, 0)
    assert (first.milliseconds, first.slowest) == (3.5, 4.0)
    assert (last.start, last.signatures, last.failures) == (began + 3 * MINUTE, 0, 1)
    assert (last.milliseconds, last.slowest) == (None, None)


def test_minutes_are_forgotten_after_an_hour_and_the_sums_are_not(clock: FrozenClock) -> None:
    use = UseMemory(clock)
    use.signed(0.5)
    clock.advance((MINUTES - 1) * MINUTE)
    assert len(use.snapshot().minutes) == 1
    clock.advance(MINUTE)
    told = use.snapshot()
    assert told.minutes == ()
    assert (told.signatures, told.seconds, told.milliseconds) == (1, 0.5, 500.0)


def test_a_clock_that_is_set_moves_no_minute_from_another(clock: FrozenClock) -> None:
    use = UseMemory(clock)
    use.signed(0.5)
    clock.set(START - timedelta(days=1))
    use.signed(0.5)
    (minute,) = use.snapshot().minutes
    assert minute.signatures == 2
