"""API tokens."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.rights import tokens
from pki_manager.authority.rights.tokens import NewToken
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, Unauthenticated
from pki_manager.domain.rights.actor import Actor, Role
from pki_manager.policy.access import Permission
from tests.fakes.clock import FrozenClock
from tests.support.factories import ADMIN, as_role
from tests.support.memory.events import POWERLESS, records, refuses

DAY = Duration.parse("P1D")
HOUR = Duration.parse("PT1H")


@pytest.fixture
def token(ctx: Context) -> NewToken:
    return tokens.create_token(ctx, ADMIN, "ci", Role.AUDITOR, DAY)[0]


def authenticated(ctx: Context, secret: str | None) -> Actor:
    return tokens.authenticate(ctx, secret or "", peer="192.0.2.1", request_id="r", via="rest")


def test_a_token_authenticates_as_its_role_until_it_expires(ctx: Context, clock: FrozenClock) -> None:
    with records(ctx, "token.created"):
        made, replayed = tokens.create_token(ctx, ADMIN, "ci", Role.AUDITOR, DAY)
    assert (made.token.name, made.token.expires_at, replayed) == ("ci", clock.now() + timedelta(days=1), False)
    actor = tokens.authenticate(ctx, made.secret or "", peer="192.0.2.1", request_id="r", via="rest")
    assert (actor.id, actor.roles, actor.peer) == (f"token:{made.token.id}", (Role.AUDITOR,), "192.0.2.1")
    clock.advance(timedelta(days=1))
    with refuses(ctx, Unauthenticated, "not valid"):
        authenticated(ctx, made.secret)


def test_a_token_has_no_right_that_its_creator_lacks(ctx: Context) -> None:
    with refuses(ctx, Forbidden, "administrator"):
        tokens.create_token(ctx, as_role(Role.CA_OPERATOR), "up", Role.ADMINISTRATOR, DAY)


def test_a_token_lives_no_longer_than_the_settings_allow(ctx: Context) -> None:
    with refuses(ctx, InvalidInput, "token.lifetime"):
        tokens.create_token(ctx, ADMIN, "long", Role.AUDITOR, Duration.parse("P5Y"))


def test_tokens_are_listed_without_their_secrets(ctx: Context, token: NewToken) -> None:
    with records(ctx):
        assert tokens.list_tokens(ctx, ADMIN, None, 10).items == (token.token,)


def test_a_revoked_token_no_longer_authenticates(ctx: Context, token: NewToken, clock: FrozenClock) -> None:
    with records(ctx, "token.revoked"):
        revoked, _ = tokens.revoke_token(ctx, ADMIN, token.token.id)
    assert revoked.revoked_at == clock.now()
    with refuses(ctx, Unauthenticated, "not valid"):
        authenticated(ctx, token.secret)
    with refuses(ctx, NotFound, "not found"):
        tokens.revoke_token(ctx, ADMIN, ctx.new_id())


def test_the_old_secret_of_a_rotated_token_works_for_the_overlap(
    ctx: Context, token: NewToken, clock: FrozenClock
) -> None:
    with records(ctx, "token.rotated"):
        rotated, _ = tokens.rotate_token(ctx, ADMIN, token.token.id, HOUR)
    assert authenticated(ctx, token.secret).id == authenticated(ctx, rotated.secret).id
    with refuses(ctx, Conflict, "last rotation"):
        tokens.rotate_token(ctx, ADMIN, token.token.id, HOUR)
    clock.advance(timedelta(hours=1))
    with refuses(ctx, Unauthenticated, "not valid"):
        authenticated(ctx, token.secret)


def test_only_a_token_that_was_authenticated_is_recognized_without_the_database(ctx: Context, token: NewToken) -> None:
    def recognized() -> Actor | None:
        return tokens.recognize(ctx, token.secret or "", peer=None, request_id="r", via="rest")

    assert recognized() is None
    actor = authenticated(ctx, token.secret)
    found = recognized()
    assert found is not None
    assert found.id == actor.id
    tokens.revoke_token(ctx, ADMIN, token.token.id)
    assert recognized() is None


def test_tokens_need_their_permissions(ctx: Context, token: NewToken) -> None:
    for attempt, permission in (
        (lambda: tokens.create_token(ctx, POWERLESS, "x", Role.AUDITOR, DAY), Permission.TOKEN_CREATE),
        (lambda: tokens.rotate_token(ctx, POWERLESS, token.token.id, HOUR), Permission.TOKEN_CREATE),
        (lambda: tokens.list_tokens(ctx, POWERLESS, None, 10), Permission.TOKEN_READ),
        (lambda: tokens.revoke_token(ctx, POWERLESS, token.token.id), Permission.TOKEN_REVOKE),
    ):
        with refuses(ctx, Forbidden, permission):
            attempt()
