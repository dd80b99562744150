"""Changes that were checked and wait to be stored, so that several requests share one commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from pki_manager.authority.kernel.context import Context
from pki_manager.domain.current_request import set_current_request
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.unit_of_work import UnitOfWork, Units

T = TypeVar("T")
U = TypeVar("U")


class Unchanged(Exception):
    """A signal from `AcmeChange.store` that another request made the same change first.

    The unit of work is rolled back, and `result` is returned instead.
    """

    def __init__(self, result: object) -> None:
        super().__init__()
        self.result = result


@dataclass(frozen=True, slots=True)
class AcmeChange(Generic[T]):
    """A checked change as one unit of work.

    `store` reads its facts again in the unit and makes the change; `then` runs after the commit.
    """

    actor: Actor
    store: Callable[[UnitOfWork], T]
    then: Callable[[], None] | None = None

    def map(self, function: Callable[[T], U]) -> AcmeChange[U]:
        """Return the same change, with `function` applied to its result.

        If its `store` raises Unchanged, `function` is applied to that result, too.
        """

        def store(uow: UnitOfWork) -> U:
            try:
                return function(self.store(uow))
            except Unchanged as unchanged:
                raise Unchanged(function(cast("T", unchanged.result))) from None

        return AcmeChange(self.actor, store, self.then)


def store_change(ctx: Context, change: AcmeChange[T]) -> T:
    """Store one change. Return its result or raise its error."""
    (outcome,) = store_changes(ctx, [change])
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def store_changes(ctx: Context, changes: Sequence[AcmeChange[T]]) -> list[T | Exception]:
    """Store changes in one commit. Return the result or the error of each.

    A change that fails is rolled back alone. Raises StorageUnavailable if the commit fails.
    """

    def store_all(units: Units) -> list[T | Exception]:
        outcomes: list[T | Exception] = []
        for change in changes:
            outcome = _store(units, change)
            outcomes.append(outcome)
        return outcomes

    outcomes = ctx.ports.storage.run_units(store_all)
    for change, result in zip(changes, outcomes, strict=True):
        if change.then is not None and not isinstance(result, Exception):
            change.then()
    return outcomes


def _store(units: Units, change: AcmeChange[T]) -> T | Exception:
    try:
        with set_current_request(change.actor.request_id), units.begin(change.actor) as uow:
            return change.store(uow)
    except Unchanged as unchanged:
        return cast("T", unchanged.result)
    except Exception as error:  # noqa: BLE001 - it belongs to this change alone
        return error
