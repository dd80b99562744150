"""One-time codes, passkeys and recovery codes, on both engines; passkeys by an authenticator in software."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pki_manager.authority import factors, invitations, second_step, sessions, sign_in
from pki_manager.authority.context import Authority
from pki_manager.authority.factors import Answer
from pki_manager.authority.second_step import Proof
from pki_manager.authority.sessions import SignedIn
from pki_manager.domain.actor import Role
from pki_manager.domain.errors import (
    Conflict,
    Fault,
    Forbidden,
    FreshAuthenticationRequired,
    InvalidInput,
    NotFound,
    PkiError,
    SignInFailed,
    TooManyAttempts,
)
from pki_manager.domain.session import Stage
from pki_manager.domain.user import User
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Claim
from pki_manager.storage.storage import SqlStorage
from tests.authenticator import ORIGIN, Authenticator
from tests.authority.test_people import actions, at_once, enter
from tests.conftest import OpenStorage
from tests.factories import ADMIN, make_authority
from tests.fakes.clock import FrozenClock
from tests.people import PASSWORD, VISITOR, acting, make_user, secret_of, shown


@pytest.fixture
def authority(tmp_path: Any, storage: SqlStorage, clock: FrozenClock) -> Authority:
    """Without a hierarchy: people need none."""
    return make_authority(tmp_path, storage, clock)


def with_totp(authority: Authority, clock: FrozenClock, role: Role = Role.AUDITOR) -> tuple[User, str]:
    """A user and the secret of the codes; a step later, so that the first code is not the one used to confirm."""
    user = make_user(authority, role)
    here = enter(authority, user)
    secret = factors.prepare_totp(authority, acting(authority, here)).secret
    factors.confirm_totp(authority, acting(authority, here), here, shown(secret, clock))
    clock.advance(timedelta(seconds=30))
    return user, secret


def with_passkey(authority: Authority, user: User, key: Authenticator | None = None) -> tuple[Authenticator, SignedIn]:
    key = key or Authenticator()
    here = enter(authority, user)
    actor = acting(authority, here)
    answer = Answer(key.register(factors.begin_passkey(authority, actor, ORIGIN)), ORIGIN)
    (_, renewed), _ = factors.add_passkey(authority, actor, here, "laptop", answer)
    return key, renewed


def go_on(authority: Authority, waiting: SignedIn, **proof: Any) -> SignedIn:
    return second_step.second_step(authority, VISITOR, waiting, Proof(**proof))


def test_with_a_code_a_password_is_half_of_it(authority: Authority, clock: FrozenClock) -> None:
    user, secret = with_totp(authority, clock)
    waiting = enter(authority, user)
    assert waiting.session.stage is Stage.SECOND_FACTOR
    assert acting(authority, waiting) == VISITOR
    assert second_step.offered(authority, waiting) == ("totp",)
    entered = go_on(authority, waiting, totp=shown(secret, clock))
    assert (entered.session.stage, entered.session.method) == (Stage.ACTIVE, "password+totp")
    assert acting(authority, entered).roles == ("auditor",)
    assert sessions.recognise(authority, waiting.secret) is None
    assert actions(authority)[-2:] == ["login.begun", "login.succeeded"]
    with pytest.raises(Conflict):
        go_on(authority, entered, totp=shown(secret, clock, 1))


def test_a_half_made_sign_in_ends_soon(authority: Authority, clock: FrozenClock) -> None:
    user, _ = with_totp(authority, clock)
    waiting = enter(authority, user)
    clock.advance(timedelta(minutes=5))
    assert sessions.recognise(authority, waiting.secret) is None


def test_aut_12_a_code_is_good_once_however_it_is_typed(authority: Authority, clock: FrozenClock) -> None:
    user, secret = with_totp(authority, clock)
    now = shown(secret, clock)
    go_on(authority, enter(authority, user), totp=f"{now[:3]} {now[3:]}")
    for number, again in enumerate((now, f" {now}", f"{now[:3]} {now[3:]}", shown(secret, clock, -1))):
        waiting = enter(authority, user, peer=f"192.0.2.{100 + number}")
        with pytest.raises(SignInFailed):
            go_on(authority, waiting, totp=again)
        clock.advance(timedelta(seconds=1))
    go_on(authority, enter(authority, user), totp=shown(secret, clock, 1))
    with pytest.raises(SignInFailed):
        go_on(authority, enter(authority, user), totp=now)


def test_a_code_is_good_a_step_before_and_after_its_time(authority: Authority, clock: FrozenClock) -> None:
    user, secret = with_totp(authority, clock)
    clock.advance(timedelta(hours=1))
    for steps in (-2, 2):
        with pytest.raises(SignInFailed):
            go_on(authority, enter(authority, user), totp=shown(secret, clock, steps))
    for steps in (-1, 1):
        go_on(authority, enter(authority, user), totp=shown(secret, clock, steps))


@pytest.mark.parametrize("wrong", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12345\u0666", "000000 0"])
def test_what_is_no_code_is_wrong(authority: Authority, clock: FrozenClock, wrong: str) -> None:
    user, _ = with_totp(authority, clock)
    with pytest.raises(SignInFailed):
        go_on(authority, enter(authority, user), totp=wrong)


@pytest.mark.parametrize("processes", [1, 2])
def test_aut_12_of_twenty_that_use_one_code_at_once_one_comes_in(
    authority: Authority, clock: FrozenClock, processes: int, open_storage: OpenStorage
) -> None:
    user, secret = with_totp(authority, clock)
    others = [authority] + [
        replace(authority, storage=open_storage(chain=f"host/worker-{number}")) for number in range(2, processes + 1)
    ]
    # Each from where it is free to fail, so that it is the code alone that stops them.
    waiting = [enter(authority, user, peer=f"192.0.2.{number}") for number in range(20)]
    now = shown(secret, clock)

    def take(number: int) -> Callable[[], object]:
        visitor = replace(VISITOR, peer=f"192.0.2.{number}")
        return lambda: second_step.second_step(others[number % processes], visitor, waiting[number], Proof(totp=now))

    came = at_once([take(number) for number in range(20)])
    assert len([one for one in came if isinstance(one, SignedIn)]) == 1
    assert len([one for one in came if isinstance(one, SignInFailed)]) == 19


def test_who_knows_the_password_cannot_guess_at_codes_without_end(authority: Authority, clock: FrozenClock) -> None:
    user, _ = with_totp(authority, clock)
    for _ in range(3):
        waiting = enter(authority, user)
        with pytest.raises(SignInFailed):
            go_on(authority, waiting, totp="000000")
    with pytest.raises(TooManyAttempts):
        enter(authority, user)


def test_the_secret_is_told_once_and_lies_sealed(authority: Authority, clock: FrozenClock) -> None:
    here = enter(authority, make_user(authority))
    actor = acting(authority, here)
    made = factors.prepare_totp(authority, actor)
    query = parse_qs(urlsplit(made.uri).query)
    assert made.uri.startswith("otpauth://totp/")
    assert query["secret"][0].rstrip("=") == made.secret.rstrip("=")
    assert made.picture.startswith("<svg ")
    plain = base64.b32decode(made.secret)
    with authority.storage.read() as reader:
        kept = reader.factors.totp(here.user.id)
    assert kept is not None
    assert plain not in kept.sealed
    assert authority.factors.sealer.open(kept.sealed, here.user.id.bytes) == plain
    with pytest.raises(Fault):
        authority.factors.sealer.open(kept.sealed, make_user(authority).id.bytes)


def test_a_secret_counts_from_its_first_right_code_on(authority: Authority, clock: FrozenClock) -> None:
    user = make_user(authority)
    here = enter(authority, user)
    actor = acting(authority, here)
    with pytest.raises(Conflict):
        factors.confirm_totp(authority, actor, here, "123456")
    old = factors.prepare_totp(authority, actor).secret
    assert enter(authority, user).session.stage is Stage.ACTIVE
    new = factors.prepare_totp(authority, actor).secret
    with pytest.raises(InvalidInput):
        factors.confirm_totp(authority, actor, here, shown(old, clock))
    factors.confirm_totp(authority, actor, here, shown(new, clock))
    assert enter(authority, user).session.stage is Stage.SECOND_FACTOR
    with pytest.raises(Conflict):
        factors.prepare_totp(authority, actor)
    factors.remove_totp(authority, actor)
    assert enter(authority, user).session.stage is Stage.ACTIVE
    with pytest.raises(Conflict):
        factors.remove_totp(authority, actor)


def test_aut_12_recovery_codes_are_hashed_and_good_once(authority: Authority, clock: FrozenClock) -> None:
    user, secret = with_totp(authority, clock)
    here = go_on(authority, enter(authority, user), totp=shown(secret, clock))
    actor = acting(authority, here)
    old = factors.make_recovery_codes(authority, actor)
    codes = factors.make_recovery_codes(authority, actor)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"[a-z2-7]{4}(-[a-z2-7]{4}){3}", one) for one in codes)
    with pytest.raises(SignInFailed):
        go_on(authority, enter(authority, user), recovery_code=old[0])
    entered = go_on(authority, enter(authority, user), recovery_code=f" {codes[0].upper().replace('-', ' ')} ")
    assert entered.session.method == "password+recovery_code"
    with pytest.raises(SignInFailed):
        go_on(authority, enter(authority, user), recovery_code=codes[0])
    assert factors.show_own(authority, actor).recovery_codes == 9


def test_recovery_codes_stand_in_for_a_factor_that_there_is(authority: Authority) -> None:
    here = enter(authority, make_user(authority))
    with pytest.raises(Conflict):
        factors.make_recovery_codes(authority, acting(authority, here))


def test_a_passkey_is_a_second_factor_and_a_way_in_of_its_own(authority: Authority) -> None:
    user = make_user(authority, Role.AUDITOR)
    key, _ = with_passkey(authority, user)
    waiting = enter(authority, user)
    assert second_step.offered(authority, waiting) == ("passkey",)
    options = second_step.passkey_options(authority, waiting, ORIGIN)
    assert len(options["allowCredentials"]) == 1
    entered = go_on(authority, waiting, passkey=Answer(key.sign(options), ORIGIN))
    assert entered.session.method == "password+passkey"
    alone = second_step.passkey_options(authority, None, ORIGIN)
    assert alone["allowCredentials"] == []
    opened = second_step.sign_in_by_passkey(authority, VISITOR, Answer(key.sign(alone), ORIGIN), "browser")
    assert (opened.user.id, opened.session.stage, opened.session.method) == (user.id, Stage.ACTIVE, "passkey")
    assert acting(authority, opened).roles == ("auditor",)


def by_passkey(authority: Authority, key: Authenticator, options: dict[str, Any] | None = None) -> SignedIn:
    asked = options or second_step.passkey_options(authority, None, ORIGIN)
    return second_step.sign_in_by_passkey(authority, VISITOR, Answer(key.sign(asked), key.origin), "browser")


def test_a_challenge_is_answered_once_in_time_and_for_what_it_was_made(
    authority: Authority, clock: FrozenClock
) -> None:
    user, other = make_user(authority), make_user(authority)
    key, here = with_passkey(authority, user)
    options = second_step.passkey_options(authority, None, ORIGIN)
    by_passkey(authority, key, options)
    late = second_step.passkey_options(authority, None, ORIGIN)
    registering = factors.begin_passkey(authority, acting(authority, here), ORIGIN)
    anothers = second_step.passkey_options(authority, enter(authority, other), ORIGIN)
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
    answer = Answer(key.sign(second_step.passkey_options(authority, None, ORIGIN)), ORIGIN)

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
    options = second_step.passkey_options(authority, here, ORIGIN)
    wrong = Answer(Authenticator(user_handle=key.user_handle).sign(options), ORIGIN)
    with pytest.raises(SignInFailed):
        sign_in.reauthenticate(authority, stale, here, wrong)
    options = second_step.passkey_options(authority, here, ORIGIN)
    fresh = sign_in.reauthenticate(authority, stale, here, Answer(key.sign(options), ORIGIN))
    access.require(acting(authority, fresh), Permission.USER_MANAGE)


def test_changing_factors_wants_a_fresh_proof(authority: Authority, clock: FrozenClock) -> None:
    _, here = with_passkey(authority, make_user(authority))
    clock.advance(timedelta(minutes=6))
    stale = acting(authority, here)
    asks: list[Callable[[], object]] = [
        lambda: factors.prepare_totp(authority, stale),
        lambda: factors.remove_totp(authority, stale),
        lambda: factors.begin_passkey(authority, stale, ORIGIN),
        lambda: factors.make_recovery_codes(authority, stale),
    ]
    for ask in asks:
        with pytest.raises(FreshAuthenticationRequired):
            ask()


def test_a_role_can_demand_a_second_factor(authority: Authority, clock: FrozenClock) -> None:
    """Its users set one up at their next sign-in, and can do nothing else before; nor take the last one away."""
    config = replace(authority.config, second_factor_roles=frozenset({Role.ADMINISTRATOR}))
    strict = replace(authority, config=config)
    user, other = make_user(authority), make_user(authority, Role.AUDITOR)
    assert enter(strict, other).session.stage is Stage.ACTIVE
    here = enter(strict, user)
    assert here.session.stage is Stage.ENROLMENT
    actor = acting(strict, here)
    with pytest.raises(Forbidden):
        access.require(actor, Permission.CA_READ)
    here = sign_in.change_password(strict, actor, here, PASSWORD, "another long passphrase")
    here = sign_in.reauthenticate(strict, actor, here, "another long passphrase")
    assert here.session.stage is Stage.ENROLMENT
    secret = factors.prepare_totp(strict, actor).secret
    here = factors.confirm_totp(strict, actor, here, shown(secret, clock))
    assert here.session.stage is Stage.ACTIVE
    actor = acting(strict, here)
    access.require(actor, Permission.CA_READ)
    with pytest.raises(Conflict, match="demands"):
        factors.remove_totp(strict, actor)
    assert factors.show_own(strict, actor).totp


def test_a_link_for_a_lost_password_does_not_stand_in_for_the_second_factor(
    authority: Authority, clock: FrozenClock
) -> None:
    user, _ = with_totp(authority, clock)
    link, _ = invitations.invite(authority, ADMIN, user.login)
    came = invitations.accept(authority, VISITOR, secret_of(link.url), PASSWORD, "browser")
    assert came.session.stage is Stage.SECOND_FACTOR


def test_an_administrator_takes_away_factors_that_were_lost(authority: Authority, clock: FrozenClock) -> None:
    user, secret = with_totp(authority, clock)
    here = go_on(authority, enter(authority, user), totp=shown(secret, clock))
    (codes) = factors.make_recovery_codes(authority, acting(authority, here))
    factors.reset_factors(authority, ADMIN, user.login)
    assert sessions.recognise(authority, here.secret) is None
    entered = enter(authority, user)
    assert entered.session.stage is Stage.ACTIVE
    assert factors.show_own(authority, acting(authority, entered)).recovery_codes == 0
    assert codes
    with pytest.raises(PkiError):
        factors.reset_factors(authority, acting(authority, entered), user.login)
