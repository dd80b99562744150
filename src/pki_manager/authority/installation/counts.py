"""Counts of certificates: add the changes of commits to the sums, and compare the sums with the certificates."""

from __future__ import annotations

from dataclasses import dataclass

from pki_manager.authority.kernel.context import Context

_FIRST_DAY = 0


@dataclass(frozen=True, slots=True)
class RecountStep:
    """The result of one step of a recount.

    `repaired` is how many sums were wrong although they were complete. `is_last` is true when the recount has ended.
    """

    repaired: int
    is_last: bool


def fold_counts(ctx: Context) -> None:
    """Add all recorded changes to the sums, so that reading the sums stays fast."""
    with ctx.ports.storage.read() as reader:
        has_changes = reader.counts.has_changes()
    while has_changes:
        with ctx.ports.storage.housekeep() as uow:
            has_changes = uow.counts.fold() > 0


def is_recount_due(ctx: Context) -> bool:
    """Return whether a recount is in progress, or none has been completed."""
    with ctx.ports.storage.read() as reader:
        return reader.counts.place() is not None or not reader.counts.is_complete()


def recount_day(ctx: Context) -> RecountStep:
    """Compare the counts of one day of issue with its certificates and repair them; after the last day, the totals.

    Differences are read from one snapshot and then added, so changes by other units of work in between are kept.
    """
    with ctx.ports.storage.read() as reader:
        place, was_complete = reader.counts.place(), reader.counts.is_complete()
        day = reader.counts.find_next_day(_FIRST_DAY if place is None else place)
        differences = reader.counts.compute_differences(day) if day is not None else reader.counts.total_differences()
    with ctx.ports.storage.housekeep() as uow:
        if not uow.counts.move_place(place, None if day is None else day + 1):
            return RecountStep(0, is_last=False)
        if day is not None:
            uow.counts.add_differences(differences, ctx.ports.clock.now())
        else:
            uow.counts.add_total_differences(differences)
            uow.counts.drop_empty()
            uow.counts.set_complete()
    return RecountStep(len(differences) if was_complete else 0, is_last=day is None)
