"""What outlives a session: tokens and EAB keys, their longest lifetime, and what is needed to create them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pki_manager.authority.acme.keys import NewEabKey, create_eab_key
from pki_manager.authority.cas.retire_ca import retire_ca
from pki_manager.authority.cas.suspend_ca import resume_ca, suspend_ca
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.people import sessions, sign_in
from pki_manager.authority.rights import tokens
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import Forbidden, FreshAuthenticationRequired, InvalidInput, NotFound
from pki_manager.domain.rights.actor import Actor, Role
from pki_manager.domain.rights.token import Token
from pki_manager.storage.storage import SqlStorage
from tests.authority.test_people import actions, enter
from tests.fakes.clock import FrozenClock
from tests.support.factories import ADMIN, make_authority
from tests.support.people import PASSWORD, acting, make_user


@pytest.fixture
def ctx(tmp_path: Any, storage: SqlStorage, clock: FrozenClock) -> Context:
    """Without a hierarchy: people need none."""
    return make_authority(tmp_path, storage, clock)


def test_another_password_ends_the_own_tokens_and_acme_keys_where_the_user_wants_it(ctx: Context) -> None:
    user, other = make_user(ctx), make_user(ctx)
    here = enter(ctx, user)
    actor = acting(ctx, here)
    mine, theirs = made_by(ctx, actor), made_by(ctx, acting(ctx, enter(ctx, other)))
    renewed = sign_in.change_password(ctx, actor, here, PASSWORD, "a much better passphrase")
    assert usable(ctx, *mine, *theirs) == [True] * 4
    sign_in.change_password(ctx, actor, renewed, "a much better passphrase", "one more passphrase", revoke_tokens=True)
    assert usable(ctx, *mine, *theirs) == [False, False, True, True]
    assert actions(ctx)[-3:] == ["password.changed", "token.revoked", "token.revoked"]


@pytest.mark.parametrize("revoke_tokens", [False, True])
def test_signing_out_everywhere_ends_every_session_and_the_tokens_where_the_user_wants_it(
    ctx: Context, revoke_tokens: bool
) -> None:
    user = make_user(ctx)
    here, elsewhere = enter(ctx, user), enter(ctx, user)
    mine = made_by(ctx, acting(ctx, here))
    sign_in.sign_out_everywhere(ctx, acting(ctx, here), revoke_tokens=revoke_tokens)
    assert [sessions.recognize(ctx, one.secret) for one in (here, elsewhere)] == [None, None]
    assert usable(ctx, *mine) == [not revoke_tokens] * 2
    assert actions(ctx).count("user.signed_out") == 1
    with pytest.raises(Forbidden, match="Requires the permission `self:update`"):
        sign_in.sign_out_everywhere(ctx, ADMIN)


def made_by(ctx: Context, actor: Actor) -> tuple[Token, Token]:
    """A token and an EAB key."""
    day = Duration.parse("P1D")
    token, _ = tokens.create_token(ctx, actor, "script", Role.REQUESTER, day)
    key, _ = create_eab_key(ctx, actor, NewEabKey(name="machines", lifetime=day))
    return token.token, key.token


def usable(ctx: Context, *made: Token) -> list[bool]:
    with ctx.ports.storage.read() as reader:
        return [reader.tokens.get(one.id).usable(ctx.ports.clock.now()) for one in made]


def test_a_token_or_an_acme_key_lives_no_longer_than_the_settings_say(ctx: Context) -> None:
    week = Duration.parse("P7D")
    long_ago, _ = tokens.create_token(ctx, ADMIN, "before", Role.REQUESTER, Duration.parse("P2Y"))
    strict = replace(ctx, config=replace(ctx.config, max_token_lifetime=timedelta(days=7)))
    longest, _ = tokens.create_token(strict, ADMIN, "script", Role.REQUESTER, week)
    assert longest.token.expires_at - ctx.ports.clock.now() == timedelta(days=7)
    for lifetime in ("P7DT1S", "P1M", "P10Y"):
        with pytest.raises(InvalidInput) as refused:
            tokens.create_token(strict, ADMIN, "script", Role.REQUESTER, Duration.parse(lifetime))
        assert refused.value.errors[0].rule == "token.lifetime"
        with pytest.raises(InvalidInput, match="is longer than max_token_lifetime allows"):
            create_eab_key(strict, ADMIN, NewEabKey(name="machines", lifetime=Duration.parse(lifetime)))
    assert usable(strict, long_ago.token) == [True]
    with pytest.raises(InvalidInput, match="is longer than max_token_lifetime allows"):
        tokens.create_token(ctx, ADMIN, "default", Role.REQUESTER, Duration.parse("P10Y"))


def test_what_outlives_a_session_needs_recent_authentication(ctx: Context) -> None:
    stale = replace(acting(ctx, enter(ctx, make_user(ctx))), is_fresh=False)
    made, _ = tokens.create_token(ctx, replace(stale, is_fresh=True), "t", Role.REQUESTER, Duration.parse("P1D"))
    day = Duration.parse("P1D")
    for act in (
        lambda: tokens.create_token(ctx, stale, "t", Role.REQUESTER, day),
        lambda: tokens.rotate_token(ctx, stale, made.token.id, day),
        lambda: create_eab_key(ctx, stale, NewEabKey(name="machines", lifetime=day)),
        lambda: resume_ca(ctx, stale, "Root CA"),
        lambda: retire_ca(ctx, stale, "Root CA"),
    ):
        with pytest.raises(FreshAuthenticationRequired, match="This operation requires recent authentication"):
            act()
    with pytest.raises(NotFound, match=r"CA .* not found"):
        suspend_ca(ctx, stale, "Root CA")
