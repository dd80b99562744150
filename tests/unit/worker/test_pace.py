from __future__ import annotations

from datetime import timedelta

import pytest

from pki_manager.domain.jobs import Due, JobKind
from pki_manager.worker.pace import LONGEST, LULL, RESTS, Pace
from tests.fakes.clock import FrozenClock

NEW = JobKind.PUBLISH_NEW_STATUS
MOMENT = timedelta(seconds=0.1)


@pytest.fixture
def pace(clock: FrozenClock) -> Pace:
    """One whose last batch took a second."""
    pace = Pace(clock)
    began = clock.monotonic()
    clock.advance(timedelta(seconds=1))
    pace.spent(NEW, began)
    return pace


def under_load(clock: FrozenClock) -> Due:
    return Due(clock.now() - timedelta(seconds=5), clock.now() - MOMENT)


def test_while_certificates_keep_coming_their_statuses_get_a_tenth_of_the_time(pace: Pace, clock: FrozenClock) -> None:
    assert pace.held_back({NEW: under_load(clock)}) == (NEW,)
    assert pace.is_holding
    clock.advance(timedelta(seconds=RESTS) - MOMENT)
    assert pace.held_back({NEW: under_load(clock)}) == (NEW,)
    clock.advance(MOMENT)
    assert pace.held_back({NEW: under_load(clock)}) == ()
    assert not pace.is_holding


def test_before_the_first_batch_nothing_waits(clock: FrozenClock) -> None:
    assert Pace(clock).held_back({NEW: under_load(clock)}) == ()


def test_when_no_more_certificates_come_nothing_waits(pace: Pace, clock: FrozenClock) -> None:
    quiet = Due(clock.now() - timedelta(seconds=5), clock.now() - LULL)
    assert pace.held_back({NEW: quiet}) == ()


def test_nobody_waits_for_longer_than_a_minute(pace: Pace, clock: FrozenClock) -> None:
    last = clock.now()
    assert pace.held_back({NEW: Due(clock.now() - LONGEST + MOMENT, last)}) == (NEW,)
    assert pace.held_back({NEW: Due(clock.now() - LONGEST, last)}) == ()


def test_nothing_else_is_held_back(pace: Pace, clock: FrozenClock) -> None:
    others = {kind: under_load(clock) for kind in JobKind if kind is not NEW}
    assert pace.held_back(others) == ()
    assert pace.held_back({**others, NEW: under_load(clock)}) == (NEW,)
    assert pace.held_back(others) == ()
    assert not pace.is_holding
    pace.spent(JobKind.PUBLISH_CRL, clock.monotonic() - 60)
    clock.advance(timedelta(seconds=RESTS))
    assert pace.held_back({NEW: under_load(clock)}) == ()
