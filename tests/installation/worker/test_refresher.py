"""Re-signing OCSP responses with a key manager that takes 10 ms a signature: a little at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.signing import sign as signing
from pki_manager.authority.status import publish_ocsp
from pki_manager.authority.status.revoke import revoke
from pki_manager.bootstrap import Installation
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import BackendUnavailable
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.worker.refresher import PAUSE, SECONDS, Refresher
from pki_manager.worker.worker import Worker
from pki_manager.x509.ocsp.facts import read_response_facts
from pki_manager.x509.ocsp.response import CertStatus
from tests.fakes.clock import FrozenClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN

WORKER = build_system_actor("worker")
SIGNATURE = timedelta(milliseconds=10)
CERTIFICATES = 60


@pytest.fixture
def leaves(ctx: Context, installation: Installation) -> list[Certificate]:
    """Certificates whose responses were published, and are due to be signed anew."""
    csr = make_csr("www.example.com")
    made = [enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=csr))[0] for _ in range(CERTIFICATES)]
    worker = Worker(installation)
    worker.tick()
    worker.stop(1)
    installation.scheduler.resign()
    return made


def slowly(
    monkeypatch: pytest.MonkeyPatch, clock: FrozenClock, before: Callable[[int], None] = lambda _number: None
) -> list[int]:
    """Let each signature of an OCSP response take 10 ms; `before` is called with its number. The numbers so far."""
    real, numbers = signing.sign, []

    def sign(*given: Any) -> Any:
        numbers.append(len(numbers))
        before(numbers[-1])
        clock.advance(SIGNATURE)
        return real(*given)

    monkeypatch.setattr(publish_ocsp, "sign", sign)
    return numbers


def status(ctx: Context, leaf: Certificate) -> CertStatus | None:
    found = ctx.ports.published.find_response(leaf.issuer_key_id, leaf.serial, "sha1")
    return None if found is None else read_response_facts(found.body).singles[0].status


def make_due(ctx: Context, clock: FrozenClock) -> None:
    clock.advance(ctx.config.ocsp_validity / 2 + timedelta(seconds=10))


def test_one_step_signs_for_a_bounded_time_and_a_restart_goes_on_from_there(
    ctx: Context, leaves: list[Certificate], clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_due(ctx, clock)
    numbers = slowly(monkeypatch, clock)
    steps = 0
    while True:
        began, signed = clock.monotonic(), len(numbers)
        if not Refresher(ctx).step(WORKER):  # a new one each time: nothing is kept in memory
            break
        steps += 1
        assert clock.monotonic() - began <= SECONDS + 1
        assert len(numbers) - signed <= 2 * (SECONDS / SIGNATURE.total_seconds())
    assert steps > 2
    refreshed = {leaf.serial for leaf in leaves if _this_update(ctx, leaf) >= clock.now() - timedelta(minutes=1)}
    assert refreshed == {leaf.serial for leaf in leaves}
    assert len(numbers) < 2 * (len(leaves) + 20), "nothing is signed twice"


def test_a_round_does_not_follow_the_certificates_that_are_issued_while_it_lasts(
    ctx: Context, leaves: list[Certificate], clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They have status jobs of their own, which wait for a pause of the issuance."""
    make_due(ctx, clock)
    slowly(monkeypatch, clock)
    refresher, late = Refresher(ctx), []
    while refresher.step(WORKER):
        late += [
            enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("late.example.com")))[0]
            for _ in range(40)
        ]
        assert len(late) < 1_000, "the round has no end"
    assert all(status(ctx, leaf) is CertStatus.GOOD for leaf in leaves)
    assert status(ctx, late[-1]) is None


def _this_update(ctx: Context, leaf: Certificate) -> Any:
    found = ctx.ports.published.find_response(leaf.issuer_key_id, leaf.serial, "sha256")
    assert found is not None
    return found.this_update


def test_rev_01_a_certificate_revoked_while_its_response_is_being_signed_stays_revoked(
    ctx: Context,
    installation: Installation,
    leaves: list[Certificate],
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The batch has read `good` already; the worker's other thread publishes the revocation before the batch is put."""
    worker = Worker(installation)
    worker.tick()
    make_due(ctx, clock)
    published: list[CertStatus | None] = []

    def revoke_in_between(number: int) -> None:
        if number == 4:
            revoke(ctx, ADMIN, leaves[0].id, RevocationReason.KEY_COMPROMISE)
            worker._attempt("worker", worker._publish)
            published.append(status(ctx, leaves[0]))

    slowly(monkeypatch, clock, revoke_in_between)
    publish_ocsp.publish_statuses(
        ctx, WORKER, leaves[0].issuer_key_id, [leaf.serial for leaf in leaves], seconds=SECONDS
    )
    assert published == [CertStatus.REVOKED], "the revocation does not wait for the batch"
    assert status(ctx, leaves[0]) is CertStatus.REVOKED, "and the batch does not undo it"
    assert status(ctx, leaves[1]) is CertStatus.GOOD
    worker.stop(1)


def test_a_lower_ocsp_validity_applies_to_what_is_published(
    ctx: Context, leaves: list[Certificate], clock: FrozenClock
) -> None:
    assert not publish_ocsp.list_due_keys(ctx)
    shorter = replace(ctx, config=replace(ctx.config, ocsp_validity=timedelta(hours=1)))
    assert publish_ocsp.list_due_keys(shorter)
    publish_ocsp.refresh(shorter, WORKER)
    assert not publish_ocsp.list_due_keys(shorter)
    found = ctx.ports.published.find_response(leaves[0].issuer_key_id, leaves[0].serial, "sha1")
    assert found is not None
    assert found.next_update <= clock.now() + timedelta(hours=1)


def test_an_issuer_key_that_is_unavailable_holds_up_no_other(
    ctx: Context, leaves: list[Certificate], clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_due(ctx, clock)
    unavailable = publish_ocsp.list_due_keys(ctx)[0].id
    real = publish_ocsp.publish_statuses

    def publish(ctx: Context, actor: Any, key_id: Any, *given: Any, **more: Any) -> int:
        if key_id == unavailable:
            raise BackendUnavailable("the key backend is unavailable")
        return real(ctx, actor, key_id, *given, **more)

    refresher = Refresher(ctx)
    with monkeypatch.context() as patch:
        patch.setattr(publish_ocsp, "publish_statuses", publish)
        while refresher.step(WORKER):
            pass
        assert refresher.failures == {unavailable: "the key backend is unavailable"}
        assert [key.id for key in publish_ocsp.list_due_keys(ctx)] == [unavailable]
    clock.advance(timedelta(seconds=PAUSE))
    while refresher.step(WORKER):
        pass
    assert not refresher.failures
    assert not publish_ocsp.list_due_keys(ctx)
