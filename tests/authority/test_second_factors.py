"""One-time codes and recovery codes, and what holds for second factors of every kind, on both engines."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.people import factors, guesses, invitations, second_step, sessions, sign_in
from pki_manager.authority.people.factors import PasskeyAnswer
from pki_manager.authority.people.second_step import Proof
from pki_manager.authority.people.sessions import SignedIn
from pki_manager.domain.errors import (
    Conflict,
    Fault,
    Forbidden,
    FreshAuthenticationRequired,
    InvalidInput,
    PkiError,
    SignInFailed,
    TooManyAttempts,
)
from pki_manager.domain.people.session import Stage
from pki_manager.domain.people.user import User
from pki_manager.domain.rights.actor import Role
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.storage.storage import SqlStorage
from tests.authority.test_people import actions, at_once, enter
from tests.conftest import OpenStorage
from tests.fakes.clock import FrozenClock
from tests.support.authenticator import ORIGIN, Authenticator
from tests.support.factories import ADMIN, make_authority, with_ports
from tests.support.people import PASSWORD, VISITOR, acting, make_user, secret_of, shown


@pytest.fixture
def ctx(tmp_path: Any, storage: SqlStorage, clock: FrozenClock) -> Context:
    """Without a hierarchy: people need none."""
    return make_authority(tmp_path, storage, clock)


def with_totp(ctx: Context, clock: FrozenClock, role: Role = Role.AUDITOR) -> tuple[User, str]:
    """A user and the secret of the codes; a step later, so that the first code is not the one used to confirm."""
    user = make_user(ctx, role)
    here = enter(ctx, user)
    secret = factors.prepare_totp(ctx, acting(ctx, here)).secret
    factors.confirm_totp(ctx, acting(ctx, here), here, shown(secret, clock))
    clock.advance(timedelta(seconds=30))
    return user, secret


def with_passkey(ctx: Context, user: User, key: Authenticator | None = None) -> tuple[Authenticator, SignedIn]:
    key = key or Authenticator()
    here = enter(ctx, user)
    actor = acting(ctx, here)
    answer = PasskeyAnswer(key.register(factors.begin_passkey(ctx, actor, ORIGIN)), ORIGIN)
    (_, renewed), _ = factors.add_passkey(ctx, actor, here, "laptop", answer)
    return key, renewed


def go_on(ctx: Context, waiting: SignedIn, **proof: Any) -> SignedIn:
    return second_step.complete_sign_in(ctx, VISITOR, waiting, Proof(**proof))


def test_with_a_code_a_password_is_half_of_it(ctx: Context, clock: FrozenClock) -> None:
    user, secret = with_totp(ctx, clock)
    waiting = enter(ctx, user)
    assert waiting.session.stage is Stage.SECOND_FACTOR
    assert acting(ctx, waiting) == VISITOR
    assert second_step.list_offered_factors(ctx, waiting) == ("totp",)
    entered = go_on(ctx, waiting, totp=shown(secret, clock))
    assert (entered.session.stage, entered.session.method) == (Stage.ACTIVE, "password+totp")
    assert acting(ctx, entered).roles == ("auditor",)
    assert sessions.recognize(ctx, waiting.secret) is None
    assert actions(ctx)[-2:] == ["login.begun", "login.succeeded"]
    with pytest.raises(Conflict, match="The session does not require a second factor"):
        go_on(ctx, entered, totp=shown(secret, clock, 1))


def test_a_half_made_sign_in_ends_soon(ctx: Context, clock: FrozenClock) -> None:
    user, _ = with_totp(ctx, clock)
    waiting = enter(ctx, user)
    clock.advance(timedelta(minutes=5))
    assert sessions.recognize(ctx, waiting.secret) is None


def test_aut_12_a_code_is_good_once_however_it_is_typed(ctx: Context, clock: FrozenClock) -> None:
    user, secret = with_totp(ctx, clock)
    now = shown(secret, clock)
    go_on(ctx, enter(ctx, user), totp=f"{now[:3]} {now[3:]}")
    for number, again in enumerate((now, f" {now}", f"{now[:3]} {now[3:]}", shown(secret, clock, -1))):
        waiting = enter(ctx, user, peer=f"192.0.2.{100 + number}")
        with pytest.raises(SignInFailed, match="Incorrect username, password, or second factor"):
            go_on(ctx, waiting, totp=again)
        clock.advance(timedelta(seconds=1))
    go_on(ctx, enter(ctx, user), totp=shown(secret, clock, 1))
    with pytest.raises(SignInFailed, match="Incorrect username, password, or second factor"):
        go_on(ctx, enter(ctx, user), totp=now)


def test_a_code_is_good_a_step_before_and_after_its_time(ctx: Context, clock: FrozenClock) -> None:
    user, secret = with_totp(ctx, clock)
    clock.advance(timedelta(hours=1))
    for steps in (-2, 2):
        with pytest.raises(SignInFailed, match="Incorrect username, password, or second factor"):
            go_on(ctx, enter(ctx, user), totp=shown(secret, clock, steps))
    for steps in (-1, 1):
        go_on(ctx, enter(ctx, user), totp=shown(secret, clock, steps))


@pytest.mark.parametrize("wrong", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12345\u0666", "000000 0"])
def test_what_is_no_code_is_wrong(ctx: Context, clock: FrozenClock, wrong: str) -> None:
    user, _ = with_totp(ctx, clock)
    with pytest.raises(SignInFailed, match="Incorrect username, password, or second factor"):
        go_on(ctx, enter(ctx, user), totp=wrong)


@pytest.mark.parametrize("processes", [1, 2])
def test_aut_12_of_twenty_that_use_one_code_at_once_one_comes_in(
    ctx: Context, clock: FrozenClock, processes: int, open_storage: OpenStorage
) -> None:
    user, secret = with_totp(ctx, clock)
    others = [ctx] + [
        with_ports(ctx, storage=open_storage(chain=f"host/worker-{number}")) for number in range(2, processes + 1)
    ]
    # Each from where it is free to fail, so that it is the code alone that stops them.
    waiting = [enter(ctx, user, peer=f"192.0.2.{number}") for number in range(20)]
    now = shown(secret, clock)

    def take(number: int) -> Callable[[], object]:
        visitor = replace(VISITOR, peer=f"192.0.2.{number}")
        return lambda: second_step.complete_sign_in(
            others[number % processes], visitor, waiting[number], Proof(totp=now)
        )

    came = at_once([take(number) for number in range(20)])
    assert len([one for one in came if isinstance(one, SignedIn)]) == 1
    assert len([one for one in came if isinstance(one, SignInFailed | TooManyAttempts)]) == 19


def test_who_knows_the_password_cannot_guess_at_codes_without_end(ctx: Context, clock: FrozenClock) -> None:
    user, _ = with_totp(ctx, clock)
    for _ in range(3):
        waiting = enter(ctx, user)
        with pytest.raises(SignInFailed, match="Incorrect username, password, or second factor"):
            go_on(ctx, waiting, totp="000000")
    with pytest.raises(TooManyAttempts, match="Too many attempts"):
        enter(ctx, user)


def test_the_secret_is_told_once_and_lies_sealed(ctx: Context, clock: FrozenClock) -> None:
    here = enter(ctx, make_user(ctx))
    actor = acting(ctx, here)
    made = factors.prepare_totp(ctx, actor)
    query = parse_qs(urlsplit(made.uri).query)
    assert made.uri.startswith("otpauth://totp/")
    assert query["secret"][0].rstrip("=") == made.secret.rstrip("=")
    assert made.picture.startswith("<svg ")
    plain = base64.b32decode(made.secret)
    with ctx.ports.storage.read() as reader:
        kept = reader.factors.find_totp(here.user.id)
    assert kept is not None
    assert plain not in kept.sealed
    assert ctx.ports.factors.sealer.open(kept.sealed, here.user.id.bytes) == plain
    with pytest.raises(Fault, match="A sealed secret in the database was altered"):
        ctx.ports.factors.sealer.open(kept.sealed, make_user(ctx).id.bytes)


def test_a_secret_counts_from_its_first_right_code_on(ctx: Context, clock: FrozenClock) -> None:
    user = make_user(ctx)
    here = enter(ctx, user)
    actor = acting(ctx, here)
    with pytest.raises(Conflict, match="There is no new TOTP secret to confirm"):
        factors.confirm_totp(ctx, actor, here, "123456")
    old = factors.prepare_totp(ctx, actor).secret
    assert enter(ctx, user).session.stage is Stage.ACTIVE
    new = factors.prepare_totp(ctx, actor).secret
    with pytest.raises(InvalidInput, match="is not the current code of the authenticator app"):
        factors.confirm_totp(ctx, actor, here, shown(old, clock))
    factors.confirm_totp(ctx, actor, here, shown(new, clock))
    assert enter(ctx, user).session.stage is Stage.SECOND_FACTOR
    with pytest.raises(Conflict, match="One-time codes are already set up"):
        factors.prepare_totp(ctx, actor)
    factors.remove_totp(ctx, actor)
    assert enter(ctx, user).session.stage is Stage.ACTIVE
    with pytest.raises(Conflict, match="The authenticator app is not set up"):
        factors.remove_totp(ctx, actor)


def test_aut_12_recovery_codes_are_hashed_and_good_once(ctx: Context, clock: FrozenClock) -> None:
    user, secret = with_totp(ctx, clock)
    here = go_on(ctx, enter(ctx, user), totp=shown(secret, clock))
    actor = acting(ctx, here)
    old = factors.create_recovery_codes(ctx, actor)
    codes = factors.create_recovery_codes(ctx, actor)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"[a-z2-7]{4}(-[a-z2-7]{4}){3}", one) for one in codes)
    with pytest.raises(SignInFailed, match="Incorrect username, password, or second factor"):
        go_on(ctx, enter(ctx, user), recovery_code=old[0])
    entered = go_on(ctx, enter(ctx, user), recovery_code=f" {codes[0].upper().replace('-', ' ')} ")
    assert entered.session.method == "password+recovery_code"
    with pytest.raises(SignInFailed, match="Incorrect username, password, or second factor"):
        go_on(ctx, enter(ctx, user), recovery_code=codes[0])
    assert factors.show_own(ctx, actor).recovery_codes == 9


def test_recovery_codes_stand_in_for_a_factor_that_there_is(ctx: Context) -> None:
    here = enter(ctx, make_user(ctx))
    with pytest.raises(Conflict, match="Recovery codes require a second factor"):
        factors.create_recovery_codes(ctx, acting(ctx, here))


def test_changing_factors_wants_a_fresh_proof(ctx: Context, clock: FrozenClock) -> None:
    _, here = with_passkey(ctx, make_user(ctx))
    clock.advance(timedelta(minutes=6))
    stale = acting(ctx, here)
    asks: list[Callable[[], object]] = [
        lambda: factors.prepare_totp(ctx, stale),
        lambda: factors.remove_totp(ctx, stale),
        lambda: factors.begin_passkey(ctx, stale, ORIGIN),
        lambda: factors.create_recovery_codes(ctx, stale),
    ]
    for ask in asks:
        with pytest.raises(FreshAuthenticationRequired, match="This operation requires recent authentication"):
            ask()


def test_a_role_can_demand_a_second_factor(ctx: Context, clock: FrozenClock) -> None:
    """Its users set one up at their next sign-in, and can do nothing else before; nor take the last one away."""
    config = replace(ctx.config, second_factor_roles=frozenset({Role.ADMINISTRATOR}))
    strict = replace(ctx, config=config)
    user, other = make_user(ctx), make_user(ctx, Role.AUDITOR)
    assert enter(strict, other).session.stage is Stage.ACTIVE
    here = enter(strict, user)
    assert here.session.stage is Stage.SECOND_FACTOR_SETUP
    actor = acting(strict, here)
    with pytest.raises(Forbidden, match="Requires the permission `ca:read`"):
        access.require(actor, Permission.CA_READ)
    here = sign_in.change_password(strict, actor, here, PASSWORD, "another long passphrase")
    here = sign_in.reauthenticate(strict, actor, here, "another long passphrase")
    assert here.session.stage is Stage.SECOND_FACTOR_SETUP
    secret = factors.prepare_totp(strict, actor).secret
    here = factors.confirm_totp(strict, actor, here, shown(secret, clock))
    assert here.session.stage is Stage.ACTIVE
    actor = acting(strict, here)
    access.require(actor, Permission.CA_READ)
    with pytest.raises(Conflict, match="requires a second factor"):
        factors.remove_totp(strict, actor)
    assert factors.show_own(strict, actor).totp


def test_a_link_for_a_lost_password_does_not_stand_in_for_the_second_factor(ctx: Context, clock: FrozenClock) -> None:
    user, _ = with_totp(ctx, clock)
    link, _ = invitations.invite(ctx, ADMIN, user.login)
    came = invitations.accept(ctx, VISITOR, secret_of(link.url), PASSWORD, "browser")
    assert came.session.stage is Stage.SECOND_FACTOR


def test_an_administrator_takes_away_factors_that_were_lost(ctx: Context, clock: FrozenClock) -> None:
    user, secret = with_totp(ctx, clock)
    here = go_on(ctx, enter(ctx, user), totp=shown(secret, clock))
    (codes) = factors.create_recovery_codes(ctx, acting(ctx, here))
    factors.reset_factors(ctx, ADMIN, user.login)
    assert sessions.recognize(ctx, here.secret) is None
    entered = enter(ctx, user)
    assert entered.session.stage is Stage.ACTIVE
    assert factors.show_own(ctx, acting(ctx, entered)).recovery_codes == 0
    assert codes
    with pytest.raises(PkiError, match="Requires the permission `user:manage`"):
        factors.reset_factors(ctx, acting(ctx, entered), user.login)


def guess(ctx: Context, clock: FrozenClock, user: User, number: int) -> None:
    """So many sign-ins with the right password and a wrong code, far enough apart for the limits."""
    for _ in range(number):
        clock.advance(timedelta(hours=2))
        with pytest.raises(SignInFailed, match="Incorrect username, password, or second factor"):
            go_on(ctx, enter(ctx, user), totp="000000")


def test_a_user_is_notified_of_wrong_second_factors_until_the_password_changes(
    ctx: Context, clock: FrozenClock
) -> None:
    user, secret = with_totp(ctx, clock)
    other = make_user(ctx)
    guess(ctx, clock, user, 2)
    assert guesses.list_guesses(ctx, user.id) is None
    guess(ctx, clock, user, 1)
    assert guesses.list_guesses(ctx, user.id) == guesses.Guesses(3, clock.now())
    assert guesses.list_guesses(ctx, other.id) is None
    clock.advance(timedelta(hours=2))
    here = go_on(ctx, enter(ctx, user), totp=shown(secret, clock))
    assert guesses.list_guesses(ctx, user.id) is not None, "the user has to see it after the next sign-in"
    sign_in.change_password(ctx, acting(ctx, here), here, PASSWORD, "another long passphrase")
    assert guesses.list_guesses(ctx, user.id) is None


def test_a_few_wrong_codes_before_the_right_one_are_forgotten(ctx: Context, clock: FrozenClock) -> None:
    user, secret = with_totp(ctx, clock)
    for _ in range(3):
        guess(ctx, clock, user, 2)
        clock.advance(timedelta(hours=2))
        go_on(ctx, enter(ctx, user), totp=shown(secret, clock))
    assert guesses.list_guesses(ctx, user.id) is None


def test_the_notice_ends_thirty_days_after_the_last_wrong_code(ctx: Context, clock: FrozenClock) -> None:
    user, _ = with_totp(ctx, clock)
    guess(ctx, clock, user, 3)
    with ctx.ports.storage.housekeep() as uow:
        uow.throttle.prune(clock.now() + timedelta(days=29))
    clock.advance(timedelta(days=30))
    assert guesses.list_guesses(ctx, user.id) is not None
    clock.advance(timedelta(seconds=1))
    assert guesses.list_guesses(ctx, user.id) is None


def test_repeated_wrong_codes_are_audit_events_of_their_own_and_a_metric(ctx: Context, clock: FrozenClock) -> None:
    user, _ = with_totp(ctx, clock)
    guess(ctx, clock, user, 12)
    assert actions(ctx).count("user.second_factor_guessed") == 3, "the third, sixth, and twelfth"
    assert actions(ctx).count("login.failed") == 12
    assert ctx.state.second_factor_failures.count == 12
