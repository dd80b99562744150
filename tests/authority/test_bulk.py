"""Bulk jobs: checked whole before anything is done, each row with its own result, resumed without doing a row twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import pytest

from pki_manager.authority.bulk import results
from pki_manager.authority.bulk.submit import MAX_SHOWN, submit
from pki_manager.authority.certificates.delete import delete
from pki_manager.authority.installation import jobs as job_verbs
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.bulk import MAX_ROWS, BulkAction, BulkRowState
from pki_manager.domain.errors import Conflict, InvalidInput, NotFound, TooLarge
from pki_manager.domain.jobs import JobState
from pki_manager.domain.rights.actor import Role
from pki_manager.ports.unit_of_work import Claim
from pki_manager.worker.outbox import run_outbox
from tests.fakes.clock import FrozenClock
from tests.support.bulk_jobs import WORKER, actions, as_role, ask, count, issue_rows, leaf, progress, states
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN

STATES = BulkRowState


def test_rows_are_issued_and_each_says_what_it_made(ctx: Context) -> None:
    before = count(ctx)
    job = ask(ctx, BulkAction.ISSUE, issue_rows(20, reference="ours"))
    run_outbox(ctx, WORKER)
    done = progress(ctx, job)
    assert (done.job.state, done.bulk.started) == (JobState.DONE, True)
    assert done.counts == {STATES.RECEIVED: 0, STATES.CHECKED: 0, STATES.DONE: 20, STATES.REFUSED: 0}
    assert count(ctx) - before == 20
    rows = results.list_rows(ctx, ADMIN, job, STATES.DONE, None, 200).items
    assert [row.number for row in rows] == list(range(1, 21))
    assert {row.body["reference"] for row in rows} == {"ours"}
    with ctx.ports.storage.read() as reader:
        names = [str(reader.certificates.get(row.certificate_id).sans[0]) for row in rows if row.certificate_id]
    assert names == [f"DNS:n{number}.example.com" for number in range(1, 21)]
    assert actions(ctx).count("bulk.submitted") == actions(ctx).count("bulk.ended") == 1


def test_one_row_that_would_be_refused_stops_all(ctx: Context) -> None:
    before = count(ctx)
    rows = [*issue_rows(3), {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr("bad_name")}]
    job = ask(ctx, BulkAction.ISSUE, rows)
    run_outbox(ctx, WORKER)
    failed = progress(ctx, job)
    assert failed.job.state is JobState.FAILED
    assert failed.job.last_error == "1 of 4 rows would be refused; nothing was done"
    assert states(ctx, job) == [(STATES.CHECKED, None)] * 3 + [(STATES.REFUSED, "policy_refused")]
    assert count(ctx) == before


def test_rows_that_cannot_be_read_or_name_nothing_are_refused_in_the_check(ctx: Context) -> None:
    good = {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr("www.example.com")}
    rows = [good | {"csr": "no request"}, good | {"ca": "No CA"}, good | {"validity": "long"}, good]
    job = ask(ctx, BulkAction.ISSUE, rows)
    run_outbox(ctx, WORKER)
    assert states(ctx, job) == [
        (STATES.REFUSED, "malformed"),
        (STATES.REFUSED, "not_found"),
        (STATES.REFUSED, "invalid_input"),
        (STATES.CHECKED, None),
    ]


@pytest.mark.parametrize(
    ("rows", "faults"),
    [
        ([], {"rows": "bulk.empty"}),
        ([{"csr": "x"}], {"rows.1.ca": "schema.missing", "rows.1.profile": "schema.missing"}),
        (
            [{"ca": "a", "profile": "b", "csr": "c"}, {"ca": "a", "profile": "b", "csr": "c", "key": "d"}],
            {"rows.2.key": "schema.extra_forbidden"},
        ),
        ([{"ca": "a", "profile": "b", "csr": "  "}], {"rows.1.csr": "schema.missing"}),
    ],
)
def test_rows_of_the_wrong_shape_are_not_taken_in(
    ctx: Context, rows: list[dict[str, str]], faults: dict[str, str]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        ask(ctx, BulkAction.ISSUE, rows)
    assert {fault.field: fault.rule for fault in refused.value.errors} == faults
    with ctx.ports.storage.read() as reader:
        assert "bulk" not in {job.kind for job in reader.jobs.page(None, None, 200).items}


def test_a_bulk_job_has_a_largest_size_and_tells_so_many_faults(ctx: Context) -> None:
    with pytest.raises(TooLarge, match="at most 10000 rows"):
        ask(ctx, BulkAction.EXPORT, [{"certificate": str(number)} for number in range(MAX_ROWS + 1)])
    with pytest.raises(InvalidInput, match="300 errors") as refused:
        ask(ctx, BulkAction.ISSUE, [{"reference": "x"}] * 100)
    assert len(refused.value.errors) == MAX_SHOWN


def test_a_certificate_named_twice_is_refused(ctx: Context) -> None:
    with pytest.raises(InvalidInput) as refused:
        ask(ctx, BulkAction.REVOKE, [{"certificate": "01"}, {"certificate": "02"}, {"certificate": "01"}])
    assert [(fault.field, fault.rule) for fault in refused.value.errors] == [("rows.3.certificate", "bulk.duplicate")]


def test_revoking_by_rows(ctx: Context) -> None:
    first, second = leaf(ctx), leaf(ctx, "two.example.com")
    rows = [{"certificate": first, "reason": "superseded"}, {"certificate": second}]
    job = ask(ctx, BulkAction.REVOKE, rows)
    run_outbox(ctx, WORKER)
    assert progress(ctx, job).counts[STATES.DONE] == 2
    with ctx.ports.storage.read() as reader:
        revocations = [reader.certificates.get(UUID(one)).revocation for one in (first, second)]
    assert [one.reason.value for one in revocations if one] == ["superseded", "unspecified"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"reason": "because"}, "invalid_input"),
        ({"reason": "certificateHold"}, "invalid_input"),
        ({"invalidity_date": "yesterday"}, "invalid_input"),
        ({"invalidity_date": "2999-01-01T00:00:00Z"}, "invalid_input"),
    ],
)
def test_a_revocation_that_cannot_be_meant_is_refused_in_the_check(
    ctx: Context, more: Mapping[str, str], code: str
) -> None:
    job = ask(ctx, BulkAction.REVOKE, [{"certificate": leaf(ctx), **more}])
    run_outbox(ctx, WORKER)
    assert states(ctx, job) == [(STATES.REFUSED, code)]


def test_renewing_by_rows_and_what_is_revoked_is_not_renewed(ctx: Context) -> None:
    old, dead = leaf(ctx), leaf(ctx, "two.example.com")
    ask(ctx, BulkAction.REVOKE, [{"certificate": dead}])
    run_outbox(ctx, WORKER)
    good = ask(ctx, BulkAction.RENEW, [{"certificate": old, "validity": "P7D"}])
    bad = ask(ctx, BulkAction.RENEW, [{"certificate": dead}])
    run_outbox(ctx, WORKER)
    (row,) = results.list_rows(ctx, ADMIN, good, None, None, 10).items
    assert row.certificate_id is not None
    with ctx.ports.storage.read() as reader:
        assert reader.certificates.get(row.certificate_id).renews == UUID(old)
    assert states(ctx, bad) == [(STATES.REFUSED, "conflict")]


def test_the_certificates_come_with_their_chains_and_a_deleted_one_is_left_out(
    ctx: Context, clock: FrozenClock
) -> None:
    ids = [leaf(ctx, f"n{number}.example.com") for number in range(3)]
    job = ask(ctx, BulkAction.EXPORT, [{"certificate": one} for one in ids])
    run_outbox(ctx, WORKER)
    chains = dict(results.read_chains(ctx, ADMIN, job))
    assert [str(chain[0].id) for chain in chains.values()] == ids
    assert {len(chain) for chain in chains.values()} == {3}
    clock.advance(timedelta(days=800))
    delete(ctx, ADMIN, UUID(ids[0]))
    assert sorted(dict(results.read_chains(ctx, ADMIN, job))) == [2, 3]


def test_anothers_job_is_not_there(ctx: Context) -> None:
    job = ask(ctx, BulkAction.ISSUE, issue_rows(1), as_role(Role.REGISTRATION_AUTHORITY, "one"))
    stranger = as_role(Role.REGISTRATION_AUTHORITY, "two")
    with pytest.raises(NotFound, match=r"Bulk job .* not found"):
        results.get_progress(ctx, stranger, job)
    with pytest.raises(NotFound, match=r"Bulk job .* not found"):
        results.list_rows(ctx, stranger, job, None, None, 10)
    with pytest.raises(NotFound, match=r"Bulk job .* not found"):
        results.read_chains(ctx, stranger, job)
    assert results.get_progress(ctx, as_role(Role.CA_OPERATOR), job).bulk.id == job


def test_asking_again_under_one_key_is_one_job(ctx: Context) -> None:
    rows, claim = issue_rows(1), Claim("submit_bulk", "once", b"body")
    first, _ = submit(ctx, ADMIN, BulkAction.ISSUE, rows, claim)
    again, replayed = submit(ctx, ADMIN, BulkAction.ISSUE, rows, claim)
    assert (again, replayed) == (first, True)


def test_a_done_job_is_not_cancelled_and_is_forgotten_with_its_rows(ctx: Context, clock: FrozenClock) -> None:
    job = ask(ctx, BulkAction.EXPORT, [{"certificate": leaf(ctx)}])
    run_outbox(ctx, WORKER)
    with pytest.raises(Conflict, match="The job is done, but must be queued"):
        job_verbs.cancel_job(ctx, ADMIN, job)
    clock.advance(timedelta(days=8))
    with ctx.ports.storage.housekeep() as uow:
        uow.jobs.prune(clock.now() - timedelta(days=7))
        assert uow.bulk.prune() == 1
    with pytest.raises(NotFound, match=r"Bulk job .* not found"):
        progress(ctx, job)
