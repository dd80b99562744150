from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.errors import BackendUnavailable
from pki_manager.domain.jobs import Job, JobKind, JobState, NewJob
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Actor, build_system_actor
from pki_manager.worker import outbox
from pki_manager.worker.outbox import HANDLERS, LEASE, MAX_TRIES, OTHERS, URGENT, Handler, compute_backoff, run_outbox
from pki_manager.worker.pace import LULL, Pace
from tests.fakes.clock import FrozenClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN

WORKER = build_system_actor("worker")


def jobs_of(ctx: Context, state: JobState | None = None) -> list[Job]:
    with ctx.ports.storage.read() as reader:
        return list(reader.jobs.page(state, None, 200).items)


def enqueue(ctx: Context, kind: JobKind, **payload: str) -> None:
    with ctx.ports.storage.housekeep() as uow:
        uow.jobs.enqueue(NewJob(kind, payload), ctx.ports.clock.now())


@pytest.fixture
def idle(ctx: Context) -> Context:
    """With nothing left to do from the set-up."""
    run_outbox(ctx, WORKER)
    assert jobs_of(ctx, JobState.QUEUED) == []
    return ctx


def replace_handler(monkeypatch: pytest.MonkeyPatch, kind: JobKind, handler: Handler) -> None:
    monkeypatch.setitem(outbox.HANDLERS, kind, handler)


def test_every_kind_of_job_has_a_handler() -> None:
    assert set(JobKind) - set(HANDLERS) == {JobKind.VALIDATE_CHALLENGE}  # the validator's


def test_what_a_first_start_left_is_published_by_one_run(ctx: Context) -> None:
    run_outbox(ctx, WORKER)
    key = show_ca(ctx, ADMIN, "Issuing CA").keys[0].key
    for path in (f"/ca/{key.ca_id}/k1.cer", f"/ca/{key.ca_id}.p7c", f"/crl/{key.ca_id}/k1.crl"):
        assert ctx.ports.published.find_object(path) is not None
    assert {job.state for job in jobs_of(ctx)} == {JobState.DONE}


