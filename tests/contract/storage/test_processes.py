"""Several processes on one database; processes that die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pki_manager.storage.leader import SchedulerLock, build_scheduler_lock
from pki_manager.storage.storage import SqlStorage
from tests.conftest import OpenStorage, lock_path, open_engine

ROOT = Path(__file__).parents[3]
UNITS = 60


def start(task: str, url: str, *arguments: str) -> subprocess.Popen[str]:
    """Run a task of `writer_process` in a process of its own."""
    command = [sys.executable, "-m", "tests.contract.storage.writer_process", task, url, *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def keys_of(storage: SqlStorage, chain: str, names: list[str]) -> tuple[list[str | None], int]:
    with storage.read() as reader:
        return [reader.meta.get(name) for name in names], sum(1 for _ in reader.audit.iterate_chain(chain))


def test_two_processes_write_at_once_and_nothing_is_lost(database_url: str, open_storage: OpenStorage) -> None:
    chains = ["host/worker-1", "host/worker-2"]
    processes = [start("write", database_url, chain, str(UNITS)) for chain in chains]
    for process in processes:
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert len(out.split()) == UNITS
    storage = open_storage()
    for chain in chains:
        values, events = keys_of(storage, chain, [f"{chain}/{number}" for number in range(UNITS)])
        assert values == ["1"] * UNITS
        assert events == UNITS


def test_aud_06_kill_9_while_writing_loses_nothing_that_was_acknowledged(
    database_url: str, open_storage: OpenStorage
) -> None:
    chain = "host/worker-1"
    process = start("write", database_url, chain, "1000000")
    assert process.stdout is not None
    acknowledged = [process.stdout.readline().strip() for _ in range(40)]
    os.kill(process.pid, signal.SIGKILL)
    rest, _ = process.communicate(timeout=20)
    acknowledged += [name for name in rest.split("\n")[:-1] if name]
    storage = open_storage()
    values, events = keys_of(storage, chain, acknowledged)
    assert values == ["1"] * len(acknowledged)
    assert events >= len(acknowledged)
    with storage.read() as reader:
        (head,) = reader.audit.list_heads()
        stored = list(reader.audit.iterate_chain(chain))
    assert [event.seq for event in stored] == list(range(1, head.seq + 1))
    assert stored[-1].hash == head.hash


@pytest.fixture
def locks(database_url: str, tmp_path: Path):
    engines = [open_engine(database_url) for _ in range(2)]
    path = None if lock_path(database_url) is None else tmp_path / "scheduler.lock"
    made = [build_scheduler_lock(engine, path) for engine in engines]
    yield made
    for lock, engine in zip(made, engines, strict=True):
        lock.resign()
        engine.dispose()


def test_one_leads_until_it_resigns(locks: list[SchedulerLock]) -> None:
    one, two = locks
    for _ in range(20):
        with one:
            assert one.try_lead()
            assert one.try_lead()
            assert not two.try_lead()
        with two:
            assert two.try_lead()
            assert not one.try_lead()


def test_the_lead_of_a_killed_process_is_free(database_url: str, tmp_path: Path, locks: list[SchedulerLock]) -> None:
    process = start("lead", database_url, str(tmp_path / "scheduler.lock"))
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "True"
    assert not locks[0].try_lead()
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=20)
    for _ in range(200):
        if locks[0].try_lead():
            return
        signal.sigtimedwait([], 0.05)
    pytest.fail("the lead stayed with the dead")
