"""The leader verifies the audit log in steps; a log that is not valid is a failing duty and one line."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from pki_manager.authority.audit import verification
from pki_manager.authority.kernel.context import Context
from pki_manager.bootstrap import Installation
from pki_manager.domain.errors import StorageUnavailable
from pki_manager.server.metrics import Metrics
from pki_manager.worker import auditor
from pki_manager.worker.auditor import PAUSE, REST
from pki_manager.worker.worker import Worker
from tests.conftest import open_engine
from tests.fakes.clock import FrozenClock

DUTY = "audit_verification"
SEAL = "UPDATE audit_events SET mac = :mac WHERE seq = 4"


@pytest.fixture
def execute(memory_url: str, installation: Installation) -> Callable[..., None]:
    """Write to the database past the program."""

    def run(statement: str, **values: object) -> None:
        engine = open_engine(memory_url)
        with engine.execution_options(write=True).begin() as connection:
            connection.execute(sa.text(statement), values)
        engine.dispose()

    return run


@pytest.fixture
def worker(installation: Installation) -> Worker:
    return Worker(installation)


def metric(ctx: Context, worker: Worker, name: str) -> str | None:
    text = Metrics(ctx, worker, "worker-1").text().decode()
    return next((line.rpartition(" ")[2] for line in text.splitlines() if line.startswith(name)), None)


LAST, FAILING = "pkim_audit_last_verified_timestamp_seconds", f'pkim_worker_duty_failing{{duty="{DUTY}"'


def test_the_leader_verifies_the_log_and_the_metric_says_when(ctx: Context, worker: Worker, clock: FrozenClock) -> None:
    assert metric(ctx, worker, LAST) is None
    worker.tick()
    assert DUTY in worker.duties
    assert DUTY not in worker.state.failures
    assert float(metric(ctx, worker, LAST) or 0) == clock.now().timestamp()
    assert metric(ctx, worker, FAILING) == "0.0"


def test_a_log_that_is_not_valid_is_a_failing_duty_and_one_line(
    ctx: Context,
    worker: Worker,
    clock: FrozenClock,
    execute: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with ctx.ports.storage.read() as reader:
        mac = next(event.mac for event in reader.audit.iterate_chain("host/worker-1", 3))
    execute(SEAL, mac=bytes(32))
    for _ in range(3):
        worker.tick()
        assert "number 4" in worker.state.failures[DUTY]
        clock.advance(timedelta(hours=1))
    assert metric(ctx, worker, LAST) is None
    assert metric(ctx, worker, FAILING) == "1.0"
    errors = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert [(one.getMessage(), vars(one)["reason"]) for one in errors] == [
        ("verification found a fault", worker.state.failures[DUTY])
    ]
    execute(SEAL, mac=mac)
    worker.tick()
    assert DUTY not in worker.state.failures


def test_a_restart_remembers_that_the_log_is_not_valid(
    installation: Installation, worker: Worker, execute: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    execute(SEAL, mac=bytes(32))
    worker.tick()
    found = worker.state.failures[DUTY]
    worker.stop(1)
    installation.scheduler.resign()
    monkeypatch.setattr(verification, "advance", lambda *_given: pytest.fail("started over"))
    restarted = Worker(installation)
    restarted.tick()
    assert restarted.state.failures[DUTY] == found


def test_steps_are_apart_and_a_step_that_cannot_be_done_is_tried_later(
    worker: Worker, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[float] = []
    outcomes: list[Exception | verification.Verification] = [
        verification.Verification(place=verification.ChainPlace()),
        StorageUnavailable("away"),
        OSError("unreadable"),
        verification.Verification(),
    ]

    def verify_some(_ctx: Context, _actor: object, *, seconds: float) -> verification.Verification:
        assert seconds <= 0.5
        done.append(clock.monotonic())
        outcome = outcomes[len(done) - 1]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(auditor, "verify_in_steps", verify_some)
    began, failures = clock.monotonic(), []
    while len(done) < len(outcomes):
        worker.tick()
        if len(failures) < len(done):
            failures.append(worker.state.failures.get(DUTY))
        clock.advance(timedelta(seconds=0.5))
    assert [at - began for at in done] == [0, REST, REST + PAUSE, REST + 2 * PAUSE]
    assert failures == [None, "away", "OSError", None]
    assert worker.state.last_error is None
