"""Points in time as people and programs write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from pki_manager.domain.errors import InvalidInput

# RFC 3339 §5.6; the `T` and `Z` in upper case, and an offset always: a time without one means nothing.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)


def parse_moment(text: str, field: str) -> datetime:
    """RFC 3339 text as UTC; InvalidInput naming `field`."""
    if _MOMENT.fullmatch(text) is None:
        raise InvalidInput.of(field, "moment.rfc3339", "must be an RFC 3339 time such as 2026-01-31T12:00:00Z")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput.of(field, "moment.exists", "is no time that exists") from None
