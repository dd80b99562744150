"""Second factors."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.people import factors, second_step, sign_in
from pki_manager.authority.people.factors import PasskeyAnswer
from pki_manager.authority.people.second_step import Proof
from pki_manager.authority.people.sessions import SignedIn
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, SignInFailed
from pki_manager.domain.people.session import Stage
from pki_manager.domain.rights.actor import Role
from pki_manager.policy.access import Permission
from tests.fakes.clock import FrozenClock
from tests.support.authenticator import ORIGIN, Authenticator
from tests.support.factories import ADMIN
from tests.support.memory.events import POWERLESS, records, refuses
from tests.support.people import PASSWORD, VISITOR, acting, make_user, shown


@pytest.fixture
def here(ctx: Context) -> SignedIn:
    """A session of an auditor."""
    make_user(ctx, Role.AUDITOR, "alice")
    return sign_in.sign_in(ctx, VISITOR, "alice", PASSWORD, "browser")


@pytest.fixture
def secret(ctx: Context, here: SignedIn, clock: FrozenClock) -> str:
    """The secret of her authenticator app, in the time step after its confirmation."""
    prepared = factors.prepare_totp(ctx, acting(ctx, here))
    factors.confirm_totp(ctx, acting(ctx, here), here, shown(prepared.secret, clock))
    clock.advance(timedelta(seconds=30))
    return prepared.secret


def test_an_authenticator_app_counts_after_its_first_code(ctx: Context, here: SignedIn, clock: FrozenClock) -> None:
    with records(ctx, "totp.prepared"):
        prepared = factors.prepare_totp(ctx, acting(ctx, here))
    assert not factors.show_own(ctx, acting(ctx, here)).totp
    with records(ctx, "totp.enabled"):
        now = factors.confirm_totp(ctx, acting(ctx, here), here, shown(prepared.secret, clock))
    assert factors.show_own(ctx, acting(ctx, now)).totp
    with refuses(ctx, Conflict, "already set up"):
        factors.prepare_totp(ctx, acting(ctx, now))


def test_a_sign_in_goes_on_with_a_code(ctx: Context, secret: str, clock: FrozenClock) -> None:
    waiting = sign_in.sign_in(ctx, VISITOR, "alice", PASSWORD, "browser")
    assert waiting.session.stage is not Stage.ACTIVE
    assert second_step.list_offered_factors(ctx, waiting) == ("totp",)
    with records(ctx, "login.failed"), pytest.raises(SignInFailed, match="second factor"):
        second_step.complete_sign_in(ctx, VISITOR, waiting, Proof(totp="000000"))
    with records(ctx, "login.succeeded"):
        done = second_step.complete_sign_in(ctx, VISITOR, waiting, Proof(totp=shown(secret, clock)))
    assert done.session.stage is Stage.ACTIVE


def test_recovery_codes_stand_in_for_a_factor(ctx: Context, here: SignedIn, secret: str) -> None:
    actor = acting(ctx, sign_in_with(ctx, here, secret))
    with records(ctx, "recovery_codes.created"):
        codes = factors.create_recovery_codes(ctx, actor)
    assert factors.show_own(ctx, actor).recovery_codes == len(codes)
    with records(ctx, "totp.removed"):
        factors.remove_totp(ctx, actor)
    with refuses(ctx, Conflict, "factor"):
        factors.create_recovery_codes(ctx, actor)


def sign_in_with(ctx: Context, here: SignedIn, secret: str) -> SignedIn:
    waiting = sign_in.sign_in(ctx, VISITOR, here.user.login, PASSWORD, "browser")
    return second_step.complete_sign_in(ctx, VISITOR, waiting, Proof(totp=shown(secret, ctx.ports.clock)))


def test_factors_of_a_user_who_lost_them_are_reset(ctx: Context, secret: str) -> None:
    with records(ctx, "user.factors_reset"):
        factors.reset_factors(ctx, ADMIN, "alice")
    active = sign_in.sign_in(ctx, VISITOR, "alice", PASSWORD, "browser")
    assert active.session.stage is Stage.ACTIVE
    with refuses(ctx, Forbidden, Permission.USER_MANAGE):
        factors.reset_factors(ctx, POWERLESS, "alice")


def test_an_unknown_passkey_is_neither_renamed_nor_removed(ctx: Context, here: SignedIn) -> None:
    assert factors.begin_passkey(ctx, acting(ctx, here), ORIGIN)["challenge"]
    assert second_step.get_passkey_options(ctx, VISITOR, None, ORIGIN)["challenge"]
    with refuses(ctx, NotFound, "not found"):
        factors.rename_passkey(ctx, acting(ctx, here), ctx.new_id(), "key")
    with refuses(ctx, NotFound, "not found"):
        factors.remove_passkey(ctx, acting(ctx, here), ctx.new_id())


def test_a_passkey_is_added_for_a_challenge_that_is_used_once(ctx: Context, here: SignedIn) -> None:
    actor = acting(ctx, here)
    answer = PasskeyAnswer(Authenticator().register(factors.begin_passkey(ctx, actor, ORIGIN)), ORIGIN)
    with records(ctx, "passkey.added"):
        (passkey, now), replayed = factors.add_passkey(ctx, actor, here, "laptop", answer)
    assert (passkey.name, replayed) == ("laptop", False)
    with refuses(ctx, InvalidInput, "passkey.challenge"):
        factors.add_passkey(ctx, acting(ctx, now), now, "again", answer)
    with refuses(ctx, Forbidden, Permission.SELF_SECURE):
        factors.add_passkey(ctx, POWERLESS, now, "laptop", answer)
