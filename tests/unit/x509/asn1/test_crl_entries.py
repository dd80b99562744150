"""Entries of a CRL: what the fast walk says is what decoding each of them says, however many there are."""

from __future__ import annotations

import random
from collections import Counter
from typing import NamedTuple

import pytest

from pki_manager.x509 import lint
from pki_manager.x509.asn1.crl_entries import Entries
from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.asn1.tlv import DerError
from pki_manager.x509.lint import pkilint_bridge
from tests.unit.x509.lint import objects as o
from tests.unit.x509.lint.objects import CA, Crl

MANY = 500
"""More than make a form common."""


class Listed(NamedTuple):
    """An entry, its serial number's content octets, and a name for what its extensions are like."""

    der: bytes
    serial: bytes
    kind: str


def read(*entries: bytes) -> Entries:
    revoked = CrlView.read(Crl(entries=entries).der()).revoked
    assert revoked is not None
    return revoked


def plain(count: int, *extensions: bytes, first: int = 1 << 100, time: bytes | None = None) -> list[bytes]:
    return [o.entry(first + number, *extensions, time=time) for number in range(count)]


def rules(entries: list[bytes]) -> set[str]:
    return {finding.rule for finding in lint.lint_crl(Crl(entries=tuple(entries)).der(), CA.der(), full=False)}


def invalid_since(text: str) -> bytes:
    return o.extension("2.5.29.24", o.generalized(text))


def any_entry(rng: random.Random) -> Listed:
    number = rng.choice(
        (rng.getrandbits(126), rng.getrandbits(63) | 1 << 63, rng.getrandbits(40), rng.getrandbits(9), 0, -5, 1 << 170)
    )
    code, size = rng.randrange(1, 6), rng.choice((1, 60, 300))
    kind, extensions = rng.choice(
        (
            ("none", ()),
            (f"reason {code}", (o.reason(code),)),
            ("date", (o.reason(1), invalid_since(f"2025010{rng.randrange(1, 10)}000000Z"))),
            (f"odd {size}", (o.extension("1.2.3.4", bytes(size)),)),
        )
    )
    time = rng.choice((o.utc("260501000000Z"), o.utc("240229000000Z"), o.generalized("20500101000000Z")))
    der = o.entry(number, *extensions, time=time)
    return Listed(der, o.num(number)[2:], kind)


def is_odd(serial: bytes) -> bool:
    """Not positive, or longer than it has to be."""
    number = int.from_bytes(serial, "big", signed=True)
    return number <= 0 or len(serial) != number.bit_length() // 8 + 1


@pytest.mark.parametrize("seed", range(5))
def test_the_walk_finds_what_decoding_finds(seed: int) -> None:
    rng = random.Random(seed)
    entries = [any_entry(rng) for _ in range(900)]
    revoked = read(*(entry.der for entry in entries))
    counted = Counter(entry.serial for entry in entries)
    assert revoked.count == len(entries)
    assert revoked.repeated == {serial for serial, times in counted.items() if times > 1}
    assert set(revoked.serials) == {serial for serial in counted if len(serial) > 20 or is_odd(serial)}
    assert len(revoked.extensions) == len({entry.kind for entry in entries} - {"none"})
    assert (0x18, b"20500101000000Z") in revoked.times


