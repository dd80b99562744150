"""A file system that becomes read-only under a running server, as the kernel does after an error of the disk."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.faults.fault_log import Fault, FaultLog
from tests.faults.parts import Client, require_away, served, until
from tests.judges.services import require
from tests.services.installation import Installation, administrator_token

_SIZE = 96 << 20


class Disk:
    """An ext4 file system of its own in a file. It becomes read-only while files are open, which a remount refuses."""

    def __init__(self, image: Path, folder: Path) -> None:
        self.folder = folder
        self._image = image

    def mount(self) -> None:
        if subprocess.run(["mount", "-o", "loop", self._image, self.folder], check=False).returncode != 0:
            pytest.skip("this machine does not allow the mount of a file system")

    def unmount(self) -> None:
        subprocess.run(["umount", self.folder], check=True)

    def fail(self) -> None:
        """Do what the kernel does after an error of the disk: the file system is read-only until the next mount."""
        subprocess.run(["mount", "-o", "remount,abort", self.folder], check=True)


@contextmanager
def mounted_disk(tmp_path: Path) -> Iterator[Disk]:
    image, folder = tmp_path / "image", tmp_path / "disk"
    folder.mkdir()
    with image.open("wb") as file:
        file.truncate(_SIZE)
    subprocess.run([require("mkfs.ext4"), "-q", image], check=True)
    disk = Disk(image, folder)
    disk.mount()
    try:
        yield disk
    finally:
        disk.unmount()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    if os.geteuid() != 0:
        pytest.skip("only root can mount a file system")
    with mounted_disk(tmp_path) as made:
        yield made


def _read_parts(management: str) -> dict[str, dict[str, str]]:
    parts: dict[str, dict[str, str]] = httpx2.get(f"{management}/readyz").json()["parts"]
    return parts


def test_a_file_system_that_becomes_read_only_refuses_and_loses_nothing(
    disk: Disk, tmp_path: Path, fault_log: FaultLog
) -> None:
    installation = Installation(disk.folder)
    installation.folder = tmp_path  # for its log and the file of its addresses, which are no part of the fault
    with served(installation) as (server, client):
        disk.fail()
        for _ in range(3):
            require_away(client.ask(), "storage_unavailable")
        known = next(iter(client.acknowledged))
        assert client.get(f"/certificates/{known}").status_code == 200
        assert client.has_status()
        until(lambda: _read_parts(server.management)["disk"]["state"] == "read_only")
        assert httpx2.get(f"{server.management}/readyz").status_code == 503
    disk.unmount()
    disk.mount()
    with installation.serving() as server:
        repaired = Client(server, administrator_token(installation))
        repaired.records = client.records
        repaired.require_healed()
        repaired.close()
    fault_log.conclude(Fault.READ_ONLY, installation, client.records, repetitions=1)
