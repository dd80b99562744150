"""Wrong second factors of a user, counted for all networks together and shown to the user.

The second factor is requested only after the right password, so wrong ones can mean that another person or a program
knows the password.
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
"""Number of wrong second factors from which the user is notified. Fewer are forgotten after a successful sign-in."""

MEMORY = timedelta(days=30)
"""How long the notice stays after the last wrong second factor, unless the password is changed before."""


@dataclass(frozen=True, slots=True)
class Guesses:
    """The number of sign-ins with the right password but a wrong second factor, and the time of the last one."""

    count: int
    last_at: datetime


def count_guess(ctx: Context, uow: UnitOfWork, user_id: UUID) -> None:
    """Count a wrong second factor. An audit event is recorded for the third, and each time the number doubles."""
    key, now = _key(ctx, user_id), ctx.ports.clock.now()
    before = uow.throttle.lock([key])[key]
    count = 1 if now > before.last else before.count + 1
    uow.throttle.put(key, Failures(count, now + MEMORY, now))
    ctx.state.second_factor_failures.add()
    if _is_reported(count):
        uow.record(SecondFactorGuessed(object_id=str(user_id), count=count, outcome=Outcome.REFUSED))


def forget_few(ctx: Context, uow: UnitOfWork, user_id: UUID) -> None:
    """Forget wrong second factors after the right one if they were too few for a notice, as after a typing error."""
    if (found := find_guesses(ctx, uow, user_id)) is not None and found.count < NOTICE_FROM:
        forget(ctx, uow, user_id)


def forget(ctx: Context, uow: UnitOfWork, user_id: UUID) -> None:
    """Forget all wrong second factors. Called when the password that they were entered with is no longer valid."""
    uow.throttle.forget(_key(ctx, user_id))


def find_guesses(ctx: Context, reader: Reader, user_id: UUID) -> Guesses | None:
    """Return the wrong second factors that are not forgotten; None if there are none."""
    key = _key(ctx, user_id)
    found = reader.throttle.find([key]).get(key)
    if found is None or ctx.ports.clock.now() > found.last:
        return None
    return Guesses(found.count, found.last - MEMORY)


def list_guesses(ctx: Context, user_id: UUID) -> Guesses | None:
    """Return the wrong second factors that the user is notified of; None if there are fewer than `NOTICE_FROM`."""
    with ctx.ports.storage.read() as reader:
        found = find_guesses(ctx, reader, user_id)
    return None if found is None or found.count < NOTICE_FROM else found


def _is_reported(count: int) -> bool:
    multiple, rest = divmod(count, NOTICE_FROM)
    return rest == 0 and multiple.bit_count() == 1


def _key(ctx: Context, user_id: UUID) -> bytes:
    return hmac.digest(ctx.config.audit_mac_key, b"guesses" + user_id.bytes, "sha256")
