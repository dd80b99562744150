"""Several issued together: what they share, and what stays each one's own."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier, Event

import pytest

from pki_manager.authority.audit.audit_log import verify_audit
from pki_manager.authority.certificates import draft
from pki_manager.authority.certificates.enroll import Enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.issuance_batches import CONCURRENT_BATCHES
from pki_manager.authority.signing.lint_gate import make_certificate_lint
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import (
    LintRefused,
    StorageUnavailable,
)
from pki_manager.storage.repositories.audit import AuditTrail
from pki_manager.x509.lint.finding import Finding, Severity
from tests.fakes.clock import WaitingClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, with_ports
from tests.support.issuing import REQUEST, Tampering, issue_one


def test_those_who_come_at_once_share_transactions_and_each_has_its_own_end(ctx: Context) -> None:
    """One is refused by lint; the others of its round get what they asked for."""
    ctx = with_ports(ctx, clock=WaitingClock())
    spoilt = make_csr("spoilt.example.com")
    requests = [replace(REQUEST, csr=make_csr(f"www{number}.example.com")) for number in range(14)]

    def linting(known, profile, issuer):
        real = make_certificate_lint(known, profile, issuer)
        broken = Finding("certificate.test", Severity.ERROR, "none", "spoilt", "subject")
        return lambda der: (*real(der), *((broken,) if b"spoilt.example.com" in der else ()))

    def outcome(request: Enroll) -> Certificate | Exception:
        try:
            return issue_one(ctx, request)
        except LintRefused as error:
            return error

    with pytest.MonkeyPatch.context() as patched, ThreadPoolExecutor(16) as pool:
        patched.setattr(draft, "make_certificate_lint", linting)
        outcomes = list(pool.map(outcome, [replace(REQUEST, csr=spoilt), *requests]))
    assert isinstance(outcomes[0], LintRefused)
    issued = [one for one in outcomes[1:] if isinstance(one, Certificate)]
    assert [one.subject for one in issued] == [f"CN=www{number}.example.com" for number in range(14)]
    assert len({one.serial for one in issued}) == 14
    with ctx.ports.storage.read() as reader:
        assert all(reader.certificates.get(one.id).der == one.der for one in issued)
    assert verify_audit(ctx, ADMIN).valid


def test_a_commit_that_fails_fails_for_all_of_a_round_and_nothing_is_signed(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    tampering = Tampering(ctx, lambda data: data)
    ctx = with_ports(ctx, signers=tampering, clock=WaitingClock())

    def failing(*_: object) -> None:
        raise StorageUnavailable("the disk is full")

    monkeypatch.setattr(AuditTrail, "write", failing)

    def outcome(number: int) -> type[Exception] | None:
        try:
            issue_one(ctx, replace(REQUEST, csr=make_csr(f"www{number}.example.com")))
        except StorageUnavailable as error:
            return type(error)
        return None

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(outcome, range(12))) == {StorageUnavailable}
    assert tampering.calls == 0


def test_a_backend_outside_this_process_keeps_nobody_else_waiting(ctx: Context) -> None:
    """Its rounds are its own."""
    begun, go_on = Event(), Event()

    def stall(data: bytes) -> bytes:
        begun.set()
        assert go_on.wait(20)
        return data

    class Outside(Tampering):
        def is_remote(self, name: str) -> bool:
            return True

    slow = with_ports(ctx, signers=Outside(ctx, stall))
    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(issue_one, slow)
        assert begun.wait(20)
        assert pool.submit(issue_one, slow_free(slow, ctx)).result(20).subject
        go_on.set()
        assert waiting.result(20).subject


def test_signatures_of_a_round_are_waited_for_at_the_same_time_and_commits_are_shared(ctx: Context) -> None:
    """The first is held up, with a round of its own and one beside it, until the others have come together.

    Then each signature waits for the other ones of its round: one after the other, they would wait for ever.
    """
    go_on, together = Event(), Barrier(4, timeout=20)
    calls = iter(range(100))

    def meet(signature: bytes) -> bytes:
        if next(calls) < CONCURRENT_BATCHES:
            assert go_on.wait(20)
        else:
            together.wait()
        return signature

    class Outside(Tampering):
        def is_remote(self, name: str) -> bool:
            return True

    slow = with_ports(ctx, signers=Outside(ctx, meet))
    away = slow.state.issuances._of(("embedded", "ECDSA-P256"))
    with ThreadPoolExecutor(CONCURRENT_BATCHES + 4 * CONCURRENT_BATCHES) as pool:
        held = [pool.submit(issue_one, slow) for _ in range(CONCURRENT_BATCHES)]
        _until(lambda: sum(map(len, away._batchers)) == CONCURRENT_BATCHES)
        asked = [pool.submit(issue_one, slow) for _ in range(4 * CONCURRENT_BATCHES)]
        _until(lambda: sum(map(len, away._batchers)) == CONCURRENT_BATCHES + 4 * CONCURRENT_BATCHES)
        go_on.set()
        assert all(one.result(20).subject for one in (*held, *asked))


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def slow_free(slow: Context, real: Context) -> Context:
    """The same process' authority with backends that answer at once."""
    free = with_ports(slow, signers=real.ports.signers)
    return replace(free, state=replace(free.state, issuances=slow.state.issuances))
