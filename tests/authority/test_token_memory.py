"""A token is believed for a moment only, and not at all once this process has changed one."""

from __future__ import annotations

from pki_manager.authority.kernel.token_cache import SECONDS, TokenMemory
from pki_manager.authority.rights import tokens
from pki_manager.domain.duration import Duration
from pki_manager.domain.rights.actor import Role
from tests.support.factories import ADMIN

CALL = {"peer": None, "request_id": "r", "via": "rest"}


def test_it_forgets_in_time_and_when_told() -> None:
    memory, token = TokenMemory(), object()
    memory.keep(b"h", token, 10.0)
    assert memory.recall(b"h", 10.0 + SECONDS * 0.9) is token
    assert memory.recall(b"h", 10.0 + SECONDS) is None
    memory.forget()
    assert memory.recall(b"h", 10.0) is None


def test_a_token_that_was_revoked_here_is_not_recognised(ctx) -> None:
    (new, _) = tokens.create_token(ctx, ADMIN, "t", Role.REQUESTER, Duration.parse("P1D"))
    assert tokens.recognize(ctx, new.secret, **CALL) is None
    actor = tokens.authenticate(ctx, new.secret, **CALL)
    assert tokens.recognize(ctx, new.secret, **CALL) == actor
    tokens.revoke_token(ctx, ADMIN, new.token.id)
    assert tokens.recognize(ctx, new.secret, **CALL) is None


def test_an_expired_token_is_not_recognised(ctx, clock) -> None:
    (new, _) = tokens.create_token(ctx, ADMIN, "t", Role.REQUESTER, Duration.parse("PT1H"))
    tokens.authenticate(ctx, new.secret, **CALL)
    clock.set(new.token.expires_at)
    assert tokens.recognize(ctx, new.secret, **CALL) is None
