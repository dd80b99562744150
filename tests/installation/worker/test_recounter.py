"""The leader adds changes to the counts of certificates, and a recount repairs wrong counts and reports them."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
import sqlalchemy as sa

from pki_manager.authority.installation.dashboard import show_dashboard
from pki_manager.authority.kernel.context import Context
from pki_manager.bootstrap import Installation
from pki_manager.domain.certificate import CertificateState
from pki_manager.domain.errors import StorageUnavailable
from pki_manager.server.metrics import Metrics
from pki_manager.worker import recounter
from pki_manager.worker.recounter import EVERY, PAUSE, REST
from pki_manager.worker.worker import Worker
from tests.conftest import open_engine
from tests.fakes.clock import FrozenClock
from tests.support.factories import ADMIN

DUTY = "certificate_counts"


def execute(url: str, statement: str) -> None:
    """Write to the database past the program."""
    engine = open_engine(url)
    with engine.execution_options(write=True).begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def valid(ctx: Context) -> int:
    return show_dashboard(ctx, ADMIN).by_state[CertificateState.VALID]


def run_recount(worker: Worker, clock: FrozenClock, steps: int = 5) -> None:
    for _ in range(steps):
        worker.tick()
        clock.advance(timedelta(seconds=REST))


@pytest.fixture
def worker(installation: Installation) -> Worker:
    return Worker(installation)


def test_the_leader_adds_changes_to_the_sums(ctx: Context, worker: Worker, clock: FrozenClock) -> None:
    with ctx.ports.storage.read() as reader:
        assert reader.counts.has_changes()
    run_recount(worker, clock)
    with ctx.ports.storage.read() as reader:
        assert not reader.counts.has_changes()
    assert valid(ctx) > 0


def test_after_an_upgrade_the_first_recount_begins_at_once(
    memory_url: str, ctx: Context, installation: Installation, clock: FrozenClock
) -> None:
    worker = Worker(installation)
    run_recount(worker, clock)
    before = valid(ctx)
    for statement in ("meta WHERE key = 'counts.complete'", "count_groups", "count_totals"):
        execute(memory_url, f"DELETE FROM {statement}")
    with ctx.ports.storage.read() as reader:
        assert not reader.counts.is_complete()
    worker = Worker(installation)
    assert valid(ctx) == before
    run_recount(worker, clock)
    with ctx.ports.storage.read() as reader:
        assert reader.counts.is_complete()
    assert valid(ctx) == before
    assert DUTY not in worker.state.failures


def test_wrong_counts_are_repaired_and_reported(
    memory_url: str, ctx: Context, worker: Worker, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    run_recount(worker, clock)
    before = valid(ctx)
    execute(memory_url, "UPDATE count_groups SET number = number + 1")
    execute(memory_url, "UPDATE count_totals SET number = number + 1")
    assert valid(ctx) != before
    clock.advance(timedelta(seconds=EVERY))
    with caplog.at_level(logging.ERROR):
        run_recount(worker, clock)
    assert valid(ctx) == before
    assert "certificate counts were wrong and were repaired" in caplog.text
    assert DUTY in worker.duties
    assert worker.state.failures[DUTY].startswith("Certificate counts were wrong and were repaired: ")
    assert f'pkim_worker_duty_failing{{duty="{DUTY}"' in Metrics(ctx, worker, "worker-1").text().decode()
    clock.advance(timedelta(seconds=EVERY))
    run_recount(worker, clock)
    assert DUTY not in worker.state.failures


def test_a_recount_that_fails_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, worker: Worker, clock: FrozenClock
) -> None:
    def unavailable(_: Context) -> None:
        raise StorageUnavailable("The database is unavailable.")

    with monkeypatch.context() as patched:
        patched.setattr(recounter, "is_recount_due", unavailable)
        worker.tick()
    assert worker.state.failures[DUTY] == "The database is unavailable."
    clock.advance(timedelta(seconds=PAUSE))
    worker.tick()
    clock.advance(timedelta(seconds=EVERY))
    run_recount(worker, clock)
    assert DUTY not in worker.state.failures
