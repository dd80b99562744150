"""OpenSSL's index.txt, read line by line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pki_manager.cli.history.openssl_index import IndexLine, read_index
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.revocation import RevocationReason

SUBJECT = "/O=Example/CN=www.example.com"


def only(text: str) -> IndexLine | InvalidInput:
    (line,) = read_index(text)
    return line


def line(state: str = "V", expires: str = "271231235959Z", revoked: str = "", serial: str = "0A") -> str:
    return f"{state}\t{expires}\t{revoked}\t{serial}\tunknown\t{SUBJECT}"


def test_a_valid_line_says_serial_number_end_and_subject() -> None:
    found = only(line())
    assert isinstance(found, IndexLine)
    assert (found.state, found.serial, found.subject) == ("V", 10, SUBJECT)
    assert found.expires_at == datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert (found.revoked_at, found.reason, found.invalidity_date) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("490101000000Z", datetime(2049, 1, 1, tzinfo=UTC)),
        ("500101000000Z", datetime(1950, 1, 1, tzinfo=UTC)),
        ("20520101000000Z", datetime(2052, 1, 1, tzinfo=UTC)),
        ("2701010000Z", datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_years_have_two_digits_or_four(text: str, expected: datetime) -> None:
    found = only(line(expires=text))
    assert isinstance(found, IndexLine)
    assert found.expires_at == expected


@pytest.mark.parametrize(
    ("told", "reason", "since"),
    [
        ("", RevocationReason.UNSPECIFIED, None),
        (",keyCompromise", RevocationReason.KEY_COMPROMISE, None),
        (",CACompromise", RevocationReason.CA_COMPROMISE, None),
        (",superseded", RevocationReason.SUPERSEDED, None),
        (",certificateHold", RevocationReason.CERTIFICATE_HOLD, None),
        (",holdInstruction,holdInstructionReject", RevocationReason.CERTIFICATE_HOLD, None),
        (",keyTime,20250101000000Z", RevocationReason.KEY_COMPROMISE, datetime(2025, 1, 1, tzinfo=UTC)),
        (",CAkeyTime,20250101000000Z", RevocationReason.CA_COMPROMISE, datetime(2025, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_revoked_line_says_when_and_why(told: str, reason: RevocationReason, since: datetime | None) -> None:
    found = only(line("R", revoked=f"260101000000Z{told}"))
    assert isinstance(found, IndexLine)
    assert found.revoked_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert (found.reason, found.invalidity_date) == (reason, since)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("V\t271231235959Z\t\t0A\tunknown", "index.fields"),
        (line("X"), "index.state"),
        (line(serial="xyz"), "index.serial"),
        (line(serial="00"), "index.serial"),
        (line(serial="1" * 41), "index.serial"),
        (line(expires="2712312359Q"), "index.time"),
        (line(expires="271331235959Z"), "index.time"),
        (line("R"), "index.revocation"),
        (line("V", revoked="260101000000Z"), "index.revocation"),
        (line("R", revoked="260101000000Z,bored"), "index.reason"),
        (line("R", revoked="260101000000Z,removeFromCRL"), "index.reason"),
        (line("R", revoked="yesterday"), "index.time"),
        (line("R", revoked="260101000000Z,keyTime"), "index.time"),
    ],
)
def test_a_faulty_line_says_where_and_what(text: str, rule: str) -> None:
    found = list(read_index(f"{line()}\n\n{text}\r\n"))
    assert isinstance(found[0], IndexLine)
    assert isinstance(found[1], InvalidInput)
    assert (found[1].errors[0].field, found[1].errors[0].rule) == ("line 3", rule)


def test_a_tab_in_a_subject_is_escaped() -> None:
    found = only(line() + "\\\tof a subject")
    assert isinstance(found, IndexLine)
    assert found.subject == f"{SUBJECT}\tof a subject"


@given(st.text(max_size=200))
def test_whatever_a_file_holds_each_line_is_read_or_told(text: str) -> None:
    for found in read_index(text):
        assert isinstance(found, IndexLine | InvalidInput)
