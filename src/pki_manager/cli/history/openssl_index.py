"""OpenSSL's `index.txt`: one line for each certificate that `openssl ca` has issued, with its state.

Six fields separated by tabs: state (V, R, or E), expiration, revocation, serial number in hex, file name or `unknown`,
and subject.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.revocation import RevocationReason

_FIELDS = 6
_TURN = 50
_TIME = re.compile(r"(\d{2}|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?Z", re.ASCII)
_SERIAL = re.compile(r"[0-9A-Fa-f]{1,40}", re.ASCII)
_REASONS = {reason.value.lower(): reason for reason in RevocationReason} | {
    # `openssl ca` writes these for the options -crl_hold, -crl_compromise and -crl_CA_compromise.
    "holdinstruction": RevocationReason.CERTIFICATE_HOLD,
    "keytime": RevocationReason.KEY_COMPROMISE,
    "cakeytime": RevocationReason.CA_COMPROMISE,
}
_SINCE = frozenset({"keytime", "cakeytime"})


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexLine:
    """A line of the index. `state` is V, R, or E; `revoked_at` and `reason` are set for R only."""

    number: int
    state: str
    serial: int
    expires_at: datetime
    subject: str
    revoked_at: datetime | None = None
    reason: RevocationReason | None = None
    invalidity_date: datetime | None = None


def read_index(text: str) -> Iterator[IndexLine | InvalidInput]:
    """Yield each line, or an error whose field is the place (`line 17`). Empty lines and `#` lines are skipped."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            yield _line(number, line.rstrip("\r"))
        except InvalidInput as fault:
            yield fault


def _line(number: int, line: str) -> IndexLine:
    at = f"line {number}"
    cells = _cells(line)
    if len(cells) != _FIELDS:
        raise InvalidInput.of(at, "index.fields", f"has {len(cells)} tab-separated fields, not {_FIELDS}")
    state, expires, revoked, serial, _, subject = cells
    if state not in ("V", "R", "E"):
        raise InvalidInput.of(at, "index.state", f"has the state {state!r}, not V, R, or E")
    if _SERIAL.fullmatch(serial) is None or int(serial, 16) == 0:
        raise InvalidInput.of(at, "index.serial", f"has a serial number that is not hex: {serial!r}")
    if (state == "R") is not bool(revoked):
        raise InvalidInput.of(at, "index.revocation", f"has the state {state} with the revocation {revoked!r}")
    when, reason, since = _revocation(at, revoked) if revoked else (None, None, None)
    return IndexLine(
        number=number,
        state=state,
        serial=int(serial, 16),
        expires_at=_moment(at, expires),
        subject=subject,
        revoked_at=when,
        reason=reason,
        invalidity_date=since,
    )


def _cells(line: str) -> list[str]:
    """Return the fields of a line. A tab within a field is written as `\\` and a tab (openssl's TXT_DB)."""
    return [cell.replace("\0", "\t") for cell in line.replace("\\\t", "\0").split("\t")]


def _revocation(at: str, text: str) -> tuple[datetime, RevocationReason, datetime | None]:
    when, _, told = text.partition(",")
    word, _, more = told.partition(",")
    reason = _REASONS.get(word.lower() or RevocationReason.UNSPECIFIED.value)
    if reason is None:
        raise InvalidInput.of(at, "index.reason", f"has an unknown revocation reason: {word!r}")
    since = _moment(at, more) if word.lower() in _SINCE else None
    return _moment(at, when), reason, since


def _moment(at: str, text: str) -> datetime:
    parts = _TIME.fullmatch(text)
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in (parts.groups() if parts else ()))
        if parts is not None and len(parts[1]) == len("YY"):
            # RFC 5280 §4.1.2.5.1.
            year += 1900 if year >= _TURN else 2000
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise InvalidInput.of(at, "index.time", f"has a time that is not in the form 261231235959Z: {text!r}") from None
