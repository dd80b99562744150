"""Scheduled backups: written by the leader, test-restored, repeated after a failure, and watched by their age."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from pki_manager.authority.installation.backup_schedule import (
    find_last_restore_test,
    get_backup_states,
    list_restore_tests,
)
from pki_manager.bootstrap import Installation, initialize, open_installation, scheduled_backup
from pki_manager.bootstrap.backup_stores import DirectoryStore
from pki_manager.bootstrap.backup_targets import find_target, list_stored
from pki_manager.bootstrap.restore_test import BackupInterrupted
from pki_manager.bootstrap.scheduled_backup import run_scheduled_backup
from pki_manager.domain.errors import ConfigurationInvalid
from pki_manager.settings import load
from pki_manager.storage.leader import build_scheduler_lock
from pki_manager.worker.backups import LONGEST_PAUSE, PAUSE, ScheduledBackups
from pki_manager.worker.worker import Worker
from tests.fakes.clock import FrozenClock
from tests.faults.test_backup import ENGINES
from tests.faults.test_backup_targets import RECIPIENT, target_table
from tests.services.postgresql import PostgresServer
from tests.support.factories import ADMIN

HOURS = timedelta(hours=6)


class Scheduled(NamedTuple):
    installation: Installation
    clock: FrozenClock
    environ: dict[str, str]


def never() -> bool:
    return False


@contextmanager
def opened(home: Path, environ: dict[str, str], clock: FrozenClock) -> Iterator[Installation]:
    installation = open_installation(load(home, environ), slot="test")
    ctx = replace(installation.ctx, ports=replace(installation.ctx.ports, clock=clock))
    yield replace(installation, ctx=ctx)
    installation.close()


def environment(folder: Path) -> dict[str, str]:
    tables = [target_table(folder / "disk")]
    return {"PKIM_BACKUP_TARGETS": json.dumps(tables), "PKIM_BACKUP_INTERVAL": "PT6H", "PKIM_BACKUP_KEEP": "2"}


@pytest.fixture(scope="module", params=ENGINES)
def template(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgresql: PostgresServer
) -> tuple[Path, str | None]:
    """A data directory, and the name of a PostgreSQL database, to copy."""
    home = tmp_path_factory.mktemp("template") / "home"
    database = postgresql.create_database() if request.param == "postgresql" else None
    initialize(load(home, {} if database is None else {"PKIM_DATABASE_URL": postgresql.url(database)}), None)
    return home, database


@pytest.fixture
def scheduled(template: tuple[Path, str | None], tmp_path: Path, postgresql: PostgresServer) -> Iterator[Scheduled]:
    home, database = template
    (tmp_path / "recipient").write_text(RECIPIENT)
    (tmp_path / "disk").mkdir()
    shutil.copytree(home, tmp_path / "home")
    environ, clock = environment(tmp_path), FrozenClock(datetime.now(UTC))
    if database is not None:
        database = postgresql.create_database(database)
        environ["PKIM_DATABASE_URL"] = postgresql.url(database)
    with opened(tmp_path / "home", environ, clock) as installation:
        yield Scheduled(installation, clock, environ)
    if database is not None:
        postgresql.drop_database(database)


def count(installation: Installation) -> int:
    return len(list_stored(installation.settings, find_target(installation.settings, "disk")))


def events(installation: Installation, action: str) -> list[dict[str, object]]:
    with installation.ctx.ports.storage.read() as reader:
        bodies = [
            json.loads(one.body) for head in reader.audit.list_heads() for one in reader.audit.iterate_chain(head.chain)
        ]
    return [body for body in bodies if body["action"] == action]


def test_the_leader_writes_a_backup_at_each_interval_and_a_restart_adds_none(
    scheduled: Scheduled, tmp_path: Path
) -> None:
    installation, clock, environ = scheduled
    worker = Worker(installation)
    worker.tick()
    worker.tick()
    assert count(installation) == 1
    assert get_backup_states(installation.ctx)["backup:disk"].state == "ok"
    assert (worker.state.failures, worker.state.last_error) == ({}, None)
    worker.stop(1)
    clock.advance(HOURS - timedelta(minutes=1))
    with opened(tmp_path / "home", environ, clock) as again:
        restarted = ScheduledBackups(again)
        restarted.step(ADMIN, never)
        assert count(again) == 1
        clock.advance(timedelta(minutes=1))
        restarted.step(ADMIN, never)
        assert count(again) == 2


def test_a_process_that_does_not_lead_writes_no_backup(scheduled: Scheduled) -> None:
    installation = scheduled.installation
    settings = installation.settings
    lock = settings.home / "scheduler.lock" if settings.database_url is None else None
    leader = build_scheduler_lock(installation.engine, lock)
    assert leader.try_lead()
    worker = Worker(installation)
    worker.tick()
    assert count(installation) == 0
    leader.resign()
    worker.tick()
    assert count(installation) == 1
    worker.stop(1)


def test_a_lost_target_is_repeated_later_and_later_and_shown(scheduled: Scheduled, tmp_path: Path) -> None:
    installation, clock, _ = scheduled
    disk = tmp_path / "disk"
    disk.rmdir()
    backups = ScheduledBackups(installation)
    tries = []
    for minute in range(100):
        backups.step(ADMIN, never)
        if len(events(installation, "backup.created")) > len(tries):
            tries.append(minute)
        clock.advance(timedelta(minutes=1))
    assert tries == [0, 1, 3, 7, 15, 31, 63]
    assert (PAUSE, LONGEST_PAUSE) == (60, 3600)
    assert backups.failure is not None
    assert "'disk'" in backups.failure
    assert get_backup_states(installation.ctx)["backup:disk"].state == "missing"
    disk.mkdir()
    clock.advance(timedelta(seconds=LONGEST_PAUSE))
    backups.step(ADMIN, never)
    assert backups.failure is None
    assert get_backup_states(installation.ctx)["backup:disk"].state == "ok"


def test_an_old_backup_is_an_alarm(scheduled: Scheduled) -> None:
    installation, clock, _ = scheduled
    ScheduledBackups(installation).step(ADMIN, never)
    clock.advance(2 * HOURS - timedelta(seconds=1))
    assert get_backup_states(installation.ctx)["backup:disk"].state == "ok"
    clock.advance(timedelta(seconds=1))
    assert get_backup_states(installation.ctx)["backup:disk"].state == "overdue"


def test_a_backup_is_test_restored_when_that_is_due_without_an_identity_on_this_host(scheduled: Scheduled) -> None:
    installation, clock, _ = scheduled
    target = find_target(installation.settings, "disk")
    assert find_last_restore_test(installation.ctx, ADMIN) is None
    assert run_scheduled_backup(installation, ADMIN, target, never) is None
    first = find_last_restore_test(installation.ctx, ADMIN)
    assert first == clock.now()
    clock.advance(HOURS)
    run_scheduled_backup(installation, ADMIN, target, never)
    assert find_last_restore_test(installation.ctx, ADMIN) == first, "not due yet"
    clock.advance(installation.settings.backup_verify_interval)
    run_scheduled_backup(installation, ADMIN, target, never)
    assert find_last_restore_test(installation.ctx, ADMIN) == clock.now()
    tested = events(installation, "backup.verified")
    assert [event["outcome"] for event in tested] == ["success", "success"]


def test_a_backup_with_a_passphrase_is_test_restored(scheduled: Scheduled, tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    secret.touch(mode=0o600)
    secret.write_text("correct horse battery staple\n")
    target = find_target(scheduled.installation.settings, "disk")
    target = target.model_copy(update={"recipient_file": None, "passphrase_file": secret})
    assert run_scheduled_backup(scheduled.installation, ADMIN, target, never) is None
    assert find_last_restore_test(scheduled.installation.ctx, ADMIN) is not None


class DamagingStore(DirectoryStore):
    """Storage that returns each file without its end."""

    def read(self, name: str, scratch: Path) -> AbstractContextManager[Path]:
        (scratch / name).write_bytes(Path(self.place_of(name)).read_bytes()[:-100])
        return nullcontext(scratch / name)


def test_a_backup_that_cannot_be_restored_is_an_alarm_and_nothing_is_pruned(
    scheduled: Scheduled, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation, clock, _ = scheduled
    backups = ScheduledBackups(installation)
    for _ in range(2):
        backups.step(ADMIN, never)
        clock.advance(timedelta(days=7))
    with monkeypatch.context() as patched:
        patched.setattr(scheduled_backup, "store_of", lambda _, target: DamagingStore(target.name, target.path))
        backups.step(ADMIN, never)
    assert count(installation) == 3, "backup_keep is 2"
    assert backups.failure is not None
    state = get_backup_states(installation.ctx)["backup:disk"]
    assert state.state == "unrestorable"
    assert events(installation, "backup.verified")[-1]["outcome"] == "failed"
    clock.advance(HOURS)
    backups.step(ADMIN, never)
    assert (backups.failure, count(installation)) == (None, 2)
    assert list_restore_tests(installation.ctx, ADMIN)["disk"].reason is None


def test_an_interrupted_backup_leaves_nothing_behind(scheduled: Scheduled, tmp_path: Path) -> None:
    installation = scheduled.installation
    target = find_target(installation.settings, "disk")
    with pytest.raises(BackupInterrupted, match="The backup was"):
        run_scheduled_backup(installation, ADMIN, target, lambda: True)
    assert list((tmp_path / "disk").iterdir()) == []
    calls = iter([False] * 100)
    backups = ScheduledBackups(installation)
    backups.step(ADMIN, lambda: not next(calls, False))
    assert backups.failure is None


def test_an_interrupted_test_restore_is_repeated_with_the_next_backup(scheduled: Scheduled) -> None:
    installation = scheduled.installation
    target = find_target(installation.settings, "disk")
    with pytest.raises(BackupInterrupted, match="The test restore was"):
        run_scheduled_backup(installation, ADMIN, target, lambda: count(installation) == 1)
    assert count(installation) == 1
    assert list_restore_tests(installation.ctx, ADMIN) == {}


def test_what_a_killed_backup_left_is_deleted_and_what_another_process_writes_is_not(
    scheduled: Scheduled, tmp_path: Path
) -> None:
    installation = scheduled.installation
    target = find_target(installation.settings, "disk")
    abandoned, held = (tmp_path / "disk" / f".pkim-20260101T000000Z-0000000{n}.age.partial" for n in (1, 2))
    abandoned.touch()
    with held.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        run_scheduled_backup(installation, ADMIN, target, never)
    assert not abandoned.exists()
    assert held.exists()


def test_a_schedule_without_a_target_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="backup_interval"):
        load(tmp_path / "home", {"PKIM_BACKUP_INTERVAL": "P1D"})
