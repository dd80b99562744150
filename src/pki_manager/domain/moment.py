"""Points in time as text."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from pki_manager.domain.errors import InvalidInput

# RFC 3339 §5.6: letters in either case, any number of digits in the fraction, and an offset always.
_MOMENT = re.compile(
    r"(?P<start>\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d)(?:\.(?P<fraction>\d{1,30}))?"
    r"(?P<offset>Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII | re.IGNORECASE,
)
_MICROSECOND_DIGITS = 6


def parse_moment(text: str, field: str) -> datetime:
    """Return an RFC 3339 time in UTC, truncated to microseconds. Raises InvalidInput for `field` if it is invalid."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise InvalidInput.of(field, "moment.rfc3339", "must be an RFC 3339 time such as 2026-01-31T12:00:00Z")
    fraction = (found["fraction"] or "0")[:_MICROSECOND_DIGITS]
    try:
        return datetime.fromisoformat(f"{found['start']}.{fraction:0<6}{found['offset']}".upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput.of(field, "moment.exists", "is not a time that exists") from None
