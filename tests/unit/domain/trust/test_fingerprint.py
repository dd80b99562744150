from __future__ import annotations

import pytest

from pki_manager.domain.trust.fingerprint import format_groups, format_words, parse_fingerprint

OCTETS = bytes(range(32))
DIGITS = OCTETS.hex()


@pytest.mark.parametrize(
    "text",
    [
        DIGITS,
        DIGITS.upper(),
        OCTETS.hex(":").upper(),
        format_groups(OCTETS),
        f"sha256 Fingerprint={OCTETS.hex(':').upper()}",
        f"SHA-256: {DIGITS}",
        f"  {DIGITS}\n",
    ],
)
def test_a_fingerprint_is_read_as_programs_print_it(text: str) -> None:
    assert parse_fingerprint(text) == OCTETS


@pytest.mark.parametrize("text", ["", DIGITS[:-1], DIGITS + "0", "g" + DIGITS[1:], DIGITS[:40], "sha1:" + DIGITS])
def test_anything_else_is_no_fingerprint(text: str) -> None:
    assert parse_fingerprint(text) is None


def test_groups_have_four_digits() -> None:
    assert format_groups(OCTETS).startswith("0001 0203 0405")
    assert [len(group) for group in format_groups(OCTETS).split()] == [4] * 16


def test_words_follow_the_published_examples_of_their_encoding() -> None:
    # 127.0.0.1 and 63.84.220.193 in the paper that defines proquints.
    assert format_words(bytes([127, 0, 0, 1])) == "lusab babad"
    assert format_words(bytes([63, 84, 220, 193])) == "gutih tugad"


def test_fingerprints_that_differ_in_one_bit_differ_in_a_word() -> None:
    words = {format_words(bytes([OCTETS[0] ^ 1 << bit, *OCTETS[1:]])) for bit in range(8)}
    assert len(words | {format_words(OCTETS)}) == 9
