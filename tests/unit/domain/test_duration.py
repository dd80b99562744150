"""ISO 8601 durations."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import InvalidInput

DAY = 86400


@pytest.mark.parametrize(
    ("text", "months", "seconds"),
    [
        ("P90D", 0, 90 * DAY),
        ("P1Y", 12, 0),
        ("P1Y6M", 18, 0),
        ("P2W", 0, 14 * DAY),
        ("PT12H", 0, 12 * 3600),
        ("PT1M", 0, 60),
        ("P1M", 1, 0),
        ("P1Y2M3W4DT5H6M7S", 14, 25 * DAY + 5 * 3600 + 6 * 60 + 7),
    ],
)
def test_durations_are_read(text, months, seconds):
    assert Duration.parse(text) == Duration(months, seconds)


@pytest.mark.parametrize(
    "text",
    [
        *("", "P", "PT", "P1YT", "90D", "P-1D", "+P1D", "P1.5D", "p1d", "P1H", "PT1D", "P1D ", "P1D\n", "P1D2W"),
        *("P12345Y", "P\u0661D", "P90D/P1Y"),
    ],
)
def test_other_text_is_refused_by_field(text):
    with pytest.raises(InvalidInput) as caught:
        Duration.parse(text, "validity.default")
    assert [(e.field, e.rule) for e in caught.value.errors] == [("validity.default", "duration.iso8601")]


@pytest.mark.parametrize("text", ["P0D", "PT0S", "P0Y0M"])
def test_nothing_is_no_duration(text):
    with pytest.raises(InvalidInput) as caught:
        Duration.parse(text)
    assert caught.value.errors[0].rule == "duration.positive"


@pytest.mark.parametrize(
    ("start", "text", "end"),
    [
        ((2026, 1, 31), "P1M", (2026, 2, 28)),
        ((2028, 1, 31), "P1M", (2028, 2, 29)),
        ((2028, 2, 29), "P1Y", (2029, 2, 28)),
        ((2026, 12, 15), "P1M", (2027, 1, 15)),
        ((2026, 3, 1), "P90D", (2026, 5, 30)),
        ((2026, 1, 31), "P1M1D", (2026, 3, 1)),
    ],
)
def test_months_count_in_the_calendar_and_days_exactly(start, text, end):
    assert Duration.parse(text).after(datetime(*start, tzinfo=UTC)) == datetime(*end, tzinfo=UTC)


@pytest.mark.parametrize("text", ["P9999Y", "P9000Y"])
def test_an_end_after_the_year_9999_is_refused_by_field(text):
    with pytest.raises(InvalidInput) as caught:
        Duration.parse(text).after(datetime(2026, 1, 1, tzinfo=UTC), "validity.maximum")
    assert [(e.field, e.rule) for e in caught.value.errors] == [("validity.maximum", "duration.range")]


@pytest.mark.parametrize(
    ("one", "other", "never"),
    [
        ("P90D", "P90D", True),
        ("P90D", "P89D", False),
        ("P12M", "P1Y", True),
        ("P3M", "P90D", False),
        ("P3M", "P92D", True),
        ("P1Y", "P365D", False),
        ("P1Y", "P366D", True),
        ("P365D", "P1Y", True),
        ("P366D", "P1Y", False),
        ("P28D", "P1M", True),
        ("P29D", "P1M", False),
    ],
)
def test_calendar_and_exact_durations_are_compared_at_their_worst(one, other, never):
    assert Duration.parse(one).never_exceeds(Duration.parse(other)) is never


@given(st.integers(0, 1200), st.integers(0, 10**8))
def test_the_text_form_reads_back(months, seconds):
    duration = Duration(months, seconds)
    if duration != Duration(0, 0):
        assert Duration.parse(str(duration)) == duration


@given(st.integers(0, 10**9))
def test_seconds_are_exact(seconds):
    start = datetime(2026, 3, 1, tzinfo=UTC)
    assert Duration(0, seconds).after(start) == start + timedelta(seconds=seconds)
