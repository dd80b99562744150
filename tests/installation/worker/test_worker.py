from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

import pytest

from pki_manager.authority.audit.audit_log import verify_audit
from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status import ocsp_signer
from pki_manager.authority.status.revoke import revoke
from pki_manager.bootstrap import Installation
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import StorageUnavailable
from pki_manager.domain.jobs import JobState
from pki_manager.domain.revocation import RevocationReason
from pki_manager.storage.leader import FileLock
from pki_manager.worker.schedule import Duty
from pki_manager.worker.worker import Worker
from pki_manager.x509.crl import read_crl_facts
from pki_manager.x509.ocsp.facts import read_response_facts
from pki_manager.x509.ocsp.response import CertStatus
from tests.fakes.clock import FrozenClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN


def test_one_round_does_what_is_due(installation: Installation, clock: FrozenClock) -> None:
    worker = Worker(installation)
    worker.tick()
    assert worker.state.leading
    assert worker.state.last_run == clock.now()
    assert (worker.state.last_error, worker.state.failures) == (None, {})
    assert worker.state.jobs_done > 0
    leaf, _ = enroll(
        installation.ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com"))
    )
    worker.tick()
    assert installation.published.find_response(leaf.issuer_key_id, leaf.serial, "sha1") is not None
    assert installation.tls.certificate.exists()
    worker.stop(1)


def test_of_two_workers_one_leads_and_the_other_takes_over(installation: Installation) -> None:
    lock = installation.ctx.config.checkpoints.parent / "scheduler.lock"
    own: list[str] = []
    one = Worker(installation)
    other = Worker(replace(installation, scheduler=FileLock(lock)), (Duty("own", 0, lambda: own.append("ran")),))
    one.tick()
    other.tick()
    assert (one.state.leading, other.state.leading) == (True, False)
    assert own == ["ran"]
    assert other.state.jobs_done == 0
    installation.scheduler.resign()
    other.tick()
    assert other.state.leading
    other.stop(1)


def test_who_takes_over_does_at_once_what_a_dead_leader_had_begun(installation: Installation) -> None:
    ctx = installation.ctx
    worker = Worker(installation)
    with ctx.ports.storage.housekeep() as uow:
        begun = uow.jobs.take(ctx.ports.clock.now(), timedelta(minutes=2), 1)
    assert [job.state for job in begun] == [JobState.RUNNING]
    worker.tick()
    with ctx.ports.storage.read() as reader:
        assert reader.jobs.get(begun[0].id).state is JobState.DONE
    worker.stop(1)


