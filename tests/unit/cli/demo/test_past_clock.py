"""The clock of a demo runs in the past, never goes back, and ends at the present."""

from __future__ import annotations

from datetime import timedelta

from pki_manager.cli.demo.past_clock import PastClock
from tests.fakes.clock import START, FrozenClock

DAY = timedelta(days=1)


def test_it_is_behind_by_its_lag_and_runs_like_the_other_clock(clock: FrozenClock) -> None:
    past = PastClock(clock, 180 * DAY)
    assert past.now() == START - 180 * DAY
    past.sleep(5)
    assert past.now() == START - 180 * DAY + timedelta(seconds=5)


def test_a_step_moves_both_times_by_the_same(clock: FrozenClock) -> None:
    past = PastClock(clock, 180 * DAY)
    before = past.monotonic()
    past.skip_to(START - 170 * DAY)
    assert past.now() == START - 170 * DAY
    assert past.monotonic() - before == (10 * DAY).total_seconds()


def test_it_never_goes_back(clock: FrozenClock) -> None:
    past = PastClock(clock, 10 * DAY)
    past.skip_to(START - 20 * DAY)
    assert past.now() == START - 10 * DAY


def test_it_never_passes_the_present(clock: FrozenClock) -> None:
    past = PastClock(clock, 10 * DAY)
    past.skip_to(START + DAY)
    assert past.now() == START
    clock.advance(DAY)
    past.catch_up()
    assert past.now() == clock.now()
