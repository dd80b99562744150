"""Points in time as others write them (RFC 3339 §5.6)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.moment import parse_moment

NOON = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [
        ("2026-01-31T12:00:00Z", 0),
        ("2026-01-31t12:00:00z", 0),
        ("2026-01-31T12:00:00.5Z", 500_000),
        ("2026-01-31T12:00:00.123456Z", 123_456),
        ("2026-01-31T12:00:00.1234567Z", 123_456),
        ("2026-01-31T12:00:00.999999999Z", 999_999),
        ("2026-01-31T12:00:00.000000000000000000001Z", 0),
        ("2026-01-31T13:30:00.123456789+01:30", 123_456),
        ("2026-01-31t04:00:00.000001000-08:00", 1),
        ("2026-01-31T12:00:00-00:00", 0),
        ("2026-01-31T12:00:00+00:00", 0),
    ],
)
def test_every_form_of_rfc_3339_is_read_and_cut_to_microseconds(text: str, microsecond: int) -> None:
    assert parse_moment(text, "time") == NOON.replace(microsecond=microsecond)


def test_the_zero_time_of_go_is_a_time() -> None:
    assert parse_moment("0001-01-01T00:00:00Z", "time") == datetime.min.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-31",
        "2026-01-31 12:00:00Z",
        "2026-01-31T12:00:00",
        "2026-01-31T12:00Z",
        "2026-01-31T12:00:00.Z",
        "2026-01-31T12:00:00,5Z",
        "2026-01-31T12:00:00." + "1" * 31 + "Z",
        "2026-01-31T12:00:00+0100",
        "2026-01-31T12:00:00+24:00",
        "2026-01-31T12:00:00+01:60",
        "2026-01-31T24:00:00Z",
        "2026-W05-6T12:00:00Z",
        "2026-01-31T12:00:00Z ",
        "2026-01-31T12:00:00\u0660Z",
        "\u0662026-01-31T12:00:00Z",
        "2026-01-31T12:00:00ZZ",
    ],
)
def test_what_is_not_rfc_3339_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_moment(text, "time")
    assert [(error.field, error.rule) for error in refused.value.errors] == [("time", "moment.rfc3339")]


@pytest.mark.parametrize("text", ["2026-02-30T00:00:00Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00"])
def test_a_time_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_moment(text, "time")
    assert [error.rule for error in refused.value.errors] == ["moment.exists"]
