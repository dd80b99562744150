"""Passkeys, on both engines, by an authenticator in software."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pki_manager.authority.kernel.context import Authority
from pki_manager.authority.people import factors, second_step, sign_in
from pki_manager.authority.people.factors import Answer
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
from tests.authenticator import ORIGIN, Authenticator
from tests.authority.test_people import actions, at_once, enter
from tests.authority.test_second_factors import go_on, with_passkey
from tests.factories import make_authority
from tests.fakes.clock import FrozenClock
from tests.people import VISITOR, acting, make_user


@pytest.fixture
def authority(tmp_path: Any, storage: SqlStorage, clock: FrozenClock) -> Authority:
    """Without a hierarchy: people need none."""
    return make_authority(tmp_path, storage, clock)


def test_a_passkey_is_a_second_factor_and_a_way_in_of_its_own(authority: Authority) -> None:
    user = make_user(authority, Role.AUDITOR)
    key, _ = with_passkey(authority, user)
    waiting = enter(authority, user)
    assert second_step.offered(authority, waiting) == ("passkey",)
    options = second_step.passkey_options(authority, VISITOR, waiting, ORIGIN)
    assert len(options["allowCredentials"]) == 1
    entered = go_on(authority, waiting, passkey=Answer(key.sign(options), ORIGIN))
    assert entered.session.method == "password+passkey"
    alone = second_step.passkey_options(authority, VISITOR, None, ORIGIN)
    assert alone["allowCredentials"] == []
    opened = second_step.sign_in_by_passkey(authority, VISITOR, Answer(key.sign(alone), ORIGIN), "browser")
    assert (opened.user.id, opened.session.stage, opened.session.method) == (user.id, Stage.ACTIVE, "passkey")
    assert acting(authority, opened).roles == ("auditor",)


def by_passkey(authority: Authority, key: Authenticator, options: dict[str, Any] | None = None) -> SignedIn:
    asked = options or second_step.passkey_options(authority, VISITOR, None, ORIGIN)
    return second_step.sign_in_by_passkey(authority, VISITOR, Answer(key.sign(asked), key.origin), "browser")


def test_a_challenge_is_answered_once_in_time_and_for_what_it_was_made(
    authority: Authority, clock: FrozenClock
) -> None:
    user, other = make_user(authority), make_user(authority)
    key, here = with_passkey(authority, user)
    options = second_step.passkey_options(authority, VISITOR, None, ORIGIN)
    by_passkey(authority, key, options)
    late = second_step.passkey_options(authority, VISITOR, None, ORIGIN)
    registering = factors.begin_passkey(authority, acting(authority, here), ORIGIN)
    anothers = second_step.passkey_options(authority, VISITOR, enter(authority, other), ORIGIN)
    for wrong in (options, {**late, "challenge": registering["challenge"]}, anothers):
        with pytest.raises(SignInFailed):
            by_passkey(authority, key, wrong)
    clock.advance(timedelta(minutes=5))
    with pytest.raises(SignInFailed):
        by_passkey(authority, key, late)


def test_an_answer_of_another_origin_an_unverified_user_a_wrong_key_or_an_old_counter_is_none(
    authority: Authority,
) -> None:
    user = make_user(authority)
    key, _ = with_passkey(authority, user)
    by_passkey(authority, key)
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
        with pytest.raises(SignInFailed):
            by_passkey(authority, one)
        by_passkey(authority, key)
    assert actions(authority).count("login.failed") == len(wrong)


def test_of_twenty_that_show_one_answer_at_once_one_comes_in(authority: Authority) -> None:
    key, _ = with_passkey(authority, make_user(authority))
    answer = Answer(key.sign(second_step.passkey_options(authority, VISITOR, None, ORIGIN)), ORIGIN)

    def show(number: int) -> Callable[[], object]:
        visitor = replace(VISITOR, peer=f"192.0.2.{number}")
        return lambda: second_step.sign_in_by_passkey(authority, visitor, answer, "browser")

    came = at_once([show(number) for number in range(20)])
    assert len([one for one in came if isinstance(one, SignedIn)]) == 1


def test_registering_needs_an_open_challenge_a_verified_user_and_our_origin(authority: Authority) -> None:
    here = enter(authority, make_user(authority))
    actor = acting(authority, here)
    for key in (Authenticator(origin="https://evil.example"), Authenticator(verifies=False)):
        made = key.register(factors.begin_passkey(authority, actor, ORIGIN))
        with pytest.raises(InvalidInput):
            factors.add_passkey(authority, actor, here, "key", Answer(made, key.origin))
    key = Authenticator()
    made = key.register(factors.begin_passkey(authority, actor, ORIGIN))
    (_, here), _ = factors.add_passkey(authority, actor, here, "key", Answer(made, ORIGIN))
    with pytest.raises(InvalidInput, match="open"):
        factors.add_passkey(authority, actor, here, "key", Answer(made, ORIGIN))
    again = key.register(factors.begin_passkey(authority, actor, ORIGIN))
    with pytest.raises(Conflict):
        factors.add_passkey(authority, actor, here, "key", Answer(again, ORIGIN))


def test_a_passkey_under_an_idempotency_key_is_registered_once_and_told_to_be_gone_when_removed(
    authority: Authority,
) -> None:
    _, here = with_passkey(authority, make_user(authority))
    actor, claim = acting(authority, here), Claim("add_passkey", "once", b"body")
    answer = Answer(Authenticator().register(factors.begin_passkey(authority, actor, ORIGIN)), ORIGIN)
    (made, _), _ = factors.add_passkey(authority, actor, here, "key", answer, claim)
    (again, _), replayed = factors.add_passkey(authority, actor, here, "key", answer, claim)
    assert (again, replayed) == (made, True)
    factors.remove_passkey(authority, actor, made.id)
    with pytest.raises(Conflict, match="not there any more"):
        factors.add_passkey(authority, actor, here, "key", answer, claim)


RUBBISH: list[dict[str, Any]] = [
    {},
    {"rawId": 1},
    {"id": "", "rawId": "", "response": {}},
    {"id": "a", "rawId": "a", "response": {"clientDataJSON": "!!!"}},
    {"id": "a", "rawId": "a", "type": "public-key", "response": {"clientDataJSON": "e30", "signature": None}},
    {"id": "é", "rawId": "é", "response": []},
]


@pytest.mark.parametrize("credential", RUBBISH)
def test_what_is_no_answer_of_an_authenticator_is_refused(authority: Authority, credential: dict[str, Any]) -> None:
    user = make_user(authority)
    _, here = with_passkey(authority, user)
    answer = Answer(credential, ORIGIN)
    with pytest.raises((InvalidInput, SignInFailed)):
        second_step.sign_in_by_passkey(authority, VISITOR, answer, "browser")
    with pytest.raises((InvalidInput, SignInFailed)):
        go_on(authority, enter(authority, user), passkey=answer)
    with pytest.raises(InvalidInput):
        factors.add_passkey(authority, acting(authority, here), here, "key", answer)


def test_a_passkey_is_renamed_and_removed_by_its_user_only(authority: Authority) -> None:
    user, other = make_user(authority), make_user(authority)
    _, here = with_passkey(authority, user)
    actor, stranger = acting(authority, here), acting(authority, enter(authority, other))
    (passkey,) = factors.show_own(authority, actor).passkeys
    assert factors.rename_passkey(authority, actor, passkey.id, "phone").name == "phone"
    for change in (
        lambda: factors.rename_passkey(authority, stranger, passkey.id, "x"),
        lambda: factors.remove_passkey(authority, stranger, passkey.id),
    ):
        with pytest.raises(NotFound):
            change()
    with pytest.raises(InvalidInput):
        factors.rename_passkey(authority, actor, passkey.id, " ")
    factors.remove_passkey(authority, actor, passkey.id)
    assert enter(authority, user).session.stage is Stage.ACTIVE


def test_a_passkey_proves_once_more_who_it_is(authority: Authority, clock: FrozenClock) -> None:
    key, here = with_passkey(authority, make_user(authority))
    clock.advance(timedelta(minutes=6))
    stale = acting(authority, here)
    with pytest.raises(FreshAuthenticationRequired):
        access.require(stale, Permission.USER_MANAGE)
    options = second_step.passkey_options(authority, VISITOR, here, ORIGIN)
    wrong = Answer(Authenticator(user_handle=key.user_handle).sign(options), ORIGIN)
    with pytest.raises(SignInFailed):
        sign_in.reauthenticate(authority, stale, here, wrong)
    options = second_step.passkey_options(authority, VISITOR, here, ORIGIN)
    fresh = sign_in.reauthenticate(authority, stale, here, Answer(key.sign(options), ORIGIN))
    access.require(acting(authority, fresh), Permission.USER_MANAGE)


def test_the_origins_of_passkeys_are_configured_and_not_what_a_request_says(authority: Authority) -> None:
    config = replace(authority.config, public_url="https://pki.example.com", origins=("https://pki.example.com:8443",))
    configured = replace(authority, config=config)
    for origin in ("https://pki.example.com:9", "http://pki.example.com", "https://evil.example", "null", ""):
        assert factors.party_of(configured, origin).origins == ("https://pki.example.com",)
    accepted = factors.party_of(configured, "https://pki.example.com:8443").origins
    assert accepted == ("https://pki.example.com", "https://pki.example.com:8443")
