"""Notices of wrong second factors."""

from __future__ import annotations

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.people.guesses import MEMORY, NOTICE_FROM, Guesses, count_guess, list_guesses
from pki_manager.domain.rights.actor import Role
from tests.fakes.clock import FrozenClock
from tests.support.memory.events import records
from tests.support.people import VISITOR, new_user


def test_a_user_is_notified_of_wrong_second_factors_for_a_while(ctx: Context, clock: FrozenClock) -> None:
    user = new_user(ctx, "alice", Role.AUDITOR)
    with records(ctx):
        for _ in range(NOTICE_FROM - 1):
            with ctx.ports.storage.housekeep() as uow:
                count_guess(ctx, uow, user.id)
    assert list_guesses(ctx, user.id) is None
    with records(ctx, "user.second_factor_guessed"), ctx.ports.storage.begin(VISITOR) as uow:
        count_guess(ctx, uow, user.id)
    assert list_guesses(ctx, user.id) == Guesses(NOTICE_FROM, clock.now())
    clock.advance(MEMORY + MEMORY)
    assert list_guesses(ctx, user.id) is None
