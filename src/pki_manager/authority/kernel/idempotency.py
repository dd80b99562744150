"""Idempotency: an operation that is requested repeatedly runs once.

An idempotency key is bound, in the transaction that begins the operation, to the ID of the object that it creates. A
repeated request returns the object itself: no responses are stored, so no secret can be repeated, and an operation is
never done without being recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from pki_manager.authority.kernel import approval_gate
from pki_manager.authority.kernel.approval_gate import Act
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import Conflict, IdempotencyMismatch, InFlight, NotFound
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.unit_of_work import Claim, Claimed, ClaimedObject, Reader, UnitOfWork

T = TypeVar("T")

WAIT_SECONDS = 10.0
_POLL_SECONDS = 0.02


class Done(NamedTuple, Generic[T]):
    """The result of an operation. `replayed` is true if an earlier call with the same idempotency key did the work."""

    value: T
    replayed: bool


def change_once(
    ctx: Context,
    actor: Actor,
    claim: Claim | None,
    object_id: UUID,
    apply: Callable[[UnitOfWork, datetime], None],
    show: Callable[[Reader], T],
    act: Act | None = None,
    *,
    changes_directory: bool = False,
) -> Done[T]:
    """Change an existing object once with `apply`, in one unit of work, and return what `show` then reads.

    `act` describes the operation for the approval gate. With `changes_directory`, the unit of work begins with
    `Meta.lock_directory`, so that the CAs, keys, and profiles that `apply` reads stay current until the commit. Raises
    ApprovalNeeded if the operation waits for approval. Other errors as `apply` and `run_once`.
    """

    def work() -> T:
        permit = approval_gate.ask(ctx, actor, act) if act is not None else None
        with ctx.ports.storage.begin(actor) as uow:
            if changes_directory:
                uow.meta.lock_directory()
            now = ctx.ports.clock.now()
            if permit is not None:
                permit.use(uow, now)
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, object_id, now)
            apply(uow, now)
        with ctx.ports.storage.read() as reader:
            return show(reader)

    def again(_: UUID) -> T | None:
        with ctx.ports.storage.read() as reader:
            durable = claim is not None and reader.idempotency.find(actor.id, claim) is not None
            return show(reader) if durable else None

    return run_once(ctx, actor, claim, work, again)


def run_once(
    ctx: Context,
    actor: Actor,
    claim: Claim | None,
    work: Callable[[], T],
    replay: Callable[[UUID], T | None],
) -> Done[T]:
    """Return the result of `work`, or of `replay` if the claim was used before.

    `work` must bind the claim in its first unit of work. `replay` returns None while the object is being created; this
    function then waits, up to ten seconds. Raises IdempotencyMismatch if the key was used with another body; InFlight
    if the object is not ready in time; Conflict if the object was deleted since.
    """
    if claim is None:
        return Done(work(), replayed=False)
    with ctx.ports.storage.read() as reader:
        found = reader.idempotency.find(actor.id, claim)
    if found is None:
        try:
            return Done(work(), replayed=False)
        except Claimed as claimed:
            found = ClaimedObject(claimed.object_id, claimed.body_sha256)
    object_id, body_sha256 = found
    if body_sha256 != claim.body_sha256:
        raise IdempotencyMismatch("This Idempotency-Key was used with another request body.")
    return Done(_wait_for(ctx, actor, claim, lambda: replay(object_id)), replayed=True)


def _wait_for(ctx: Context, actor: Actor, claim: Claim, replay: Callable[[], T | None]) -> T:
    deadline = ctx.ports.clock.monotonic() + WAIT_SECONDS
    while True:
        with ctx.ports.storage.read() as reader:  # before the object is looked for: what is durable now, it shows
            is_durable = reader.idempotency.find(actor.id, claim) is not None
        try:
            result = replay()
        except NotFound:
            if is_durable:
                raise Conflict(
                    "The object created by the first request with this Idempotency-Key has been deleted. Use a new key."
                ) from None
            # Claimed by a neighbour in the same group commit: there, but not to be seen before it is durable.
            result = None
        if result is not None:
            return result
        if ctx.ports.clock.monotonic() >= deadline:
            raise InFlight("The first request with this Idempotency-Key is still in progress. Retry.", retry_after=5)
        ctx.ports.clock.sleep(_POLL_SECONDS)