@pytest.mark.parametrize(
    ("odd", "rule"),
    [
        (o.entry(7, o.reason(0)), "entry_reason_not_unspecified"),
        (o.entry(7, o.reason(8)), "entry_reason_remove"),
        (o.entry(0, o.reason(1)), "entry_serial_form"),
        (o.entry(b"\0\1", o.reason(1)), "entry_serial_form"),
        (o.entry(1 << 100, o.reason(1)), "entry_serial_unique"),
        (o.entry(7, o.reason(1), time=o.utc("260601000001Z")), "entry_time"),
        (o.entry((1 << 100) + MANY, o.reason(1), time=o.utc("260601000001Z")), "entry_time"),
        (o.entry(7, o.reason(1), time=o.utc("260230000000Z")), "entry_time"),
        (o.entry(7, o.reason(1), time=o.utc("2605010000Z")), "entry_time"),
        (o.entry(7, o.reason(1), time=o.generalized("20260501000000Z")), "entry_time"),
        (o.entry(7, invalid_since("20260230000000Z")), "entry_invalidity_date"),
        (o.entry(7, invalid_since("202602010000Z")), "entry_invalidity_date"),
        (o.entry(7, o.reason(1), o.reason(1)), "extension_unique"),
        (o.entry(7, o.extension("1.2.3.4", o.NULL, critical=True)), "entry_extension_critical_known"),
        (o.entry(7, o.extension("2.5.29.21", o.num(1, 0x0A), critical=False)), "default_not_encoded"),
    ],
)
@pytest.mark.parametrize("place", [0, MANY // 2, MANY], ids=["first", "in the middle", "last"])
def test_one_odd_entry_among_many_is_found(odd: bytes, rule: str, place: int) -> None:
    entries = plain(MANY, o.reason(1))
    assert rules(entries) == set()
    entries.insert(place, odd)
    assert f"crl.{rule}" in rules(entries)


@pytest.mark.parametrize("odd", [b"\0" * 9 + b"\x80" * 8, b"\0\x7f" + b"\xff" * 15, b"\x80" + bytes(16)])
def test_serial_numbers_with_their_first_bit_set_are_common_and_odd_ones_stand_out(odd: bytes) -> None:
    entries = plain(MANY, o.reason(1), first=1 << 127)
    assert read(*entries).serials == []
    assert rules(entries) == set()
    assert read(*entries, o.entry(odd, o.reason(1))).serials == [odd]
    assert rules([*entries, o.entry(odd, o.reason(1))]) == {"crl.entry_serial_form"}


@pytest.mark.parametrize("order", ["rising", "falling", "mixed"])
def test_a_repeat_is_found_in_any_order(order: str) -> None:
    entries = plain(MANY, o.reason(1))
    if order != "rising":
        random.Random(order).shuffle(entries) if order == "mixed" else entries.reverse()
    assert read(*entries).repeated == frozenset()
    for place in (0, MANY // 2, MANY // 2 + 1, MANY):
        again = o.entry((1 << 100) + MANY // 2, o.reason(4))
        assert read(*entries[:place], again, *entries[place:]).repeated == {o.num((1 << 100) + MANY // 2)[2:]}


@pytest.mark.parametrize("place", [0, MANY])
@pytest.mark.parametrize(
    "broken",
    [
        o.seq(o.num(7)),
        o.seq(o.num(7), o.num(8)),
        o.seq(o.octets(b"\7"), o.utc("260501000000Z")),
        o.tlv(0x31, o.num(7), o.utc("260501000000Z")),
        o.seq(o.num(7), o.utc("260501000000Z"), o.seq(o.reason(1)), o.seq(o.reason(1))),
        o.num(7),
    ],
)
def test_what_is_no_entry_makes_it_no_crl(broken: bytes, place: int) -> None:
    entries = plain(MANY)
    entries.insert(place, broken)
    with pytest.raises(DerError, match=r"is cut short|has too many fields|is no such entry"):
        read(*entries)
    assert rules(entries) == {"crl.encoding"}


@pytest.mark.parametrize("cut", [1, 5, 20, 40])
def test_an_entry_that_leaves_the_list_is_none(cut: int) -> None:
    whole = Crl(entries=tuple(plain(MANY))).der()
    short = o.seq(*plain(MANY))
    assert whole.count(short) == 1
    inside = short[4:-cut]
    broken = whole.replace(short, bytes((0x30, 0x82)) + len(inside).to_bytes(2, "big") + inside)
    found = lint.lint_crl(broken, None, full=False)
    assert [finding.rule for finding in found] == ["crl.encoding"]


def test_leap_days_and_the_last_second_are_dates() -> None:
    days = [o.utc(f"{year:02}0229235959Z") for year in range(0, 26, 4)]
    entries = [o.entry((1 << 100) + number, time=days[number % len(days)]) for number in range(MANY)]
    assert rules(entries) == set()
    assert "crl.entry_time" in rules([*entries, o.entry(7, time=o.utc("250229000000Z"))])


def test_invalidity_dates_make_no_difference_between_entries() -> None:
    dates = [f"2025{month:02}{day:02}120000Z" for month in range(1, 13) for day in range(1, 29)]
    entries = [o.entry((1 << 100) + number, invalid_since(date)) for number, date in enumerate(dates)]
    assert len(read(*entries).extensions) == 1
    assert rules(entries) == set()


def test_pkilint_sees_one_entry_of_each_kind_and_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    monkeypatch.setattr(pkilint_bridge, "lint_crl", lambda der: seen.append(der) or ())
    usual, other = plain(2000), o.entry(5, o.reason(4))
    assert lint.lint_crl(Crl(entries=(*usual, other)).der(), CA.der(), full=True) == ()
    assert seen == [Crl(entries=(*usual[:63], other)).der()]
    lint.lint_crl(Crl().der(), CA.der(), full=True)
    assert seen[1:] == [Crl().der()]
