"""Sums of certificates."""

from __future__ import annotations

from pki_manager.authority.installation.counts import fold_counts, is_recount_due, recount_day
from pki_manager.authority.kernel.context import Context
from tests.support.issuing import issue_one
from tests.support.memory.events import records


def test_changes_are_folded_into_the_sums(ctx: Context) -> None:
    issue_one(ctx)
    with ctx.ports.storage.read() as reader:
        assert reader.counts.has_changes()
    with records(ctx):
        fold_counts(ctx)
    with ctx.ports.storage.read() as reader:
        assert not reader.counts.has_changes()


def test_a_recount_ends_after_the_last_day_and_repairs_nothing_that_is_right(ctx: Context) -> None:
    issue_one(ctx)
    repaired = 0
    with records(ctx):
        for _ in range(20):
            step = recount_day(ctx)
            repaired += step.repaired
            assert is_recount_due(ctx) is not step.is_last
            if step.is_last:
                break
    assert (step.is_last, repaired) == (True, 0)
