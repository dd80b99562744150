"""A part is away, and comes back: answers are bounded and say so, nothing acknowledged is lost, all heals by itself."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from tests.faults.fault_log import Fault, FaultLog
from tests.faults.parts import Client, require_away, served, until
from tests.judges.services import require_faketime
from tests.services.installation import Installation, administrator_token
from tests.services.postgresql import postgresql_server


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with 48 MiB, for which one must be root."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "none", folder], check=False).returncode != 0:
        pytest.skip("this machine does not let us mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path) -> Path:
    """Take every octet that is left."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        piece = b"x" * 65536
        while piece:
            try:
                file.write(piece)
            except OSError:
                piece = piece[: len(piece) // 2]
    return ballast


def test_a_full_disk_refuses_and_loses_nothing(small_disk: Path, fault_log: FaultLog) -> None:
    installation = Installation(small_disk)
    with served(installation) as (server, client):
        ballast = fill(small_disk)
        refused = None
        for _ in range(200):  # what is left of pages already allocated may still hold some
            answer = client.ask()
            if answer.status_code != 201:
                refused = answer
                break
        assert refused is not None
        require_away(refused, "storage_unavailable")
        known = next(iter(client.acknowledged))
        assert client.get(f"/certificates/{known}").status_code == 200
        assert httpx2.get(f"{server.status}/healthz").status_code == 200
        ballast.unlink()
        client.require_healed()
    fault_log.conclude(Fault.DISK_FULL, installation, client.records, repetitions=1)


def test_a_clock_set_back_an_hour_stops_signing_until_it_is_right_again(tmp_path: Path, fault_log: FaultLog) -> None:
    offset = tmp_path / "offset"
    offset.write_text("+0\n")
    clock = {
        "LD_PRELOAD": str(require_faketime()),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    installation = Installation(tmp_path)
    installation.environment |= clock
    with served(installation) as (_, client):
        offset.write_text("-3600\n")
        for _ in range(3):
            require_away(client.ask(), "clock_behind")
        assert client.get("/cas").status_code == 200
        offset.write_text("+0\n")
        client.require_healed()
    fault_log.conclude(Fault.CLOCK_BACK, installation, client.records, repetitions=1)


@pytest.mark.long
def test_a_clock_that_was_years_ahead_for_a_moment_ends_nothing(tmp_path: Path, fault_log: FaultLog) -> None:
    offset = tmp_path / "offset"
    offset.write_text("+0\n")
    installation = Installation(tmp_path)
    installation.environment |= {
        "LD_PRELOAD": str(require_faketime()),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    with served(installation) as (server, client):
        offset.write_text("+5y\n")
        for _ in range(3):
            require_away(client.ask(), "clock_ahead")
        until(lambda: _clock_part(server.management) == (503, "ahead"))
        assert installation.json("clock", "show", expect=7)["state"] == "ahead"
        offset.write_text("+0\n")
        client.require_healed()
        until(lambda: _clock_part(server.management) == (200, "ok"))
    fault_log.conclude(Fault.CLOCK_AHEAD, installation, client.records, repetitions=1)


def _clock_part(management: str) -> tuple[int, str]:
    answer = httpx2.get(f"{management}/readyz")
    return answer.status_code, answer.json()["parts"]["clock"]["state"]


def test_a_postgresql_server_that_is_stopped_and_started_again(tmp_path: Path, fault_log: FaultLog) -> None:
    with postgresql_server() as postgresql:
        installation = Installation(tmp_path, {"PKIM_DATABASE_URL": postgresql.url(postgresql.create_database())})
        with served(installation) as (server, client):
            postgresql.stop()
            for _ in range(3):
                require_away(client.ask(), "storage_unavailable")
            require_away(client.get("/cas"), "storage_unavailable")
            assert httpx2.get(f"{server.management}/healthz").status_code == 200
            assert httpx2.get(f"{server.management}/readyz").status_code == 503
            assert client.has_status(), "which needs no database"
            with postgresql.running_again():
                client.require_healed()
                ready = httpx2.get(f"{server.management}/readyz").json()
                assert ready["parts"]["database"]["state"] == "ok"
                server.stop()
                fault_log.conclude(Fault.DATABASE_RESTARTED, installation, client.records, repetitions=1)


READY = 20.0
"""Seconds after which `/readyz` must have answered while the database is frozen, also on a busy machine."""


@contextmanager
def frozen(process: int) -> Iterator[None]:
    """Stop a process with SIGSTOP, so that it starts no others, and then those that it has started."""
    stopped = [process]
    try:
        os.kill(process, signal.SIGSTOP)
        stopped += [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
        for one in stopped[1:]:
            os.kill(one, signal.SIGSTOP)
        yield
    finally:
        for one in stopped:
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGCONT)


def test_a_postgresql_server_that_is_frozen_and_goes_on(tmp_path: Path, fault_log: FaultLog) -> None:
    with postgresql_server() as postgresql:
        installation = Installation(tmp_path, {"PKIM_DATABASE_URL": postgresql.url(postgresql.create_database())})
        with served(installation) as (server, client):
            with frozen(postgresql.process.pid):
                readyz = f"{server.management}/readyz"
                assert httpx2.get(readyz, timeout=READY).json()["parts"]["database"] == {
                    "state": "away",
                    "reason": "The database is unavailable: it timed out.",
                }
                require_away(client.ask(), "storage_unavailable")
                require_away(client.get("/cas"), "storage_unavailable")
                assert httpx2.get(f"{server.management}/healthz").status_code == 200
                assert httpx2.get(readyz, timeout=READY).status_code == 503
            client.require_healed()
            server.stop()
            fault_log.conclude(Fault.DATABASE_FROZEN, installation, client.records, repetitions=1)


def test_a_lost_published_store_is_made_again(tmp_path: Path, fault_log: FaultLog) -> None:
    installation = Installation(tmp_path)
    with served(installation) as (_, client):
        pass
    shutil.rmtree(installation.home / "published")
    with installation.serving() as server:
        again = Client(server, administrator_token(installation))
        until(again.has_status)
        again.records = client.records
        again.require_healed()
        again.close()
    fault_log.conclude(Fault.STATUS_STORE_LOST, installation, client.records, repetitions=1)


def test_a_keystore_that_cannot_be_read_stops_the_start_with_its_reason(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    installation.run("init")
    keystore = installation.home / "keystore.db"
    kept = keystore.read_bytes()
    keystore.write_bytes(b"not a keystore" * 100)
    said = installation.run("serve", expect=5)
    assert "keystore.db" in said
    assert keystore.read_bytes() == b"not a keystore" * 100, "nothing was touched"
    keystore.write_bytes(kept)
    with installation.serving() as server:
        client = Client(server, administrator_token(installation))
        client.require_healed()
        client.close()
