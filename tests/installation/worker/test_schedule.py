from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from pki_manager.authority.acme.nonces import create_nonce, use_nonce
from pki_manager.authority.acme.orders import NewOrder, create_order
from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.queries import CertificateQuery, list_certificates
from pki_manager.authority.installation.tls import get_tls_files
from pki_manager.authority.kernel import durable_file
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.revoke import revoke
from pki_manager.bootstrap import TLS_ACTOR, Installation
from pki_manager.domain.errors import BackendUnavailable, NotFound
from pki_manager.domain.revocation import RevocationReason
from pki_manager.storage.leader import FileLock
from pki_manager.worker.schedule import KEEP_ORDERS, LONGEST_PAUSE, Duty, Schedule, prune, renew_tls
from pki_manager.worker.worker import Worker
from tests.fakes.clock import FrozenClock
from tests.support.acme import acme_account, acting
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN


def test_each_duty_runs_on_its_own_beat(clock: FrozenClock) -> None:
    runs: list[str] = []
    duties = (Duty("often", 1, lambda: runs.append("often")), Duty("seldom", 3, lambda: runs.append("seldom")))
    schedule = Schedule(duties, clock.monotonic)
    for _ in range(4):
        schedule.run_due()
        schedule.run_due()
        clock.advance(timedelta(seconds=1))
    assert runs == ["often", "seldom", "often", "often", "often", "seldom"]


def test_a_failing_duty_is_told_and_tried_later_and_later_while_others_go_on(clock: FrozenClock) -> None:
    tried: list[float] = []
    others: list[float] = []

    def fail() -> None:
        tried.append(clock.monotonic() - start)
        if len(tried) < 9:
            raise BackendUnavailable("away")

    start = clock.monotonic()
    schedule = Schedule((Duty("fails", 1, fail), Duty("other", 1, lambda: others.append(1))), clock.monotonic)
    for second in range(300):
        schedule.run_due()
        if second == 10:
            assert schedule.failures["fails"] == (3, "away")
        clock.advance(timedelta(seconds=1))
    pauses = [later - sooner for sooner, later in pairwise(tried)]
    assert pauses[:6] == [2, 4, 8, 16, 32, LONGEST_PAUSE]
    assert max(pauses) == LONGEST_PAUSE
    assert len(others) == 300


def test_a_duty_that_works_again_is_no_longer_told(clock: FrozenClock) -> None:
    outcomes = iter([BackendUnavailable("away"), None])

    def sometimes() -> None:
        if error := next(outcomes):
            raise error

    schedule = Schedule((Duty("sometimes", 1, sometimes),), clock.monotonic)
    schedule.run_due()
    assert schedule.failures
    clock.advance(timedelta(seconds=2))
    schedule.run_due()
    assert not schedule.failures


def test_no_duty_begins_when_stopping(clock: FrozenClock) -> None:
    schedule = Schedule((Duty("never", 1, lambda: pytest.fail("ran")),), clock.monotonic)
    schedule.run_due(lambda: True)


def tls_certificates(ctx: Context) -> int:
    found = list_certificates(ctx, ADMIN, CertificateQuery(profile="tls-server"), None, 200).items
    return sum(certificate.requested_by == TLS_ACTOR.id for certificate in found)


def test_ops_11_the_servers_certificate_is_renewed_at_two_thirds_of_its_life(
    installation: Installation, clock: FrozenClock
) -> None:
    ctx = installation.ctx
    renew_tls(installation)
    renew_tls(installation)
    assert tls_certificates(ctx) == 1
    before = installation.tls.certificate.read_bytes()
    clock.advance(timedelta(days=59))
    renew_tls(installation)
    assert tls_certificates(ctx) == 1
    clock.advance(timedelta(days=2))
    renew_tls(installation)
    assert tls_certificates(ctx) == 2
    assert installation.tls.certificate.read_bytes() != before
    assert installation.tls.certificate.stat().st_mode & 0o777 == 0o600


