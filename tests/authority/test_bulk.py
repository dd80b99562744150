"""Bulk jobs: checked whole before anything is done, each row with its own result, resumed without doing a row twice."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from pki_manager.authority.bulk import results, run
from pki_manager.authority.bulk.submit import MAX_SHOWN, submit
from pki_manager.authority.cas.suspend_ca import resume_ca, suspend_ca
from pki_manager.authority.certificates import draft
from pki_manager.authority.certificates.delete import delete
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.enroll_batch import EnrollCall, enroll_batch
from pki_manager.authority.certificates.profiles import retire
from pki_manager.authority.installation import jobs as job_verbs
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.rights import tokens
from pki_manager.authority.signing.lint_gate import Lint
from pki_manager.domain.bulk import MAX_ROWS, BulkAction, BulkRowState
from pki_manager.domain.ca import Issuer
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import BackendUnavailable, Conflict, Forbidden, InvalidInput, NotFound, TooLarge
from pki_manager.domain.jobs import JobKind, JobState
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.rights.actor import Actor, Role, system
from pki_manager.policy.roles import builtin_grants
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.ports.certificates import CertificateFilter
from pki_manager.ports.unit_of_work import Claim
from pki_manager.worker.outbox import run_outbox
from pki_manager.x509.lint import Finding, KnownKinds, Severity
from tests.fakes.clock import FrozenClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN

WORKER = system("worker")
STATES = BulkRowState


def issue_rows(count: int, **more: str) -> list[dict[str, str]]:
    return [
        {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr(f"n{number}.example.com"), **more}
        for number in range(1, count + 1)
    ]


def as_role(role: Role, name: str = "other") -> Actor:
    return replace(ADMIN, id=f"local:{name}", name=name, grants=builtin_grants(role))


def leaf(ctx: Context, name: str = "www.example.com") -> str:
    return str(enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr(name)))[0].id)


def ask(ctx: Context, action: BulkAction, rows: list[dict[str, str]], actor: Actor = ADMIN) -> UUID:
    return submit(ctx, actor, action, rows)[0]


def progress(ctx: Context, job: UUID) -> results.BulkProgress:
    return results.progress(ctx, ADMIN, job)


def states(ctx: Context, job: UUID) -> list[tuple[BulkRowState, str | None]]:
    page = results.rows(ctx, ADMIN, job, None, None, 200)
    return [(row.state, row.code) for row in page.items]


def count(ctx: Context) -> int:
    where = CertificateFilter(profile="tls-server")
    with ctx.ports.storage.read() as reader:
        return len(reader.certificates.page(where, ctx.ports.clock.now(), None, 200).items)


def actions(ctx: Context) -> list[str]:
    with ctx.ports.storage.read() as reader:
        page = reader.audit.page(AuditFilter(), None, 200)
    return [json.loads(event.body)["action"] for event in reversed(page.items)]


def test_rows_are_issued_and_each_says_what_it_made(ctx: Context) -> None:
    before = count(ctx)
    job = ask(ctx, BulkAction.ISSUE, issue_rows(20, reference="ours"))
    run_outbox(ctx, WORKER)
    done = progress(ctx, job)
    assert (done.job.state, done.bulk.started) == (JobState.DONE, True)
    assert done.counts == {STATES.RECEIVED: 0, STATES.CHECKED: 0, STATES.DONE: 20, STATES.REFUSED: 0}
    assert count(ctx) - before == 20
    rows = results.rows(ctx, ADMIN, job, STATES.DONE, None, 200).items
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
    (row,) = results.rows(ctx, ADMIN, good, None, None, 10).items
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
    chains = dict(results.chains(ctx, ADMIN, job))
    assert [str(chain[0].id) for chain in chains.values()] == ids
    assert {len(chain) for chain in chains.values()} == {3}
    clock.advance(timedelta(days=800))
    delete(ctx, ADMIN, UUID(ids[0]))
    assert sorted(dict(results.chains(ctx, ADMIN, job))) == [2, 3]


def test_a_job_is_done_by_the_slice_and_everything_else_gets_its_turn(
    ctx: Context, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_CHUNK", 2)
    job = ask(ctx, BulkAction.ISSUE, issue_rows(6))
    kept = run._keep

    def slow(*arguments: object) -> None:
        kept(*arguments)  # type: ignore[arg-type]
        clock.advance(timedelta(seconds=run.SLICE_SECONDS))

    monkeypatch.setattr(run, "_keep", slow)
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
    kept = run._keep
    rounds = iter((kept, die))

    def keep(*arguments: Any) -> None:
        next(rounds)(*arguments)

    monkeypatch.setattr(run, "_keep", keep)
    with pytest.raises(Killed):
        run.run(ctx, WORKER, job)
    assert count(ctx) - before == 5
    assert progress(ctx, job).counts[STATES.DONE] == 0
    monkeypatch.setattr(run, "_keep", kept)
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
    monkeypatch.setattr(run, "_CHUNK", 2)
    job = ask(ctx, BulkAction.ISSUE, issue_rows(6))
    kept = run._keep

    def then_cancel(ctx: Context, bulk: object, settled: object) -> None:
        kept(ctx, bulk, settled)  # type: ignore[arg-type]
        if progress(ctx, job).counts[STATES.DONE]:
            job_verbs.cancel_job(ctx, ADMIN, job)

    monkeypatch.setattr(run, "_keep", then_cancel)
    run_outbox(ctx, WORKER)
    cancelled = progress(ctx, job)
    assert cancelled.job.state is JobState.CANCELLED
    assert (cancelled.counts[STATES.DONE], cancelled.counts[STATES.CHECKED]) == (2, 4)
    monkeypatch.setattr(run, "_keep", kept)
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
    start = run._start

    def meanwhile(ctx: Context, bulk: object) -> object:
        other = ask(ctx, BulkAction.REVOKE, [{"certificate": first}])
        monkeypatch.setattr(run, "_start", start)
        with ctx.ports.storage.housekeep() as uow:
            uow.jobs.take(ctx.ports.clock.now(), timedelta(minutes=2), 500)
        run.run(ctx, WORKER, other)
        return start(ctx, bulk)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "_start", meanwhile)
    run_outbox(ctx, WORKER)
    assert states(ctx, job) == [(STATES.REFUSED, "conflict"), (STATES.DONE, None)]
    assert progress(ctx, job).job.state is JobState.DONE


def test_a_row_that_lint_refuses_among_others_is_refused_alone_and_told_once(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = draft.certificate_lint

    def spoiling(known: KnownKinds, profile: Profile, issuer: Issuer) -> Lint:
        broken = Finding("certificate.test", Severity.ERROR, "none", "spoilt", "subject")
        lint = real(known, profile, issuer)
        return lambda der: (*lint(der), *((broken,) if b"n2.example.com" in der else ()))

    monkeypatch.setattr(draft, "certificate_lint", spoiling)
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
    monkeypatch.setattr(type(ctx.ports.signers), "waits", lambda *_: True)
    orders = [Enroll(ca="Issuing CA", profile="tls-server", csr=row["csr"]) for row in issue_rows(2)]
    came = enroll_batch(
        ctx, [EnrollCall(ADMIN, order, Claim("bulk", str(number), b"")) for number, order in enumerate(orders)]
    )
    assert [one.subject for one in came if isinstance(one, Certificate)] == ["CN=n1.example.com", "CN=n2.example.com"]


def test_rows_are_done_by_the_rights_of_who_asked(ctx: Context) -> None:
    with pytest.raises(Forbidden):
        ask(ctx, BulkAction.ISSUE, issue_rows(1), as_role(Role.AUDITOR))
    with pytest.raises(Forbidden):
        ask(ctx, BulkAction.REVOKE, [{"certificate": "01"}], as_role(Role.REQUESTER))
    officer = as_role(Role.REGISTRATION_AUTHORITY)
    job = ask(ctx, BulkAction.ISSUE, issue_rows(1), officer)
    run_outbox(ctx, WORKER)
    (row,) = results.rows(ctx, officer, job, None, None, 10).items
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
    assert failed.job.last_error == "whoever asked for it has no rights any more"


def test_anothers_job_is_not_there(ctx: Context) -> None:
    job = ask(ctx, BulkAction.ISSUE, issue_rows(1), as_role(Role.REGISTRATION_AUTHORITY, "one"))
    stranger = as_role(Role.REGISTRATION_AUTHORITY, "two")
    with pytest.raises(NotFound):
        results.progress(ctx, stranger, job)
    with pytest.raises(NotFound):
        results.rows(ctx, stranger, job, None, None, 10)
    with pytest.raises(NotFound):
        results.chains(ctx, stranger, job)
    assert results.progress(ctx, as_role(Role.CA_OPERATOR), job).bulk.id == job


def test_asking_again_under_one_key_is_one_job(ctx: Context) -> None:
    rows, claim = issue_rows(1), Claim("submit_bulk", "once", b"body")
    first, _ = submit(ctx, ADMIN, BulkAction.ISSUE, rows, claim)
    again, replayed = submit(ctx, ADMIN, BulkAction.ISSUE, rows, claim)
    assert (again, replayed) == (first, True)


def test_a_done_job_is_not_cancelled_and_is_forgotten_with_its_rows(ctx: Context, clock: FrozenClock) -> None:
    job = ask(ctx, BulkAction.EXPORT, [{"certificate": leaf(ctx)}])
    run_outbox(ctx, WORKER)
    with pytest.raises(Conflict):
        job_verbs.cancel_job(ctx, ADMIN, job)
    clock.advance(timedelta(days=8))
    with ctx.ports.storage.housekeep() as uow:
        uow.jobs.prune(clock.now() - timedelta(days=7))
        assert uow.bulk.prune() == 1
    with pytest.raises(NotFound):
        progress(ctx, job)


def test_a_profile_that_was_retired_in_between_refuses_the_rows(ctx: Context) -> None:
    job = ask(ctx, BulkAction.ISSUE, [{**row, "profile": "tls-mutual"} for row in issue_rows(1)])
    retire(ctx, ADMIN, "tls-mutual")
    run_outbox(ctx, WORKER)
    assert progress(ctx, job).job.state is JobState.FAILED
