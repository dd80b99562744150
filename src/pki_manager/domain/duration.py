"""ISO 8601 durations in profiles and requests: `P90D`, `P1Y6M`, `PT12H`."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from pki_manager.domain.errors import InvalidInput

_FORM = re.compile(
    r"P(?=.)(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?"
    r"(?:T(?=.)(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?",
    re.ASCII,
)

# The first of each month of four years: every month length and a leap day. Later days only clamp, on both sides alike.
_LEAP_CYCLE = tuple(datetime(year, month, 1, tzinfo=UTC) for year in range(2024, 2028) for month in range(1, 13))


@dataclass(frozen=True, slots=True)
class Duration:
    """A duration of calendar months plus exact seconds. A year is twelve months, a week seven days."""

    months: int
    seconds: int

    @classmethod
    def parse(cls, text: str, field: str = "validity") -> Duration:
        """Return the duration in a text `P…`. Raises InvalidInput for `field` if the text is another one or zero."""
        match = _FORM.fullmatch(text)
        if match is None:
            raise InvalidInput.of(field, "duration.iso8601", f"must be an ISO 8601 duration such as P90D, not {text!r}")
        years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        value = cls(years * 12 + months, ((weeks * 7 + days) * 24 + hours) * 3600 + minutes * 60 + seconds)
        if value == cls(0, 0):
            raise InvalidInput.of(field, "duration.positive", "must be longer than zero")
        return value

    def after(self, moment: datetime, field: str = "validity") -> datetime:
        """Return `moment` plus this duration. A day that the month does not have becomes its last day.

        Raises InvalidInput for `field` if the result is after the year 9999.
        """
        try:
            if not self.months:
                return moment + timedelta(seconds=self.seconds)
            month_index = moment.month - 1 + self.months
            year, month = moment.year + month_index // 12, month_index % 12 + 1
            day = min(moment.day, calendar.monthrange(year, month)[1])
            return moment.replace(year=year, month=month, day=day) + timedelta(seconds=self.seconds)
        except (ValueError, OverflowError):
            raise InvalidInput.of(field, "duration.range", "must end before the year 10000") from None

    def never_exceeds(self, other: Duration) -> bool:
        """Return whether this is never longer than `other`, from any start: P3M can exceed P90D, P12M never P1Y."""
        if self.months == other.months:
            return self.seconds <= other.seconds
        return all(self.after(day) <= other.after(day) for day in _LEAP_CYCLE)

    def __str__(self) -> str:
        return _text(self)


@lru_cache(maxsize=256)
def _text(duration: Duration) -> str:
    years, months = divmod(duration.months, 12)
    days, rest = divmod(duration.seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    date = "".join(f"{n}{unit}" for n, unit in ((years, "Y"), (months, "M"), (days, "D")) if n)
    time = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
    return f"P{date}" + (f"T{time}" if time else "")
