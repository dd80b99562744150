"""A power cut: the disk has each file as it was when it was last synced, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from pki_manager.settings import load
from tests.faults import hasty
from tests.faults.fault_log import Fault, FaultLog
from tests.faults.invariants.report import check_invariants
from tests.faults.load import Load
from tests.judges.services import require
from tests.services.installation import PKIM, Installation, Server, administrator_token, free_port

PROGRAM: Sequence[str | Path] = (PKIM,)
CONTROL: Sequence[str | Path] = (sys.executable, "-m", hasty.__name__)


@dataclass(frozen=True)
class Disk:
    """What a power cut leaves of a data directory. `library` copies each file there when a server syncs it."""

    home: Path
    synced: Path
    library: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """Return the environment of a server on this disk."""
        return {"LD_PRELOAD": str(self.library), "SYNCED_FROM": str(self.home), "SYNCED_TO": str(self.synced)}

    def sync(self) -> None:
        """Sync every file. No server may run."""
        shutil.rmtree(self.synced, ignore_errors=True)
        shutil.copytree(self.home, self.synced, symlinks=True)

    def lose(self) -> None:
        """Lose everything that was not synced. No server may run."""
        shutil.rmtree(self.home)
        shutil.copytree(self.synced, self.home, symlinks=True, ignore=shutil.ignore_patterns("*.part"))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiled = tmp_path_factory.mktemp("library") / "synced_files.so"
    source = Path(__file__).with_name("synced_files.c")
    subprocess.run([require("gcc"), "-shared", "-fPIC", "-O2", "-o", compiled, source, "-ldl"], check=True)
    return compiled


def cut_power(installation: Installation, disk: Disk, token: str, program: Sequence[str | Path], cuts: int) -> Load:
    """Cut the power under load after every 20 certificates. The disk is what the last cut left of it."""
    load = None
    for _ in range(cuts):
        disk.sync()
        server = Server(installation, disk.environment, program)
        try:
            load = load or Load(server.management, token)
            load.start()
            load.await_more(20, 120)
        finally:
            server.kill()
            if load is not None:
                load.stop()
        disk.lose()
    assert load is not None
    assert load.wrong == []
    return load


def survive(folder: Path, library: Path, fault_log: FaultLog, *, cuts: int) -> None:
    settings = {f"PKIM_{name}_BIND": f"127.0.0.1:{free_port()}" for name in ("MANAGEMENT", "TLS", "STATUS")}
    installation = Installation(folder / "durable", settings)
    control = Installation(folder / "control", settings)
    installation.folder.mkdir()
    installation.run("init")
    token = administrator_token(installation)
    shutil.copytree(installation.folder, control.folder, symlinks=True)
    disk, other = (Disk(one.home, one.folder / "synced", library) for one in (installation, control))
    lost = cut_power(control, other, token, CONTROL, 1)
    results = check_invariants(load(None, control.environment), lost.records)
    control_lost = len(results[0].violations)
    assert control_lost > 0, "the disk keeps what was not synced"
    kept = cut_power(installation, disk, token, PROGRAM, cuts)
    with installation.serving():
        pass
    fault_log.conclude(Fault.POWER_LOSS, installation, kept.records, repetitions=cuts, control_lost=control_lost)


def test_a_power_cut_loses_nothing_acknowledged_unlike_a_database_that_does_not_wait(
    tmp_path: Path, library: Path, fault_log: FaultLog
) -> None:
    survive(tmp_path, library, fault_log, cuts=1)


@pytest.mark.long
def test_twenty_power_cuts_in_a_row(tmp_path: Path, library: Path, fault_log: FaultLog) -> None:
    survive(tmp_path, library, fault_log, cuts=20)
