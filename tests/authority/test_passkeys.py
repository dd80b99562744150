"""Passkeys, on both engines, by an authenticator in software."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.people import factors, second_step, sign_in
from pki_manager.authority.people.factors import PasskeyAnswer
from pki_manager.authority.people.sessions import SignedIn
from pki_manager.domain.errors import (
    Conflict,
    FreshAuthenticationRequired,
    InvalidInput,
    NotFound,
    SignInFailed,
)
from pki_manager.domain.people.session import Stage
from pki_manager.domain.rights.actor import Role
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Claim
from pki_manager.storage.storage import SqlStorage
from tests.authority.test_people import actions, at_once, enter
from tests.authority.test_second_factors import go_on, with_passkey
from tests.fakes.clock import FrozenClock
from tests.support.authenticator import ORIGIN, Authenticator
from tests.support.factories import make_authority
from tests.support.people import VISITOR, acting, make_user


@pytest.fixture
def ctx(tmp_path: Any, storage: SqlStorage, clock: FrozenClock) -> Context:
    """Without a hierarchy: people need none."""
    return make_authority(tmp_path, storage, clock)


def test_a_passkey_is_a_second_factor_and_a_way_in_of_its_own(ctx: Context) -> None:
    user = make_user(ctx, Role.AUDITOR)
    key, _ = with_passkey(ctx, user)
    waiting = enter(ctx, user)
    assert second_step.list_offered_factors(ctx, waiting) == ("passkey",)
    options = second_step.get_passkey_options(ctx, VISITOR, waiting, ORIGIN)
    assert len(options["allowCredentials"]) == 1
    entered = go_on(ctx, waiting, passkey=PasskeyAnswer(key.sign(options), ORIGIN))
    assert entered.session.method == "password+passkey"
    alone = second_step.get_passkey_options(ctx, VISITOR, None, ORIGIN)
    assert alone["allowCredentials"] == []
    opened = second_step.sign_in_by_passkey(ctx, VISITOR, PasskeyAnswer(key.sign(alone), ORIGIN), "browser")
    assert (opened.user.id, opened.session.stage, opened.session.method) == (user.id, Stage.ACTIVE, "passkey")
    assert acting(ctx, opened).roles == ("auditor",)


def by_passkey(ctx: Context, key: Authenticator, options: dict[str, Any] | None = None) -> SignedIn:
    asked = options or second_step.get_passkey_options(ctx, VISITOR, None, ORIGIN)
    return second_step.sign_in_by_passkey(ctx, VISITOR, PasskeyAnswer(key.sign(asked), key.origin), "browser")


def test_a_challenge_is_answered_once_in_time_and_for_what_it_was_made(ctx: Context, clock: FrozenClock) -> None:
    user, other = make_user(ctx), make_user(ctx)
    key, here = with_passkey(ctx, user)
    options = second_step.get_passkey_options(ctx, VISITOR, None, ORIGIN)
    by_passkey(ctx, key, options)
    late = second_step.get_passkey_options(ctx, VISITOR, None, ORIGIN)
    registering = factors.begin_passkey(ctx, acting(ctx, here), ORIGIN)
    anothers = second_step.get_passkey_options(ctx, VISITOR, enter(ctx, other), ORIGIN)
    for wrong in (options, {**late, "challenge": registering["challenge"]}, anothers):
        with pytest.raises(SignInFailed, match="Incorrect username, password, or second factor"):
            by_passkey(ctx, key, wrong)
    clock.advance(timedelta(minutes=5))
    with pytest.raises(SignInFailed, match="Incorrect username, password, or second factor"):
        by_passkey(ctx, key, late)


def test_an_answer_of_another_origin_an_unverified_user_a_wrong_key_or_an_old_counter_is_none(
    ctx: Context,
) -> None:
    user = make_user(ctx)
    key, _ = with_passkey(ctx, user)
    by_passkey(ctx, key)
    cloned = Authenticator(key=key.key, credential_id=key.credential_id, user_handle=key.user_handle)
    foreign = replace(key, origin="https://evil.example")
    wrong = [
        cloned,  # its counter starts anew
        foreign,
        replace(key, verifies=False, count=90),
        replace(key, key=Authenticator().key, count=91),
        replace(key, user_handle=b"somebody else", count=92),
        Authenticator(user_handle=user.id.bytes),
    ]
    for one in wrong:
        with pytest.raises(SignInFailed, match="Incorrect username, password, or second factor"):
            by_passkey(ctx, one)
        by_passkey(ctx, key)
    assert actions(ctx).count("login.failed") == len(wrong)


def test_of_twenty_that_show_one_answer_at_once_one_comes_in(ctx: Context) -> None:
    key, _ = with_passkey(ctx, make_user(ctx))
    answer = PasskeyAnswer(key.sign(second_step.get_passkey_options(ctx, VISITOR, None, ORIGIN)), ORIGIN)

    def show(number: int) -> Callable[[], object]:
        visitor = replace(VISITOR, peer=f"192.0.2.{number}")
        return lambda: second_step.sign_in_by_passkey(ctx, visitor, answer, "browser")

    came = at_once([show(number) for number in range(20)])
    assert len([one for one in came if isinstance(one, SignedIn)]) == 1


def test_registering_needs_an_open_challenge_a_verified_user_and_our_origin(ctx: Context) -> None:
    here = enter(ctx, make_user(ctx))
    actor = acting(ctx, here)
    for key in (Authenticator(origin="https://evil.example"), Authenticator(verifies=False)):
        made = key.register(factors.begin_passkey(ctx, actor, ORIGIN))
        with pytest.raises(InvalidInput, match="is not a valid response to the challenge"):
            factors.add_passkey(ctx, actor, here, "key", PasskeyAnswer(made, key.origin))
    key = Authenticator()
    made = key.register(factors.begin_passkey(ctx, actor, ORIGIN))
    (_, here), _ = factors.add_passkey(ctx, actor, here, "key", PasskeyAnswer(made, ORIGIN))
    with pytest.raises(InvalidInput, match="open"):
        factors.add_passkey(ctx, actor, here, "key", PasskeyAnswer(made, ORIGIN))
    again = key.register(factors.begin_passkey(ctx, actor, ORIGIN))
    with pytest.raises(Conflict, match="The passkey is already registered"):
        factors.add_passkey(ctx, actor, here, "key", PasskeyAnswer(again, ORIGIN))


def test_a_passkey_under_an_idempotency_key_is_registered_once_and_told_to_be_gone_when_removed(
    ctx: Context,
) -> None:
    _, here = with_passkey(ctx, make_user(ctx))
    actor, claim = acting(ctx, here), Claim("add_passkey", "once", b"body")
    answer = PasskeyAnswer(Authenticator().register(factors.begin_passkey(ctx, actor, ORIGIN)), ORIGIN)
    (made, _), _ = factors.add_passkey(ctx, actor, here, "key", answer, claim)
    (again, _), replayed = factors.add_passkey(ctx, actor, here, "key", answer, claim)
    assert (again, replayed) == (made, True)
    factors.remove_passkey(ctx, actor, made.id)
    with pytest.raises(Conflict, match="has been deleted"):
        factors.add_passkey(ctx, actor, here, "key", answer, claim)


RUBBISH: list[dict[str, Any]] = [
    {},
    {"rawId": 1},
    {"id": "", "rawId": "", "response": {}},
    {"id": "a", "rawId": "a", "response": {"clientDataJSON": "!!!"}},
    {"id": "a", "rawId": "a", "type": "public-key", "response": {"clientDataJSON": "e30", "signature": None}},
    {"id": "é", "rawId": "é", "response": []},
]


@pytest.mark.parametrize("credential", RUBBISH)
def test_what_is_no_answer_of_an_authenticator_is_refused(ctx: Context, credential: dict[str, Any]) -> None:
    user = make_user(ctx)
    _, here = with_passkey(ctx, user)
    answer = PasskeyAnswer(credential, ORIGIN)
    with pytest.raises(
        (InvalidInput, SignInFailed),
        match=r"Incorrect username, password, or second factor|is not a valid response to the challenge",
    ):
        second_step.sign_in_by_passkey(ctx, VISITOR, answer, "browser")
    with pytest.raises((InvalidInput, SignInFailed), match="is not a valid response to the challenge"):
        go_on(ctx, enter(ctx, user), passkey=answer)
    with pytest.raises(InvalidInput, match="is not a valid response to the challenge"):
        factors.add_passkey(ctx, acting(ctx, here), here, "key", answer)


def test_a_passkey_is_renamed_and_removed_by_its_user_only(ctx: Context) -> None:
    user, other = make_user(ctx), make_user(ctx)
    _, here = with_passkey(ctx, user)
    actor, stranger = acting(ctx, here), acting(ctx, enter(ctx, other))
    (passkey,) = factors.show_own(ctx, actor).passkeys
    assert factors.rename_passkey(ctx, actor, passkey.id, "phone").name == "phone"
    for change in (
        lambda: factors.rename_passkey(ctx, stranger, passkey.id, "x"),
        lambda: factors.remove_passkey(ctx, stranger, passkey.id),
    ):
        with pytest.raises(NotFound, match=r"Passkey .* not found"):
            change()
    with pytest.raises(InvalidInput, match="name: must have 1 to 100 printable characters"):
        factors.rename_passkey(ctx, actor, passkey.id, " ")
    factors.remove_passkey(ctx, actor, passkey.id)
    assert enter(ctx, user).session.stage is Stage.ACTIVE


def test_a_passkey_proves_once_more_who_it_is(ctx: Context, clock: FrozenClock) -> None:
    key, here = with_passkey(ctx, make_user(ctx))
    clock.advance(timedelta(minutes=6))
    stale = acting(ctx, here)
    with pytest.raises(FreshAuthenticationRequired, match="This operation requires recent authentication"):
        access.require(stale, Permission.USER_MANAGE)
    options = second_step.get_passkey_options(ctx, VISITOR, here, ORIGIN)
    wrong = PasskeyAnswer(Authenticator(user_handle=key.user_handle).sign(options), ORIGIN)
    with pytest.raises(SignInFailed, match="Incorrect username, password, or second factor"):
        sign_in.reauthenticate(ctx, stale, here, wrong)
    options = second_step.get_passkey_options(ctx, VISITOR, here, ORIGIN)
    fresh = sign_in.reauthenticate(ctx, stale, here, PasskeyAnswer(key.sign(options), ORIGIN))
    access.require(acting(ctx, fresh), Permission.USER_MANAGE)


def test_the_origins_of_passkeys_are_configured_and_not_what_a_request_says(ctx: Context) -> None:
    config = replace(ctx.config, public_url="https://pki.example.com", origins=("https://pki.example.com:8443",))
    configured = replace(ctx, config=config)
    for origin in ("https://pki.example.com:9", "http://pki.example.com", "https://evil.example", "null", ""):
        assert factors.get_relying_party(configured, origin).origins == ("https://pki.example.com",)
    accepted = factors.get_relying_party(configured, "https://pki.example.com:8443").origins
    assert accepted == ("https://pki.example.com", "https://pki.example.com:8443")
