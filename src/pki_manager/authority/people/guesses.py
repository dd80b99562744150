"""Wrong second factors of a user: counted from every network, and shown to the user.

Only a person or a program that knows the password gets as far as the second factor. The user learns of it.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.domain.events.audit import Outcome
from pki_manager.domain.events.people import SecondFactorGuessed
from pki_manager.ports.people import Failures
from pki_manager.ports.unit_of_work import Reader, UnitOfWork

NOTICE_FROM = 3
"""Wrong second factors from which the user is notified. Fewer are forgotten after a successful sign-in."""

MEMORY = timedelta(days=30)
"""How long after the last wrong second factor the notice stays, unless the password is changed before."""


@dataclass(frozen=True, slots=True)
class Guesses:
    """How many sign-ins with the right password ended with a wrong second factor, and when the last one did."""

    count: int
    last_at: datetime


def count_guess(ctx: Context, uow: UnitOfWork, user_id: UUID) -> None:
    """Count a wrong second factor. The third one is an audit event of its own, and so is each doubling."""
    key, now = _key(ctx, user_id), ctx.ports.clock.now()
    before = uow.throttle.lock([key])[key]
    count = 1 if now > before.last else before.count + 1
    uow.throttle.put(key, Failures(count, now + MEMORY, now))
    ctx.state.second_factor_failures.add()
    if _is_reported(count):
        uow.record(SecondFactorGuessed(object_id=str(user_id), count=count, outcome=Outcome.REFUSED))


def forget_few(ctx: Context, uow: UnitOfWork, user_id: UUID) -> None:
    """Forget wrong second factors after the right one, if they were too few for a notice: the user mistyped."""
    if (found := find_guesses(ctx, uow, user_id)) is not None and found.count < NOTICE_FROM:
        forget(ctx, uow, user_id)


def forget(ctx: Context, uow: UnitOfWork, user_id: UUID) -> None:
    """Forget all wrong second factors: the password that they came with is no longer valid."""
    uow.throttle.forget(_key(ctx, user_id))


def find_guesses(ctx: Context, reader: Reader, user_id: UUID) -> Guesses | None:
    """Find the wrong second factors that are not forgotten."""
    key = _key(ctx, user_id)
    found = reader.throttle.find([key]).get(key)
    if found is None or ctx.ports.clock.now() > found.last:
        return None
    return Guesses(found.count, found.last - MEMORY)


def list_guesses(ctx: Context, user_id: UUID) -> Guesses | None:
    """Return the wrong second factors that the user must know of; None if there are too few."""
    with ctx.ports.storage.read() as reader:
        found = find_guesses(ctx, reader, user_id)
    return None if found is None or found.count < NOTICE_FROM else found


def _is_reported(count: int) -> bool:
    multiple, rest = divmod(count, NOTICE_FROM)
    return rest == 0 and multiple.bit_count() == 1


def _key(ctx: Context, user_id: UUID) -> bytes:
    return hmac.digest(ctx.config.audit_mac_key, b"guesses" + user_id.bytes, "sha256")