def test_a_job_that_could_not_be_put_back_is_done_in_the_next_round(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database went away during the job, so that its failure was not written: its lease lasts minutes."""
    ctx = installation.ctx
    worker = Worker(installation)
    worker.tick()
    leaf, _ = enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com")))
    revoke(ctx, ADMIN, leaf.id, RevocationReason.SUPERSEDED)
    with monkeypatch.context() as patch:

        def away(*_: object, **__: object) -> NoReturn:
            raise StorageUnavailable("the database is away")

        patch.setattr("pki_manager.authority.status.publish_ocsp.publish_statuses", away)
        patch.setattr("pki_manager.worker.outbox.put_back", away)
        worker.tick()
    assert worker.state.last_error == "the database is away"
    with ctx.ports.storage.read() as reader:
        assert reader.jobs.count_by_state()[JobState.RUNNING] > 0
    worker.tick()
    with ctx.ports.storage.read() as reader:
        assert reader.jobs.count_by_state()[JobState.RUNNING] == 0
    published = ctx.ports.published.find_response(leaf.issuer_key_id, leaf.serial, "sha1")
    assert published is not None
    assert read_response_facts(published.body).singles[0].status is CertStatus.REVOKED
    worker.stop(1)


def test_who_leads_again_does_what_was_begun_in_between(installation: Installation) -> None:
    """The database let go of the lead and gave it back, with another leader in between or not."""
    ctx = installation.ctx
    worker = Worker(installation)
    worker.tick()
    installation.scheduler.resign()
    enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com")))
    with ctx.ports.storage.housekeep() as uow:
        begun = uow.jobs.take(ctx.ports.clock.now(), timedelta(minutes=2), 1)
    assert begun
    worker.tick()
    with ctx.ports.storage.read() as reader:
        assert reader.jobs.get(begun[0].id).state is JobState.DONE
    worker.stop(1)


def test_nothing_that_goes_wrong_ends_the_worker(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, clock: FrozenClock
) -> None:
    worker = Worker(installation)
    with monkeypatch.context() as patch:

        def away() -> int:
            raise StorageUnavailable("the database is away")

        patch.setattr(installation.ctx.ports.storage, "change_counter", away)
        worker.tick()
        assert worker.state.last_error == "the database is away"
    worker.tick()
    assert worker.state.last_error is None
    assert worker.state.jobs_done > 0


def test_what_relying_parties_wait_for_is_not_held_up_by_other_work(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key backend that hangs, a million responses to sign anew, bulk work: each in the thread for chores."""
    ctx = installation.ctx
    worker = Worker(installation)
    worker.tick()
    leaf, _ = enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com")))
    hangs, goes_on = threading.Event(), threading.Event()

    def hang(*_: object, **__: object) -> bool:
        hangs.set()
        return goes_on.wait(30) and False

    for name in (
        "pki_manager.authority.certificates.reconcile.reconcile_overdue",
        "pki_manager.worker.refresher.Refresher.step",
    ):
        monkeypatch.setattr(name, hang)
    worker.start()
    try:
        assert hangs.wait(30)
        revoke(ctx, ADMIN, leaf.id, RevocationReason.SUPERSEDED)
        deadline = time.monotonic() + 30
        while not _is_published_as_revoked(ctx, leaf) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert _is_published_as_revoked(ctx, leaf)
    finally:
        goes_on.set()
        assert worker.stop(20)


def _is_published_as_revoked(ctx: Context, leaf: Certificate) -> bool:
    found = ctx.ports.published.find_response(leaf.issuer_key_id, leaf.serial, "sha1")
    crl = ctx.ports.published.find_object(f"/crl/{leaf.ca_id}.crl")
    if found is None or crl is None:
        return False
    is_revoked = read_response_facts(found.body).singles[0].status is CertStatus.REVOKED
    return is_revoked and leaf.serial in read_crl_facts(crl.body).serials


def test_a_new_ca_answers_before_it_is_returned(installation: Installation, clock: FrozenClock) -> None:
    ctx = installation.ctx
    worker = Worker(installation)
    worker.start()
    try:
        command = CreateCa(name="New CA", subject="CN=New CA", key_type="ECDSA-P256", parent="Root CA")
        view, _ = create_ca(ctx, ADMIN, command)
        key = view.keys[0].key
        assert ctx.ports.published.find_object(f"/crl/{key.ca_id}.crl") is not None
        assert ctx.ports.published.find_object(f"/ca/{key.ca_id}.cer") is not None
        assert key.id in {issuer.issuer_key_id for issuer in ctx.ports.published.list_issuers()}
        assert ocsp_signer.load(ctx, key.id).not_after > clock.now()
    finally:
        assert worker.stop(20)


def test_a_crl_is_made_anew_when_its_interval_is_over(installation: Installation, clock: FrozenClock) -> None:
    worker = Worker(installation)
    worker.tick()
    ca = show_ca(installation.ctx, ADMIN, "Issuing CA").ca.id
    first = installation.published.find_object(f"/crl/{ca}.crl")
    clock.advance(timedelta(days=1))
    worker.tick()
    second = installation.published.find_object(f"/crl/{ca}.crl")
    assert first is not None
    assert second is not None
    assert second.modified - first.modified == timedelta(days=1)


def test_the_audit_trail_gets_a_checkpoint_within_a_minute_and_at_the_end(
    installation: Installation, clock: FrozenClock
) -> None:
    worker = Worker(installation)
    worker.tick()
    first = verify_audit(installation.ctx, ADMIN).checkpoints
    enroll(installation.ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com")))
    clock.advance(timedelta(seconds=59))
    worker.tick()
    assert verify_audit(installation.ctx, ADMIN).checkpoints == first + 1


def test_it_stops_promptly_and_leaves_a_checkpoint(installation: Installation) -> None:
    worker = Worker(installation)
    worker.start()
    deadline = time.monotonic() + 10
    while not worker.state.jobs_done and time.monotonic() < deadline:
        time.sleep(0.02)
    began = time.monotonic()
    assert worker.stop(5)
    assert time.monotonic() - began < 2
    assert not worker.state.leading
    report = verify_audit(installation.ctx, ADMIN)
    assert report.valid
    assert report.checkpoints > 0
