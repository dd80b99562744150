"""Limits by network, for second factors, and for callers who only begin to sign in, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pki_manager.authority.acme import accounts
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.people import second_step, throttle
from pki_manager.authority.people.factors import PasskeyAnswer
from pki_manager.authority.people.second_step import Proof
from pki_manager.domain.errors import PkiError, SignInFailed, TooManyAttempts
from pki_manager.policy import throttle as limits
from pki_manager.storage.storage import SqlStorage
from tests.authority.test_people import enter
from tests.authority.test_second_factors import go_on, with_passkey, with_totp
from tests.fakes.clock import FrozenClock
from tests.support.acme import acme_account, eab_key, new_account
from tests.support.authenticator import ORIGIN
from tests.support.factories import make_authority
from tests.support.people import VISITOR, make_user, shown


@pytest.fixture
def ctx(tmp_path: Any, storage: SqlStorage, clock: FrozenClock) -> Context:
    """Without a hierarchy: people need none."""
    return make_authority(tmp_path, storage, clock)


def addresses(number: int) -> str:
    """Another address of the same /64 for each number."""
    return f"2001:db8:1:2::{number + 1:x}"


def subnets(number: int) -> str:
    """Another /64 of the same /48 for each number."""
    return f"2001:db8:1:{number + 1:x}::1"


def refusals(act: Callable[[int], object], times: int) -> int:
    """How many of so many are refused for being too many."""
    refused = 0
    for number in range(times):
        try:
            act(number)
        except TooManyAttempts:
            refused += 1
        except PkiError:
            continue
    return refused


def test_passwords_are_guessed_as_slowly_from_many_addresses_of_one_network(ctx: Context) -> None:
    user = make_user(ctx)
    guess = lambda number: enter(ctx, user, "wrong wrong wrong", addresses(number))  # noqa: E731
    assert refusals(guess, 26) == 20
    strangers = lambda number: enter(  # noqa: E731
        ctx, replace(user, login=f"nobody{number}"), "wrong wrong wrong", addresses(number)
    )
    assert refusals(strangers, limits.PEER.free + 20) >= 20
    assert enter(ctx, user, peer="2001:db8:1:3::1").user.id == user.id


def test_a_user_is_known_by_the_network_that_they_signed_in_from(ctx: Context, clock: FrozenClock) -> None:
    user = make_user(ctx)
    enter(ctx, user, peer=addresses(0))
    for number in range(120):
        with pytest.raises(SignInFailed, match="Incorrect username, password, or second factor"):
            enter(ctx, user, "wrong wrong wrong", f"198.51.100.{number}")
        clock.advance(timedelta(seconds=31))
    assert enter(ctx, user, peer=addresses(1)).user.id == user.id


def test_newcomers_of_one_network_are_slowed_down_together(ctx: Context) -> None:
    assert refusals(lambda number: throttle.count_newcomer(ctx, addresses(number)), limits.NEWCOMER.free + 20) == 19


def test_newcomers_of_a_wide_network_are_slowed_down_too(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "WIDE_NEWCOMER", replace(limits.WIDE_NEWCOMER, free=30))
    assert refusals(lambda number: throttle.count_newcomer(ctx, subnets(number)), 40) == 9
    throttle.count_newcomer(ctx, "2001:db8:2::1")


def test_passkey_options_cost_a_stranger_patience_and_a_user_who_signs_in_nothing(ctx: Context) -> None:
    def ask(number: int) -> object:
        return second_step.get_passkey_options(ctx, replace(VISITOR, peer=addresses(number)), None, ORIGIN)

    assert refusals(ask, limits.VISITOR.free + 20) == 19
    user = make_user(ctx)
    key, _ = with_passkey(ctx, user)
    for _ in range(limits.VISITOR.free + 20):
        options = second_step.get_passkey_options(ctx, VISITOR, None, ORIGIN)
        answer = PasskeyAnswer(key.sign(options), ORIGIN)
        second_step.sign_in_by_passkey(ctx, VISITOR, answer, "browser")


def test_second_factors_are_guessed_at_slowly_from_whatever_addresses_and_for_days(
    ctx: Context, clock: FrozenClock
) -> None:
    user, secret = with_totp(ctx, clock)
    peers = (f"198.51.{number // 200}.{number % 200}" for number in range(10_000))

    def guess(_: int) -> None:
        peer = next(peers)
        waiting = enter(ctx, user, peer=peer)
        second_step.complete_sign_in(ctx, replace(VISITOR, peer=peer), waiting, Proof(totp="000000"))

    assert refusals(guess, limits.SECOND_FACTOR.free + 11) == 10
    clock.advance(timedelta(hours=2))
    assert refusals(guess, 10) == 9
    waiting = enter(ctx, user)
    assert go_on(ctx, waiting, totp=shown(secret, clock)).user.id == user.id


def test_a_password_that_is_not_known_slows_no_second_factor_down(ctx: Context, clock: FrozenClock) -> None:
    user, secret = with_totp(ctx, clock)
    for number in range(60):
        with pytest.raises(SignInFailed, match="Incorrect username, password, or second factor"):
            enter(ctx, user, "wrong wrong wrong", f"198.51.100.{number}")
    elsewhere = replace(VISITOR, peer="203.0.113.9")
    waiting = enter(ctx, user, peer="203.0.113.9")
    second_step.complete_sign_in(ctx, elsewhere, waiting, Proof(totp=shown(secret, clock)))


def test_accounts_of_a_key_count_until_they_have_an_order_or_are_a_month_old(
    ctx: Context, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "MAX_ACCOUNTS", 2)
    key = eab_key(ctx)
    for number in (1, 2):
        acme_account(ctx, key, number)
    with pytest.raises(TooManyAttempts, match="Too many accounts of this EAB key have no order"):
        accounts.create_account(ctx, new_account(key, 3), peer=None, request_id="r")
    clock.advance(accounts.COUNTED_FOR + timedelta(seconds=1))
    accounts.create_account(ctx, new_account(key, 3), peer=None, request_id="r")
