"""Which passwords are accepted."""

from __future__ import annotations

import pytest

from pki_manager.domain.errors import InvalidInput
from pki_manager.policy.passwords import require_good
from pki_manager.policy.throttle import ACCOUNT, ACCOUNT_AND_PEER

GOOD = [
    "correct horse battery staple",
    "tr0ub4dor&3 and more",
    "ünïcödé passwörter",
    "x9$kQ2!mVz7p",
    "a" * 60 + "bcdef" + "z" * 63,
    "the password is in the drawer",
]
COMMON = [
    "passwordpassword", "Password1234!", "P@ssw0rd2026!!", "123456789012", "qwertyuiopas", "QwertyQwerty1",
    "letmein letmein",    "Admin-Admin-2026", "lkjhgfdsapoiuytr", "abcdefghijkl", "changeme!changeme", "Welcome2026!!!",
]  # fmt: skip


@pytest.mark.parametrize("text", GOOD)
def test_long_and_uncommon_is_good_whatever_it_consists_of(text: str) -> None:
    assert require_good(text, "password", "alice", "Alice Adams", "") == text


@pytest.mark.parametrize("text", COMMON)
def test_what_is_guessed_first_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        require_good(text, "password")
    assert raised.value.errors[0].rule == "password.common"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("elevenchars", "password.short"),
        ("a" * 20 + "bcdef" + "x" * 104, "password.long"),
        ("abababababababab", "password.repeated"),
        ("alice.adams1", "password.common"),
        ("ALICE.ADAMS-26", "password.common"),
    ],
)
def test_the_rule_that_it_breaks_is_named(text: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        require_good(text, "password", "alice.adams@example.com")
    assert raised.value.errors[0].rule == rule
    assert text not in raised.value.detail


def test_composed_and_decomposed_letters_are_one_password() -> None:
    assert require_good("re\u0301sume\u0301 des faits", "p") == require_good("r\u00e9sum\u00e9 des faits", "p")


def test_a_pause_doubles_up_to_its_longest() -> None:
    assert [ACCOUNT_AND_PEER.pause(count).seconds for count in (0, 5, 6, 7, 8, 15, 16, 1000)] == [
        0,
        0,
        1,
        2,
        4,
        512,
        900,
        900,
    ]
    assert ACCOUNT.pause(10**6).seconds == 30
