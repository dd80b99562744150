"""API tokens."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.rights.tokens import authenticate, create_token, list_tokens, revoke_token
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import Forbidden, InvalidInput, Unauthenticated
from pki_manager.domain.rights.actor import Actor, Role
from pki_manager.ports.unit_of_work import Claim
from tests.fakes.clock import FrozenClock
from tests.support.factories import ADMIN, as_role

DAY = Duration.parse("P1D")


def login(ctx: Context, secret: str | None) -> Actor:
    return authenticate(ctx, secret or "", peer="127.0.0.1", request_id="r", via="rest")


def test_a_token_acts_with_its_role_until_it_expires_or_is_revoked(ctx: Context, clock: FrozenClock) -> None:
    made, _ = create_token(ctx, ADMIN, "ci", Role.AUDITOR, DAY)
    actor = login(ctx, made.secret)
    assert (actor.roles, actor.id) == ((Role.AUDITOR,), f"token:{made.token.id}")
    assert list_tokens(ctx, ADMIN, None, 10).items[0].last_used_at == clock.now()
    clock.advance(timedelta(days=1))
    with pytest.raises(Unauthenticated, match="The bearer token is not valid"):
        login(ctx, made.secret)
    other, _ = create_token(ctx, ADMIN, "ci 2", Role.AUDITOR, DAY)
    revoke_token(ctx, ADMIN, other.token.id)
    with pytest.raises(Unauthenticated, match="The bearer token is not valid"):
        login(ctx, other.secret)


@pytest.mark.parametrize("bearer", ["", "x", "pkim_", "pkim_" + "a" * 43, "pkim_" + "é" * 43, "pkim_" + "a" * 10_000])
def test_what_is_no_token_of_ours_is_nobody(ctx: Context, bearer: str) -> None:
    with pytest.raises(Unauthenticated, match="The bearer token is not valid"):
        login(ctx, bearer)


def test_aut_06_a_token_never_has_more_rights_than_its_maker(ctx: Context) -> None:
    operator = as_role(Role.CA_OPERATOR)
    with pytest.raises(Forbidden, match="You cannot grant permissions that you do not have"):
        create_token(ctx, operator, "up", Role.ADMINISTRATOR, DAY)


def test_a_replay_never_repeats_the_secret(ctx: Context) -> None:
    claim = Claim("createToken", "k", b"body")
    first, _ = create_token(ctx, ADMIN, "ci", Role.AUDITOR, DAY, claim)
    again, replayed = create_token(ctx, ADMIN, "ci", Role.AUDITOR, DAY, claim)
    assert replayed
    assert again.token.id == first.token.id
    assert first.secret is not None
    assert again.secret is None


@pytest.mark.parametrize("name", ["", "   ", "a" * 101, "a\nb", "a\u202eb"])
def test_a_token_needs_a_printable_name(ctx: Context, name: str) -> None:
    with pytest.raises(InvalidInput, match="name: must have 1 to 100 printable characters"):
        create_token(ctx, ADMIN, name, Role.AUDITOR, DAY)


def test_who_may_make_no_token_is_told_that_and_not_what_is_wrong_with_it(ctx: Context) -> None:
    with pytest.raises(Forbidden, match="Requires the permission `token:create`"):
        create_token(ctx, as_role(Role.AUDITOR), "", Role.AUDITOR, DAY)
