"""Refusals in the audit trail."""

from __future__ import annotations

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.refusal_log import flush_refusals, record_refusal
from pki_manager.domain.errors import Forbidden
from tests.support.memory.events import POWERLESS, records


def test_the_first_refusal_is_recorded_and_its_repeats_are_counted(ctx: Context) -> None:
    with records(ctx, "access.denied"):
        for _ in range(3):
            record_refusal(ctx, POWERLESS, "createCa", "Branch CA", Forbidden("Requires the permission `ca:create`."))
    with records(ctx, "access.denied"):
        flush_refusals(ctx)
    with records(ctx):
        flush_refusals(ctx)
