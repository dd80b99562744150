"""By which network a caller counts, and for how long."""

from __future__ import annotations

import pytest

from pki_manager.policy.throttle import SECOND_FACTOR, Network, get_network


@pytest.mark.parametrize(
    ("peer", "narrow", "wide"),
    [
        ("192.0.2.7", "192.0.2.7", None),
        ("::ffff:192.0.2.7", "192.0.2.7", None),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("2001:db8:1:3::7", "2001:db8:1:3::/64", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/48"),
        ("unix", "unix", None),
        ("", "", None),
        (None, "", None),
    ],
)
def test_an_ipv6_caller_counts_by_its_prefix(peer: str | None, narrow: str, wide: str | None) -> None:
    assert get_network(peer) == Network(narrow, wide)


def test_second_factors_are_guessed_at_a_few_times_a_day() -> None:
    assert [SECOND_FACTOR.pause(count).total_seconds() for count in (10, 11, 12, 22, 23, 1000)] == [
        0,
        1,
        2,
        2048,
        3600,
        3600,
    ]
