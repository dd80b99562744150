"""What outlives a session: tokens and ACME keys, their longest lifetime, and what is needed to create them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pki_manager.authority.acme.keys import NewAcmeKey, create_acme_key
from pki_manager.authority.cas.retire_ca import retire_ca
from pki_manager.authority.cas.suspend_ca import resume_ca, suspend_ca
from pki_manager.authority.kernel.context import Authority
from pki_manager.authority.people import sessions, sign_in
from pki_manager.authority.rights import tokens
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import Forbidden, FreshAuthenticationRequired, InvalidInput, NotFound
from pki_manager.domain.rights.actor import Actor, Role
from pki_manager.domain.rights.token import Token
from pki_manager.storage.storage import SqlStorage
from tests.authority.test_people import actions, enter
from tests.factories import ADMIN, make_authority
from tests.fakes.clock import FrozenClock
from tests.people import PASSWORD, acting, make_user


@pytest.fixture
def authority(tmp_path: Any, storage: SqlStorage, clock: FrozenClock) -> Authority:
    """Without a hierarchy: people need none."""
    return make_authority(tmp_path, storage, clock)


def test_another_password_ends_the_own_tokens_and_acme_keys_where_the_user_wants_it(authority: Authority) -> None:
    user, other = make_user(authority), make_user(authority)
    here = enter(authority, user)
    actor = acting(authority, here)
    mine, theirs = made_by(authority, actor), made_by(authority, acting(authority, enter(authority, other)))
    renewed = sign_in.change_password(authority, actor, here, PASSWORD, "a much better passphrase")
    assert usable(authority, *mine, *theirs) == [True] * 4
    sign_in.change_password(
        authority, actor, renewed, "a much better passphrase", "one more passphrase", revoke_tokens=True
    )
    assert usable(authority, *mine, *theirs) == [False, False, True, True]
    assert actions(authority)[-3:] == ["password.changed", "token.revoked", "token.revoked"]


@pytest.mark.parametrize("revoke_tokens", [False, True])
def test_signing_out_everywhere_ends_every_session_and_the_tokens_where_the_user_wants_it(
    authority: Authority, revoke_tokens: bool
) -> None:
    user = make_user(authority)
    here, elsewhere = enter(authority, user), enter(authority, user)
    mine = made_by(authority, acting(authority, here))
    sign_in.sign_out_everywhere(authority, acting(authority, here), revoke_tokens=revoke_tokens)
    assert [sessions.recognise(authority, one.secret) for one in (here, elsewhere)] == [None, None]
    assert usable(authority, *mine) == [not revoke_tokens] * 2
    assert actions(authority).count("user.signed_out") == 1
    with pytest.raises(Forbidden):
        sign_in.sign_out_everywhere(authority, ADMIN)


def made_by(authority: Authority, actor: Actor) -> tuple[Token, Token]:
    """A token and an ACME key."""
    day = Duration.parse("P1D")
    token, _ = tokens.create_token(authority, actor, "script", Role.REQUESTER, day)
    key, _ = create_acme_key(authority, actor, NewAcmeKey(name="machines", lifetime=day))
    return token.token, key.token


def usable(authority: Authority, *made: Token) -> list[bool]:
    with authority.storage.read() as reader:
        return [reader.tokens.get(one.id).usable(authority.clock.now()) for one in made]


def test_a_token_or_an_acme_key_lives_no_longer_than_the_settings_say(authority: Authority) -> None:
    week = Duration.parse("P7D")
    long_ago, _ = tokens.create_token(authority, ADMIN, "before", Role.REQUESTER, Duration.parse("P2Y"))
    strict = replace(authority, config=replace(authority.config, max_token_lifetime=timedelta(days=7)))
    longest, _ = tokens.create_token(strict, ADMIN, "script", Role.REQUESTER, week)
    assert longest.token.expires_at - authority.clock.now() == timedelta(days=7)
    for lifetime in ("P7DT1S", "P1M", "P10Y"):
        with pytest.raises(InvalidInput) as refused:
            tokens.create_token(strict, ADMIN, "script", Role.REQUESTER, Duration.parse(lifetime))
        assert refused.value.errors[0].rule == "token.lifetime"
        with pytest.raises(InvalidInput):
            create_acme_key(strict, ADMIN, NewAcmeKey(name="machines", lifetime=Duration.parse(lifetime)))
    assert usable(strict, long_ago.token) == [True]
    with pytest.raises(InvalidInput):
        tokens.create_token(authority, ADMIN, "default", Role.REQUESTER, Duration.parse("P10Y"))


def test_what_outlives_a_session_needs_recent_authentication(authority: Authority) -> None:
    stale = replace(acting(authority, enter(authority, make_user(authority))), is_fresh=False)
    made, _ = tokens.create_token(authority, replace(stale, is_fresh=True), "t", Role.REQUESTER, Duration.parse("P1D"))
    day = Duration.parse("P1D")
    for act in (
        lambda: tokens.create_token(authority, stale, "t", Role.REQUESTER, day),
        lambda: tokens.rotate_token(authority, stale, made.token.id, day),
        lambda: create_acme_key(authority, stale, NewAcmeKey(name="machines", lifetime=day)),
        lambda: resume_ca(authority, stale, "Root CA"),
        lambda: retire_ca(authority, stale, "Root CA"),
    ):
        with pytest.raises(FreshAuthenticationRequired):
            act()
    with pytest.raises(NotFound):
        suspend_ca(authority, stale, "Root CA")