def test_each_host_renews_its_own_certificate_though_it_does_not_lead(
    installation: Installation, clock: FrozenClock, tmp_path: Path
) -> None:
    ctx = installation.ctx
    follower = replace(
        installation,
        settings=installation.settings.model_copy(update={"public_url": "https://other.example.com"}),
        scheduler=FileLock(tmp_path / "scheduler.lock"),
        tls=get_tls_files(tmp_path / "other-tls", b"a password"),
    )
    leading, following = Worker(installation), Worker(follower)
    for _ in range(2):
        leading.tick()
        following.tick()
    assert (leading.state.leading, following.state.leading) == (True, False)
    assert tls_certificates(ctx) == 2
    files = (installation.tls.certificate, follower.tls.certificate)
    before = [file.read_bytes() for file in files]
    clock.advance(timedelta(days=61))
    for _ in range(2):
        leading.tick()
        following.tick()
    assert tls_certificates(ctx) == 4
    assert all(file.read_bytes() != old for file, old in zip(files, before, strict=True))
    installation.scheduler.resign()


def test_of_processes_that_share_a_certificate_one_renews_it(installation: Installation) -> None:
    folder = installation.tls.certificate.parent
    folder.mkdir()
    with durable_file.try_exclusive(folder / "server.pem.lock") as is_ours:
        assert is_ours
        renew_tls(installation)
    assert tls_certificates(installation.ctx) == 0
    renew_tls(installation)
    assert tls_certificates(installation.ctx) == 1


def test_a_revoked_lost_or_misnamed_server_certificate_is_replaced(
    installation: Installation, clock: FrozenClock
) -> None:
    ctx, path = installation.ctx, installation.tls.certificate
    renew_tls(installation)
    path.unlink()
    clock.advance(timedelta(seconds=1))
    renew_tls(installation)
    assert tls_certificates(ctx) == 2
    clock.advance(timedelta(seconds=1))
    [newest, *_] = list_certificates(ctx, ADMIN, CertificateQuery(profile="tls-server"), None, 200).items
    revoke(ctx, ADMIN, newest.id, RevocationReason.SUPERSEDED)
    renew_tls(installation)
    assert tls_certificates(ctx) == 3
    clock.advance(timedelta(seconds=1))
    settings = installation.settings.model_copy(update={"public_url": "https://pki.example.com"})
    renew_tls(replace(installation, settings=settings))
    assert tls_certificates(ctx) == 4
    renew_tls(replace(installation, settings=settings))
    assert tls_certificates(ctx) == 4


def test_without_an_issuing_ca_there_is_nothing_to_renew(installation: Installation, clock: FrozenClock) -> None:
    clock.advance(timedelta(days=6 * 366))
    renew_tls(installation)
    assert not installation.tls.certificate.exists()


def test_a_lost_published_store_is_made_again_from_the_database(installation: Installation, clock: FrozenClock) -> None:
    ctx = installation.ctx
    leaf, _ = enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com")))
    worker = Worker(installation)
    worker.tick()
    key = show_ca(ctx, ADMIN, "Issuing CA").keys[0].key
    path = f"/ca/{key.ca_id}/k1.cer"
    held = ctx.ports.published.find_object(path)
    assert held is not None
    store = ctx.config.checkpoints.parent / "published" / "status.db"
    store.resolve().unlink()
    store.unlink()
    for _ in range(3):
        clock.advance(timedelta(seconds=2))
        worker.tick()
    again = ctx.ports.published.find_object(path)
    assert again is not None
    assert again.body == held.body
    assert ctx.ports.published.find_response(leaf.issuer_key_id, leaf.serial, "sha256") is not None
    worker.stop(1)


def test_acme_forgets_nonces_and_orders_that_came_to_nothing(ctx: Context, clock: FrozenClock) -> None:
    account = acme_account(ctx)
    wish = NewOrder(ca="Issuing CA", profile="tls-server", identifiers=(("dns", "www.example.com"),))
    ordered = create_order(ctx, acting(ctx, account), account, wish).order
    use_nonce(ctx, create_nonce(ctx))
    clock.set(ordered.expires_at + KEEP_ORDERS)
    prune(ctx)
    with ctx.ports.storage.read() as reader:
        assert reader.acme.orders.get(ordered.id) == ordered
    clock.advance(timedelta(seconds=1))
    prune(ctx)
    with ctx.ports.storage.read() as reader:
        with pytest.raises(NotFound, match=r"ACME order .* not found"):
            reader.acme.orders.get(ordered.id)
        assert reader.acme.accounts.get(account.id) == account
    with ctx.ports.storage.housekeep() as unit:
        assert unit.acme.prune(clock.now(), clock.now()) == 0
