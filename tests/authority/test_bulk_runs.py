"""A bulk job while it runs: slices, kills, unavailable backends, cancellation, retries, and permissions."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from pki_manager.authority.bulk import results, run
from pki_manager.authority.cas.suspend_ca import resume_ca, suspend_ca
from pki_manager.authority.certificates import draft
from pki_manager.authority.certificates.enroll import Enroll
from pki_manager.authority.certificates.enroll_batch import EnrollCall, enroll_batch
from pki_manager.authority.certificates.profiles import retire
from pki_manager.authority.installation import jobs as job_verbs
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.rights import tokens
from pki_manager.authority.signing.lint_gate import Lint, make_certificate_lint
from pki_manager.domain.bulk import BulkAction, BulkJob, BulkRowState
from pki_manager.domain.ca import Issuer
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import BackendUnavailable, Forbidden
from pki_manager.domain.jobs import JobKind, JobState
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.rights.actor import Role
from pki_manager.ports.unit_of_work import Claim
from pki_manager.worker.outbox import run_outbox
from pki_manager.x509.lint import Finding, KnownKinds, Severity
from tests.fakes.clock import FrozenClock
from tests.support.bulk_jobs import WORKER, actions, as_role, ask, count, issue_rows, leaf, progress, states
from tests.support.factories import ADMIN

STATES = BulkRowState


def test_a_job_is_done_by_the_slice_and_everything_else_gets_its_turn(
    ctx: Context, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "ROWS_AT_A_TIME", 2)
    job = ask(ctx, BulkAction.ISSUE, issue_rows(6))
    kept = run.keep_results

    def slow(ctx: Context, bulk: BulkJob, settled: Sequence[run.Settled]) -> None:
        kept(ctx, bulk, settled)
        clock.advance(timedelta(seconds=run.SLICE_SECONDS))

    monkeypatch.setattr(run, "keep_results", slow)
    seen = []
    for _ in range(8):
        with ctx.ports.storage.housekeep() as uow:
            taken = uow.jobs.take(clock.now(), timedelta(minutes=2), 1, JobKind.BULK)
        for one in taken:
            run.run(ctx, WORKER, one.id)
            counts = progress(ctx, job).counts
            seen.append((counts[STATES.CHECKED], counts[STATES.DONE]))
    assert seen[:5] == [(2, 0), (4, 0), (6, 0), (4, 2), (2, 4)]


def test_what_was_done_before_a_kill_is_not_done_again(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies after it issued and before the results were kept."""
    before = count(ctx)
    job = ask(ctx, BulkAction.ISSUE, issue_rows(5))

    class Killed(BaseException): ...

    def die(*_: object) -> None:
        raise Killed

    with ctx.ports.storage.housekeep() as uow:
        uow.jobs.take(ctx.ports.clock.now(), timedelta(minutes=2), 500)
    kept = run.keep_results
    rounds = iter((kept, die))

    def keep(*arguments: Any) -> None:
        next(rounds)(*arguments)

    monkeypatch.setattr(run, "keep_results", keep)
    with pytest.raises(Killed):
        run.run(ctx, WORKER, job)
    assert count(ctx) - before == 5
    assert progress(ctx, job).counts[STATES.DONE] == 0
    monkeypatch.setattr(run, "keep_results", kept)
    with ctx.ports.storage.housekeep() as uow:
        uow.jobs.take_over(ctx.ports.clock.now(), [JobKind.BULK])
    run_outbox(ctx, WORKER)
    assert progress(ctx, job).counts[STATES.DONE] == 5
    assert count(ctx) - before == 5


