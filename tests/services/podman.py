"""Containers of an image, with a storage of their own and no network but the loopback interface."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.judges.services import require

_SECONDS = 120
_SCRIPT_SECONDS = 300
_START_SECONDS = 60
RESTRICTIONS = (
    *("--read-only", "--read-only-tmpfs=false", "--tmpfs", "/tmp"),
    *("--cap-drop", "all", "--security-opt", "no-new-privileges"),
)
"""Options of a container that can write only its volumes and /tmp, and has no capability."""


_CONFIGURATION = """
[network]
network_backend = "netavark"
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
"""
"""Limits that need no privilege."""


def _build_command(folder: Path) -> tuple[str, ...]:
    # runc also runs where both versions of control groups are mounted; crun does not.
    storage = (f"--root={folder / 'root'}", f"--runroot={folder / 'run'}", f"--tmpdir={folder / 'tmp'}")
    engine = ("--log-level=error", f"--runtime={require('runc')}", "--cgroup-manager=cgroupfs")
    network = f"--network-config-dir={folder / 'networks'}"
    return (require("podman"), *engine, "--storage-driver=overlay", *storage, network)


class Podman:
    """A storage of images, volumes, and containers."""

    def __init__(self, folder: Path) -> None:
        self.command = _build_command(folder)
        (folder / "containers.conf").write_text(_CONFIGURATION, encoding="ascii")
        self.environment = {**os.environ, "CONTAINERS_CONF": str(folder / "containers.conf")}

    def run(self, *arguments: str | Path, text: str | None = None) -> str:
        """`podman ARGUMENTS`; its standard output. A failure fails the test with both streams."""
        done = self.call(*arguments, text=text)
        assert done.returncode == 0, f"podman {arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def call(self, *arguments: str | Path, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """`podman ARGUMENTS`, whatever its exit code is."""
        return subprocess.run(
            [*self.command, *arguments],
            input=text,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            env=self.environment,
        )

    def inspect(self, name: str) -> Any:
        """The state and the configuration of a container or an image."""
        [document] = json.loads(self.run("inspect", name))
        return document


@contextmanager
def podman() -> Iterator[Podman]:
    """An empty storage until the block ends."""
    with _storage() as folder:
        yield Podman(folder)


@contextmanager
def _storage() -> Iterator[Path]:
    # The paths of sockets below it must be short.
    folder = Path(tempfile.mkdtemp(prefix="podman-"))
    try:
        yield folder
    finally:
        Podman(folder).call("rm", "--force", "--all", "--time", "1")
        _remove(folder)


def _remove(folder: Path) -> None:
    """Remove the storage. For some seconds, the cleanup of a container that has ended can still write there."""
    deadline = time.monotonic() + 20
    while True:
        try:
            shutil.rmtree(folder)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def run_with_podman(script: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Run a shell script whose `podman` has a storage of its own, in a network namespace of its own."""
    require("iptables")
    with _storage() as folder:
        engine = Podman(folder)
        program = folder / "bin" / "podman"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec {shlex.join(engine.command)} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        path = f"{program.parent}:{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
        # Also after a failure, containers end in the namespace in which their network was set up.
        start = "ip link set lo up\ntrap 'podman rm --force --all --time 1 > /dev/null' EXIT\n"
        return subprocess.run(
            ["unshare", "--net", "bash", "-euo", "pipefail", "-c", start + script],
            cwd=directory,
            env={**engine.environment, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=_SCRIPT_SECONDS,
        )


def load_image(engine: Podman, archive: Path) -> str:
    """Load the archive of an image; its name."""
    return engine.run("load", "--quiet", "--input", archive).rpartition("/")[2].strip()


def wait_until_healthy(engine: Podman, container: str) -> None:
    """Wait until the health check of the image succeeds."""
    deadline = time.monotonic() + _START_SECONDS
    while engine.call("exec", container, "pkim-health").returncode:
        assert time.monotonic() < deadline, engine.call("logs", container)
        time.sleep(0.3)
