"""A server that needs more memory than its control group allows: the kernel kills it, and nothing is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.fault_log import Fault, FaultLog
from tests.faults.load import Load
from tests.faults.parts import HEALED, until
from tests.services.installation import Installation, Server, administrator_token

_CONTROLLER = Path("/sys/fs/cgroup/memory")
_LIMIT = 4 << 20
"""Octets that the server gets from the kernel after it has started."""


class MemoryGroup:
    """A control group (version 1) for one process, without swap."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, process: int) -> None:
        (self._folder / "cgroup.procs").write_text(str(process))

    def limit(self, octets: int) -> None:
        (self._folder / "memory.limit_in_bytes").write_text(str(octets))


@pytest.fixture
def memory_group() -> Iterator[MemoryGroup]:
    folder = _CONTROLLER / f"pkim-test-{os.getpid()}"
    try:
        folder.mkdir()
    except OSError as error:
        pytest.skip(f"this machine does not allow a control group for memory: {error.strerror}")
    yield MemoryGroup(folder)
    with suppress(OSError):
        folder.rmdir()


def test_a_server_killed_at_its_memory_limit_loses_nothing(
    tmp_path: Path, fault_log: FaultLog, memory_group: MemoryGroup
) -> None:
    installation = Installation(tmp_path)
    installation.run("init")
    token = administrator_token(installation)
    server = Server(installation, {})
    load = Load(server.management, token)
    load.start()
    load.await_more(20, HEALED)
    memory_group.limit(_LIMIT)
    memory_group.add(server.pid)  # only what the server needs from now on counts
    until(lambda: server.process.poll() is not None)
    load.stop()
    assert server.process.wait() == -signal.SIGKILL
    server.kill()
    with installation.serving() as again:
        after = Load(again.management, token, records=load.records)
        after.start()
        after.await_more(20, HEALED)
        after.stop()
    assert (load.wrong, after.wrong, after.errors) == ([], [], 0)
    fault_log.conclude(Fault.MEMORY_LIMIT, installation, load.records, repetitions=1, errors=load.errors)
