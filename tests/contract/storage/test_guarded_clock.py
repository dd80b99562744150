"""A wrong clock signs nothing and stores no time from the future; only its own host is refused. On both engines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from pki_manager.domain.errors import ClockAhead, ClockBehind, PkiError
from pki_manager.storage.engine.guarded_clock import ClockLimits, GuardedClock
from pki_manager.storage.storage import SqlStorage
from pki_manager.system import SystemClock
from tests.conftest import MAC_KEY, lock_path, open_engine
from tests.fakes.clock import START, FrozenClock
from tests.fakes.entropy import SeededEntropy

YEARS = timedelta(days=5 * 365)
MINUTE = timedelta(minutes=1)
LIMITS = ClockLimits(tolerance=5 * MINUTE, longest_pause=timedelta(days=90))

Host = Callable[..., tuple[SqlStorage, GuardedClock]]


@pytest.fixture
def host(database_url: str) -> Iterator[Host]:
    """`host(clock)` is another host on the same database."""
    opened: list[SqlStorage] = []

    def make(clock: FrozenClock | SystemClock, limits: ClockLimits = LIMITS) -> tuple[SqlStorage, GuardedClock]:
        guarded = GuardedClock(clock, limits)
        opened.append(
            SqlStorage(
                open_engine(database_url),
                chain=f"host-{len(opened)}/worker-1",
                mac_key=MAC_KEY,
                clock=guarded,
                entropy=SeededEntropy(str(len(opened))),
                lock_path=lock_path(database_url),
            )
        )
        return opened[-1], guarded

    yield make
    for storage in opened:
        storage.close()


def sign(one: tuple[SqlStorage, GuardedClock]) -> datetime:
    """What every signature does first; the time that it carries."""
    storage, clock = one
    with storage.housekeep() as unit:
        return unit.meta.advance_clock(clock.now())


def accept(one: tuple[SqlStorage, GuardedClock]) -> datetime:
    with one[0].housekeep() as unit:
        return unit.meta.accept_clock()


def require_refused(one: tuple[SqlStorage, GuardedClock], kind: type[PkiError]) -> PkiError:
    with pytest.raises(kind) as refused:
        sign(one)
    with pytest.raises(kind, match=r"[Tt]he clock"), one[0].read() as reader:
        reader.meta.require_clock()
    return refused.value


@pytest.mark.parametrize("jump", [10 * MINUTE, timedelta(hours=3), YEARS])
def test_a_jump_that_is_corrected_costs_no_signature_afterwards(host: Host, jump: timedelta) -> None:
    clock = FrozenClock()
    ours = host(clock)
    assert sign(ours) == START
    clock.set(START + jump)
    refused = require_refused(ours, ClockAhead)
    assert "pkim clock accept" in refused.detail
    clock.set(START)
    assert sign(ours) == START


def test_nobody_is_given_a_time_from_the_future(host: Host) -> None:
    clock = FrozenClock()
    ours = host(clock)
    sign(ours)
    clock.advance(timedelta(hours=1))
    clock.set(clock.now() + YEARS)
    assert ours[1].now() == START + timedelta(hours=1)
    clock.advance(MINUTE)
    assert ours[1].now() == START + timedelta(hours=1) + MINUTE
    clock.set(START + timedelta(hours=1) + MINUTE)
    assert sign(ours) == START + timedelta(hours=1) + MINUTE


def test_small_steps_never_add_up_to_a_large_one(host: Host) -> None:
    clock = FrozenClock()
    ours = host(clock)
    sign(ours)
    clock.set(START + 4 * MINUTE)
    assert sign(ours) == START + 4 * MINUTE
    clock.set(START + 8 * MINUTE)
    require_refused(ours, ClockAhead)
    clock.set(START)
    assert sign(ours) == START + 4 * MINUTE, "what is signed never goes back"


def test_a_process_that_starts_with_a_clock_years_ahead_signs_nothing(host: Host) -> None:
    sign(host(FrozenClock()))
    clock = FrozenClock(START + YEARS)
    ours = host(clock)
    require_refused(ours, ClockAhead)
    assert ours[1].now() == START
    clock.set(START + timedelta(days=2))
    assert sign(ours) == START + timedelta(days=2), "and goes on by itself when it is right"


def test_a_clock_that_was_corrected_has_the_tolerance_and_not_the_longest_pause(host: Host) -> None:
    sign(host(FrozenClock()))
    clock = FrozenClock(START + YEARS)
    ours = host(clock)
    require_refused(ours, ClockAhead)
    clock.set(START + MINUTE)
    assert ours[1].now() == START + MINUTE
    sign(ours)
    clock.set(START + timedelta(days=1))
    assert ours[1].now() == START + MINUTE


def test_a_pause_shorter_than_the_longest_needs_nobody(host: Host) -> None:
    sign(host(FrozenClock()))
    later = START + timedelta(days=89)
    assert sign(host(FrozenClock(later))) == later


def test_after_a_longer_pause_an_operator_accepts_the_clock(host: Host) -> None:
    sign(host(FrozenClock()))
    clock = FrozenClock(START + YEARS)
    ours = host(clock)
    require_refused(ours, ClockAhead)
    assert accept(ours) == START + YEARS
    assert sign(ours) == START + YEARS
    clock.set(START + YEARS + timedelta(hours=1))
    require_refused(ours, ClockAhead)


def test_a_mark_from_the_future_is_lowered_for_every_process_by_an_operator(host: Host) -> None:
    sign(host(FrozenClock(START + YEARS)))
    clock = FrozenClock()
    ours, theirs = host(clock), host(FrozenClock())
    for one in (ours, theirs):
        refused = require_refused(one, ClockBehind)
        assert refused.retry_after == 3600
    accept(ours)
    assert sign(ours) == START
    assert sign(theirs) == START


def test_an_accepted_clock_is_not_that_of_a_host_whose_clock_is_wrong(host: Host) -> None:
    ours, theirs = FrozenClock(), FrozenClock()
    right, wrong = host(ours), host(theirs)
    sign(right)
    sign(wrong)
    theirs.set(START + YEARS)
    require_refused(wrong, ClockAhead)
    accept(right)
    require_refused(wrong, ClockAhead)
    assert sign(right) == START


def test_a_host_whose_clock_is_a_little_fast_does_not_stop_the_others(host: Host) -> None:
    fast, right = host(FrozenClock(START + timedelta(seconds=8))), host(FrozenClock())
    sign(fast)
    assert sign(right) == START + timedelta(seconds=8), "and nothing is signed with an earlier time than before"


class ShiftedClock(SystemClock):
    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        return super().now() + self._by


@pytest.mark.parametrize(("shift", "kind"), [(10 * MINUTE, ClockAhead), (-10 * MINUTE, ClockBehind)])
def test_a_clock_is_judged_by_that_of_the_database_server(
    host: Host, database_url: str, shift: timedelta, kind: type[PkiError]
) -> None:
    limits = ClockLimits(uses_database=True)
    right, wrong = host(SystemClock(), limits), host(ShiftedClock(shift), limits)
    sign(right)
    if not database_url.startswith("postgresql"):
        with wrong[0].read() as reader:
            assert reader.meta.get_clock_mark() is not None
        return
    assert "database server" in require_refused(wrong, kind).detail
    with pytest.raises(kind, match=r"is 600 s (ahead of|behind) the clock of the database server"):
        accept(wrong)
    sign(right)