def test_rows_wait_for_a_key_backend_that_is_away(
    ctx: Context, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ask(ctx, BulkAction.ISSUE, issue_rows(3))
    signer = ctx.ports.signers.get("embedded")

    def away(*_: object) -> bytes:
        raise BackendUnavailable("the key manager is away")

    with monkeypatch.context() as broken:
        broken.setattr(signer, "sign", away)
        run_outbox(ctx, WORKER)
    waiting = progress(ctx, job)
    assert (waiting.job.state, waiting.job.last_error) == (JobState.QUEUED, "the key manager is away")
    assert waiting.counts[STATES.CHECKED] == 3
    clock.advance(timedelta(minutes=10))
    run_outbox(ctx, WORKER)
    assert progress(ctx, job).counts[STATES.DONE] == 3


def test_a_cancelled_job_does_nothing_more(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "ROWS_AT_A_TIME", 2)
    job = ask(ctx, BulkAction.ISSUE, issue_rows(6))
    kept = run.keep_results

    def then_cancel(ctx: Context, bulk: BulkJob, settled: Sequence[run.Settled]) -> None:
        kept(ctx, bulk, settled)
        if progress(ctx, job).counts[STATES.DONE]:
            job_verbs.cancel_job(ctx, ADMIN, job)

    monkeypatch.setattr(run, "keep_results", then_cancel)
    run_outbox(ctx, WORKER)
    cancelled = progress(ctx, job)
    assert cancelled.job.state is JobState.CANCELLED
    assert (cancelled.counts[STATES.DONE], cancelled.counts[STATES.CHECKED]) == (2, 4)
    monkeypatch.setattr(run, "keep_results", kept)
    job_verbs.retry_job(ctx, ADMIN, job)
    run_outbox(ctx, WORKER)
    assert progress(ctx, job).counts[STATES.DONE] == 6


def test_a_retry_looks_at_refused_rows_again(ctx: Context) -> None:
    suspend_ca(ctx, ADMIN, "Issuing CA")
    job = ask(ctx, BulkAction.ISSUE, issue_rows(2))
    run_outbox(ctx, WORKER)
    assert states(ctx, job) == [(STATES.REFUSED, "conflict")] * 2
    resume_ca(ctx, ADMIN, "Issuing CA")
    job_verbs.retry_job(ctx, ADMIN, job)
    run_outbox(ctx, WORKER)
    assert progress(ctx, job).counts[STATES.DONE] == 2


def test_a_row_that_is_refused_while_others_are_done_ends_for_itself(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between check and work a certificate was revoked by somebody else."""
    first, second = leaf(ctx), leaf(ctx, "two.example.com")
    job = ask(ctx, BulkAction.REVOKE, [{"certificate": first}, {"certificate": second}])
    start = run.start_job

    def meanwhile(ctx: Context, bulk: BulkJob) -> BulkJob:
        other = ask(ctx, BulkAction.REVOKE, [{"certificate": first}])
        monkeypatch.setattr(run, "start_job", start)
        with ctx.ports.storage.housekeep() as uow:
            uow.jobs.take(ctx.ports.clock.now(), timedelta(minutes=2), 500)
        run.run(ctx, WORKER, other)
        return start(ctx, bulk)

    monkeypatch.setattr(run, "start_job", meanwhile)
    run_outbox(ctx, WORKER)
    assert states(ctx, job) == [(STATES.REFUSED, "conflict"), (STATES.DONE, None)]
    assert progress(ctx, job).job.state is JobState.DONE


def test_a_row_that_lint_refuses_among_others_is_refused_alone_and_told_once(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = make_certificate_lint

    def spoiling(known: KnownKinds, profile: Profile, issuer: Issuer) -> Lint:
        broken = Finding("certificate.test", Severity.ERROR, "none", "spoilt", "subject")
        lint = real(known, profile, issuer)
        return lambda der: (*lint(der), *((broken,) if b"n2.example.com" in der else ()))

    monkeypatch.setattr(draft, "make_certificate_lint", spoiling)
    before = len(actions(ctx))
    job = ask(ctx, BulkAction.ISSUE, issue_rows(3))
    run_outbox(ctx, WORKER)
    assert states(ctx, job) == [(STATES.DONE, None), (STATES.REFUSED, "lint_refused"), (STATES.DONE, None)]
    told = actions(ctx)[before:]
    assert sum("refused" in action for action in told) == 1


def test_rows_whose_signatures_wait_for_another_server_wait_at_once(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each signature here waits for a second one: one after the other, they would wait for ever."""
    signer = ctx.ports.signers.get("embedded")
    sign, both = signer.sign, threading.Barrier(2, timeout=10)

    def meeting(*arguments: Any) -> bytes:
        both.wait()
        return sign(*arguments)

    monkeypatch.setattr(signer, "sign", meeting)
    monkeypatch.setattr(type(ctx.ports.signers), "is_remote", lambda *_: True)
    orders = [Enroll(ca="Issuing CA", profile="tls-server", csr=row["csr"]) for row in issue_rows(2)]
    came = enroll_batch(
        ctx, [EnrollCall(ADMIN, order, Claim("bulk", str(number), b"")) for number, order in enumerate(orders)]
    )
    assert [one.subject for one in came if isinstance(one, Certificate)] == ["CN=n1.example.com", "CN=n2.example.com"]


def test_rows_are_done_by_the_rights_of_who_asked(ctx: Context) -> None:
    with pytest.raises(Forbidden, match="Requires the permission `bulk:run`"):
        ask(ctx, BulkAction.ISSUE, issue_rows(1), as_role(Role.AUDITOR))
    with pytest.raises(Forbidden, match="Requires the permission `bulk:run`"):
        ask(ctx, BulkAction.REVOKE, [{"certificate": "01"}], as_role(Role.REQUESTER))
    officer = as_role(Role.REGISTRATION_AUTHORITY)
    job = ask(ctx, BulkAction.ISSUE, issue_rows(1), officer)
    run_outbox(ctx, WORKER)
    (row,) = results.list_rows(ctx, officer, job, None, None, 10).items
    assert row.certificate_id is not None
    with ctx.ports.storage.read() as reader:
        assert reader.certificates.get(row.certificate_id).requested_by == officer.id


def test_a_job_ends_with_the_rights_of_who_asked(ctx: Context) -> None:
    new, _ = tokens.create_token(ctx, ADMIN, "ci", Role.CA_OPERATOR, Duration.parse("P1D"))
    actor = tokens.authenticate(ctx, new.secret or "", peer=None, request_id="r", via="rest")
    job = ask(ctx, BulkAction.ISSUE, issue_rows(1), actor)
    tokens.revoke_token(ctx, ADMIN, new.token.id)
    run_outbox(ctx, WORKER)
    failed = progress(ctx, job)
    assert (failed.job.state, failed.counts[STATES.DONE]) == (JobState.FAILED, 0)
    assert failed.job.last_error == "its submitter no longer has access"


def test_a_profile_that_was_retired_in_between_refuses_the_rows(ctx: Context) -> None:
    job = ask(ctx, BulkAction.ISSUE, [{**row, "profile": "tls-mutual"} for row in issue_rows(1)])
    retire(ctx, ADMIN, "tls-mutual")
    run_outbox(ctx, WORKER)
    assert progress(ctx, job).job.state is JobState.FAILED
