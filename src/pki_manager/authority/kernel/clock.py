"""The clock of this host: whether signatures can rely on it, and an operator's confirmation that it is right."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pki_manager.authority.kernel import approval_gate
from pki_manager.authority.kernel.approval_gate import Act
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done, run_once
from pki_manager.domain.approval import Operation
from pki_manager.domain.errors import ClockAhead, ClockBehind
from pki_manager.domain.events.audit import ClockAccepted
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Claim

_OBJECT = "clock"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ClockView:
    """The state of the clock: `ok`, `ahead`, or `behind`. `time` is the time that this installation uses."""

    time: datetime
    last_signature: datetime | None
    state: str
    reason: str | None


def find_clock_fault(ctx: Context) -> ClockAhead | ClockBehind | None:
    """Return the fault of this host's clock that prevents signing; None if the clock is right.

    Raises StorageUnavailable if the database is unavailable.
    """
    try:
        with ctx.ports.storage.read() as reader:
            reader.meta.require_clock()
    except (ClockAhead, ClockBehind) as fault:
        return fault
    return None


def format_clock_state(fault: ClockAhead | ClockBehind | None) -> str:
    """Return the state of the clock in one word: `ok`, `ahead`, or `behind`."""
    return "ok" if fault is None else "ahead" if isinstance(fault, ClockAhead) else "behind"


def show_clock(ctx: Context, actor: Actor) -> ClockView:
    """Return the state of this host's clock."""
    access.require(actor, Permission.STATUS_READ)
    fault = find_clock_fault(ctx)
    with ctx.ports.storage.read() as reader:
        mark = reader.meta.get_clock_mark()
    return ClockView(ctx.ports.clock.now(), mark, format_clock_state(fault), fault.detail if fault else None)


def accept_clock(ctx: Context, actor: Actor, claim: Claim | None = None) -> Done[ClockView]:
    """Accept this host's clock as right, after an operator checked it.

    Every process checks its clock again afterwards. Raises ClockAhead or ClockBehind if the database server's clock
    disagrees; ApprovalNeeded if the operation requires approval.
    """
    access.require(actor, Permission.CLOCK_ACCEPT)

    def work() -> ClockView:
        with ctx.ports.storage.read() as reader:
            mark = reader.meta.get_clock_mark()
        known = None if mark is None else _text(mark)
        permit = approval_gate.ask(
            ctx, actor, Act(Operation.CLOCK_ACCEPT, "installation", _OBJECT, {"last_signature": known})
        )
        with ctx.ports.storage.begin(actor) as uow:
            now = ctx.ports.clock.now()
            permit.use(uow, now)
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, ctx.new_id(), now)
            accepted = uow.meta.accept_clock()
            uow.record(ClockAccepted(object_id=_OBJECT, clock=_text(accepted), last_signature=known))
        return show_clock(ctx, actor)

    def again(_: UUID) -> ClockView:
        return show_clock(ctx, actor)

    return run_once(ctx, actor, claim, work, again)


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


class ClockWatch:
    """A regular check of the clock of a process, so that a wrong clock is reported before something must be signed."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._state = "ok"

    def check(self) -> None:
        """Raise ClockAhead or ClockBehind if the clock is wrong. A change of its state is logged."""
        fault = find_clock_fault(self._ctx)
        before, self._state = self._state, format_clock_state(fault)
        if fault is not None:
            if self._state != before:
                _log.critical("clock wrong, signing refused", extra={"reason": fault.detail})
            raise fault
        if before != "ok":
            _log.warning("clock right again, signing continues")
