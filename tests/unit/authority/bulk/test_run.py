"""Bulk jobs, from the rows to their results."""

from __future__ import annotations

from pki_manager.authority.bulk import results
from pki_manager.authority.bulk.run import run
from pki_manager.authority.bulk.submit import submit
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.bulk import BulkAction, BulkRowState
from pki_manager.domain.errors import Forbidden, InvalidInput, NotFound
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.policy.access import Permission
from pki_manager.worker.outbox import run_outbox
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN
from tests.support.memory.events import POWERLESS, records, refuses

WORKER = build_system_actor("worker")
ROW = {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr("www.example.com")}


def test_a_job_issues_its_rows(ctx: Context) -> None:
    with records(ctx, "bulk.submitted"):
        job_id, _ = submit(ctx, ADMIN, BulkAction.ISSUE, [ROW])
    assert results.get_progress(ctx, ADMIN, job_id).counts[BulkRowState.RECEIVED] == 1
    run(ctx, WORKER, job_id)
    assert results.get_progress(ctx, ADMIN, job_id).counts[BulkRowState.RECEIVED] == 1, (
        "only a job that a worker took runs"
    )
    while run_outbox(ctx, WORKER):
        pass
    assert results.get_progress(ctx, ADMIN, job_id).counts[BulkRowState.DONE] == 1
    (row,) = results.list_rows(ctx, ADMIN, job_id, None, None, 10).items
    assert row.state is BulkRowState.DONE
    ((number, chain),) = results.read_chains(ctx, ADMIN, job_id)
    assert (number, chain[-1].subject) == (1, "CN=Root CA")


def test_a_job_needs_rows_and_its_permission(ctx: Context) -> None:
    with refuses(ctx, InvalidInput, "row"):
        submit(ctx, ADMIN, BulkAction.ISSUE, [])
    with refuses(ctx, Forbidden, Permission.BULK_RUN):
        submit(ctx, POWERLESS, BulkAction.ISSUE, [ROW])
    with refuses(ctx, NotFound, "not found"):
        results.get_progress(ctx, ADMIN, ctx.new_id())