def test_a_certificate_and_its_revocation_reach_the_published_store(idle: Context) -> None:
    leaf, _ = enroll(idle, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com")))
    run_outbox(idle, WORKER)
    good = idle.ports.published.find_response(leaf.issuer_key_id, leaf.serial, "sha1")
    assert good is not None
    revoke(idle, ADMIN, leaf.id, RevocationReason.SUPERSEDED)
    run_outbox(idle, WORKER)
    revoked = idle.ports.published.find_response(leaf.issuer_key_id, leaf.serial, "sha1")
    assert revoked is not None
    assert revoked.body != good.body


def test_a_status_that_the_first_version_left_queued_is_published(idle: Context) -> None:
    leaf, _ = enroll(idle, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com")))
    with idle.ports.storage.housekeep() as uow:
        uow.jobs.finish([job.id for job in uow.jobs.take(idle.ports.clock.now(), LEASE, 10)], idle.ports.clock.now())
    enqueue(idle, JobKind.PUBLISH_STATUS, issuer_key=str(leaf.issuer_key_id), serial=f"{leaf.serial:032x}")
    run_outbox(idle, WORKER)
    assert idle.ports.published.find_response(leaf.issuer_key_id, leaf.serial, "sha1") is not None


def test_a_key_backend_that_is_away_costs_a_serial_number_a_try_and_not_more(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signer that cannot be made burns a serial number, whose status waits for that signer: no circle."""

    def away(*_: object) -> bytes:
        raise BackendUnavailable("the key manager is away")

    monkeypatch.setattr(ctx.ports.signers.get("embedded"), "sign", away)
    for _ in range(20):
        run_outbox(ctx, WORKER)
    with ctx.ports.storage.read() as reader:
        burned = [reader.revocations.read_entries(key.id).count for key in reader.issuer_keys.list_all()]
    assert max(burned) <= 2


def test_statuses_are_published_in_batches_of_one_key(idle: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    batches: list[int] = []

    def count(_ctx: Context, _actor: Actor, jobs: Sequence[Job]) -> None:
        batches.append(len(jobs))

    replace_handler(monkeypatch, JobKind.PUBLISH_STATUS, Handler(count, 3))
    for serial in range(7):
        enqueue(idle, JobKind.PUBLISH_STATUS, issuer_key="x", serials=f"{serial:02x}")
    assert run_outbox(idle, WORKER) == 7
    assert batches == [3, 3, 1]


def test_what_is_urgent_comes_after_one_batch_of_what_is_not(idle: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[JobKind] = []

    def publish(_ctx: Context, _actor: Actor, jobs: Sequence[Job]) -> None:
        done.append(jobs[0].kind)
        if len(done) == 1:
            enqueue(idle, JobKind.PUBLISH_STATUS, issuer_key="x", serials="0f")

    for kind in (JobKind.PUBLISH_STATUS, JobKind.PUBLISH_NEW_STATUS):
        replace_handler(monkeypatch, kind, Handler(publish))
    for serial in ("0a", "0b"):
        enqueue(idle, JobKind.PUBLISH_NEW_STATUS, issuer_key="x", serials=serial)
    assert run_outbox(idle, WORKER) == 3
    assert done == [JobKind.PUBLISH_NEW_STATUS, JobKind.PUBLISH_STATUS, JobKind.PUBLISH_NEW_STATUS]


def test_statuses_of_new_certificates_wait_for_a_signer_that_another_thread_makes(ctx: Context) -> None:
    assert run_outbox(ctx, WORKER, kinds=OTHERS) == 0
    assert {job.tries for job in jobs_of(ctx)} == {0}
    run_outbox(ctx, WORKER, kinds=URGENT)
    assert run_outbox(ctx, WORKER, kinds=OTHERS) > 0
    assert jobs_of(ctx, JobState.QUEUED) == []


def test_statuses_of_new_certificates_wait_while_more_keep_coming(idle: Context, clock: FrozenClock) -> None:
    pace = Pace(clock)
    pace.spent(JobKind.PUBLISH_NEW_STATUS, clock.monotonic() - 1)
    leaf, _ = enroll(idle, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com")))
    other, _ = enroll(idle, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("gone.example.com")))
    revoke(idle, ADMIN, other.id, RevocationReason.SUPERSEDED)
    run_outbox(idle, WORKER, pace=pace)
    assert idle.ports.published.find_response(leaf.issuer_key_id, leaf.serial, "sha1") is None
    assert idle.ports.published.find_response(other.issuer_key_id, other.serial, "sha1") is not None
    clock.advance(LULL)
    run_outbox(idle, WORKER, pace=pace)
    assert idle.ports.published.find_response(leaf.issuer_key_id, leaf.serial, "sha1") is not None


def test_a_failing_job_keeps_its_error_and_waits_longer_each_time(
    idle: Context, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_ctx: Context, _actor: Actor, _jobs: Sequence[Job]) -> None:
        raise BackendUnavailable("the key backend is away")

    replace_handler(monkeypatch, JobKind.PUBLISH_CRL, Handler(fail))
    enqueue(idle, JobKind.PUBLISH_CRL, issuer_key="x")
    waits = []
    for _ in range(3):
        assert run_outbox(idle, WORKER) == 0
        [job] = jobs_of(idle, JobState.QUEUED)
        assert job.last_error == "the key backend is away"
        waits.append((job.run_at - clock.now()).total_seconds())
        clock.set(job.run_at)
    assert waits == [1, 2, 4]


def test_a_job_that_fails_by_itself_is_given_up_but_one_that_waits_for_a_part_is_not(
    idle: Context, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_ctx: Context, _actor: Actor, jobs: Sequence[Job]) -> None:
        if jobs[0].payload["why"] == "part":
            raise BackendUnavailable("away")
        raise ZeroDivisionError("text that is for the log only")

    replace_handler(monkeypatch, JobKind.PUBLISH_CRL, Handler(fail))
    enqueue(idle, JobKind.PUBLISH_CRL, why="part")
    enqueue(idle, JobKind.PUBLISH_CRL, why="itself")
    for _ in range(MAX_TRIES + 1):
        run_outbox(idle, WORKER)
        clock.advance(timedelta(hours=1))
    [given_up] = jobs_of(idle, JobState.FAILED)
    assert (given_up.payload["why"], given_up.last_error) == ("itself", "ZeroDivisionError")
    assert given_up.tries == MAX_TRIES
    [waiting] = jobs_of(idle, JobState.QUEUED)
    assert waiting.payload["why"] == "part"


def test_one_bad_job_does_not_hold_back_its_batch(idle: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_on_bad(_ctx: Context, _actor: Actor, jobs: Sequence[Job]) -> None:
        if any(job.payload["serials"] == "bad" for job in jobs):
            raise ValueError

    replace_handler(monkeypatch, JobKind.PUBLISH_STATUS, Handler(fail_on_bad, 500))
    for serial in ("01", "bad", "02"):
        enqueue(idle, JobKind.PUBLISH_STATUS, issuer_key="x", serials=serial)
    assert run_outbox(idle, WORKER) == 2
    [bad] = jobs_of(idle, JobState.QUEUED)
    assert bad.payload["serials"] == "bad"


def test_an_issuer_key_that_is_away_does_not_hold_back_those_of_other_backends(
    idle: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_on_away(_ctx: Context, _actor: Actor, jobs: Sequence[Job]) -> None:
        if any(job.payload["issuer_key"] == "away" for job in jobs):
            raise BackendUnavailable("no answer")

    replace_handler(monkeypatch, JobKind.PUBLISH_STATUS, Handler(fail_on_away, 500))
    for key, serial in (("here", "01"), ("away", "02"), ("here", "03"), ("away", "04")):
        enqueue(idle, JobKind.PUBLISH_STATUS, issuer_key=key, serials=serial)
    assert run_outbox(idle, WORKER) == 2
    assert {job.payload["serials"] for job in jobs_of(idle, JobState.QUEUED)} == {"02", "04"}


def test_what_waits_for_a_part_is_not_late_by_minutes_when_that_is_back() -> None:
    assert [outbox.compute_backoff(tries).total_seconds() for tries in (1, 5, 9, 20)] == [1, 16, 256, 300]
    assert outbox.compute_backoff(20, outbox.LONGEST_WAIT_FOR_A_PART).total_seconds() == 30


def test_a_job_whose_process_died_is_done_after_its_lease(
    idle: Context, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    handler = Handler(lambda _ctx, _actor, jobs: done.extend(job.payload["n"] for job in jobs))
    replace_handler(monkeypatch, JobKind.PUBLISH_CRL, handler)
    enqueue(idle, JobKind.PUBLISH_CRL, n="1")
    with idle.ports.storage.housekeep() as uow:
        assert len(uow.jobs.take(clock.now(), outbox.LEASE, 1)) == 1
    assert run_outbox(idle, WORKER) == 0
    clock.advance(outbox.LEASE)
    assert run_outbox(idle, WORKER) == 1
    assert done == ["1"]


def test_a_full_outbox_lets_go_when_it_is_enough(idle: Context) -> None:
    enqueue(idle, JobKind.PUBLISH_CRL, issuer_key="x")
    assert run_outbox(idle, WORKER, lambda: True) == 0
    assert len(jobs_of(idle, JobState.QUEUED)) == 1


def test_the_wait_is_never_longer_than_five_minutes() -> None:
    assert compute_backoff(1) == timedelta(seconds=1)
    assert compute_backoff(100) == timedelta(minutes=5)
