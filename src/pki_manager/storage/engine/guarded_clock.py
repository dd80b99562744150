"""A clock that is checked against the last signature and the database, so that nothing is signed with a wrong time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

from pki_manager.domain.errors import ClockAhead, ClockBehind
from pki_manager.ports.clock import Clock

_LONGEST_RETRY = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockLimits:
    """The limits of the clock check. `tolerance` is the accepted difference in either direction.

    At the start of a process the clock can be up to `longest_pause` later than the last signature; None means no limit.
    `uses_database` means that the clock of the database server must agree as well.
    """

    tolerance: timedelta = timedelta(minutes=5)
    longest_pause: timedelta | None = timedelta(days=90)
    uses_database: bool = False


ONLY_BACK = ClockLimits(longest_pause=None)
"""Limits that refuse only a clock that is behind the last signature."""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The times that were read from the database, in Unix seconds.

    `mark` is the time of the newest signature, or 0 before the first. `accepted` identifies the last time that an
    operator accepted the clock. `database` is the clock of the database server, or None if there is no server or it is
    not used.
    """

    mark: int = 0
    accepted: str = ""
    database: int | None = None


@dataclass(frozen=True, slots=True)
class _Anchor:
    """A time in Unix seconds that was correct, and the monotonic time at that moment.

    `is_provisional` means that it is only the time of the last signature, and that the time since then is unknown.
    """

    seconds: float
    monotonic: float
    is_provisional: bool


class GuardedClock:
    """A checked clock (`ports.clock.Clock`) on top of another clock. Threads share one.

    After `require` has accepted the clock, the monotonic clock limits how late it can be. While the clock is later than
    that limit plus the tolerance, `now` returns the time by the monotonic clock, and `require` raises. At the start of
    a process, the time of the last signature is the reference.
    """

    def __init__(self, clock: Clock, limits: ClockLimits | None = None) -> None:
        self._clock = clock
        self.monotonic: Callable[[], float] = clock.monotonic
        self.limits = limits or ClockLimits()
        self._tolerance = self.limits.tolerance.total_seconds()
        self._lock = Lock()
        self._accepted: str | None = None
        self._anchor: _Anchor | None = None
        self._bound: tuple[_Anchor, datetime] | None = None
        """The latest time that was checked. Earlier times need no check, because the limits only rise."""

    def now(self) -> datetime:
        now, anchor = self._clock.now(), self._anchor
        if anchor is None or self._is_below_bound(now, anchor):
            return now
        latest, pause = self._latest(anchor), self.limits.longest_pause
        slack = pause.total_seconds() if anchor.is_provisional and pause is not None else self._tolerance
        self._bound = anchor, _moment(latest + slack)
        return now if now.timestamp() <= latest + slack else _moment(latest)

    def _is_below_bound(self, now: datetime, anchor: _Anchor) -> bool:
        bound = self._bound
        return bound is not None and bound[0] is anchor and now <= bound[1]

    def system_now(self) -> datetime:
        """Return the time of the unchecked clock."""
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)

    def require(self, reading: ClockReading) -> None:
        """Raise ClockAhead or ClockBehind, with what to do, while the clock is wrong."""
        now = self._clock.now().timestamp()
        with self._lock:
            if reading.accepted != self._accepted:
                self._accepted, self._anchor = reading.accepted, None
            self.require_database_agrees(reading)
            if now < reading.mark - self._tolerance:
                raise _behind(now, reading.mark, self._tolerance)
            if self.limits.longest_pause is None:
                return
            anchor = self._anchor
            if anchor is None or anchor.is_provisional:
                self._begin(now, reading.mark)
            else:
                latest = self._latest(anchor)
                if now > latest + self._tolerance:
                    raise _ahead(now, latest, "the time that passed since the last check allows")

    def require_database_agrees(self, reading: ClockReading) -> None:
        """Raise ClockAhead or ClockBehind if the clock of the database server differs by more than the tolerance."""
        now, database = self._clock.now().timestamp(), reading.database
        if database is None or abs(now - database) <= self._tolerance:
            return
        kind, word = (ClockAhead, "ahead of") if now > database else (ClockBehind, "behind")
        raise kind(
            f"The clock of this host ({_text(now)}) is {abs(now - database):.0f} s {word} the clock of the database "
            "server. Correct the wrong one; signing then continues by itself.",
            retry_after=60,
        )

    def _begin(self, now: float, mark: int) -> None:
        """Accept the current time as correct: the first in this process, or since an operator accepted the clock.

        Raises ClockAhead if it is later than the last signature by more than the longest pause.
        """
        waited = 0.0
        if self._anchor is not None:
            waited = self._clock.monotonic() - self._anchor.monotonic
        pause = self.limits.longest_pause or timedelta()
        if mark and now > mark + pause.total_seconds() + waited:
            if self._anchor is None:
                self._anchor = _Anchor(float(mark), self._clock.monotonic(), is_provisional=True)
            raise _ahead(now, mark, "the last signature and the setting clock_longest_pause allow")
        self._anchor = _Anchor(now, self._clock.monotonic(), is_provisional=False)

    def _latest(self, anchor: _Anchor) -> float:
        return anchor.seconds + self._clock.monotonic() - anchor.monotonic


def _moment(seconds: float) -> datetime:
    """Return the time of Unix seconds, or the last representable time if they are beyond it."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError):
        return datetime.max.replace(tzinfo=UTC)


def _ahead(now: float, latest: float, why: str) -> ClockAhead:
    return ClockAhead(
        f"The clock ({_text(now)}) is later than {why}: it should be about {_text(latest)} or the pause was long. "
        "Correct the clock; signing then continues by itself. If the clock is right, run `pkim clock accept`.",
        retry_after=60,
    )


def _behind(now: float, mark: int, tolerance: float) -> ClockBehind:
    wait = max(1, round(mark - tolerance - now))
    return ClockBehind(
        f"The clock ({_text(now)}) is {mark - now:.0f} s behind the last signature ({_text(mark)}). Correct the clock; "
        "signing then continues by itself. If the clock is right, run `pkim clock accept`.",
        retry_after=min(wait, _LONGEST_RETRY),
    )


def _text(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return f"{seconds:.0f}"
