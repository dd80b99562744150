"""kill -9 of one of two processes under load: the writer of the database and the other one, in turn."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.faults.fault_log import Fault, FaultLog
from tests.faults.load import Load
from tests.faults.test_two_processes import children
from tests.services.installation import Installation, Server, administrator_token, free_port

STARTED = 60.0


def writer_of(processes: set[int], home: Path) -> int:
    """The process that holds the lock of the writer; 0 while none does."""
    inode = (home / "pki.db.writer").stat().st_ino
    held = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return next((int(line[4]) for line in held if line[5].endswith(f":{inode}") and int(line[4]) in processes), 0)


def until(check: Callable[[], object]) -> None:
    deadline = time.monotonic() + STARTED
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_aud_06_a_writer_and_a_maker_killed_in_turn_lose_nothing_acknowledged(
    tmp_path: Path, fault_log: FaultLog
) -> None:
    settings = {f"PKIM_{name}_BIND": f"127.0.0.1:{free_port()}" for name in ("MANAGEMENT", "TLS")}
    installation = Installation(tmp_path, settings)
    server = Server(installation, {"PKIM_WORKERS": "2"})
    load = Load(server.management, administrator_token(installation))
    load.start()
    try:
        for is_writer in (True, False, True):
            load.await_more(15, 120)
            until(lambda: len(children(server.pid)) == 2 and writer_of(children(server.pid), installation.home))
            writer = writer_of(children(server.pid), installation.home)
            (other,) = children(server.pid) - {writer}
            os.kill(writer if is_writer else other, signal.SIGKILL)
        load.await_more(15, 120)
    finally:
        load.stop()
        server.stop()
    assert load.wrong == []
    fault_log.conclude(Fault.KILL_ONE_PROCESS, installation, load.records, repetitions=3)
