"""A real S3-compatible server (SeaweedFS) for tests: on this machine, gone with the process that made it.

`tools/install_judges.sh` installs it.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from tests.services.installation import free_port

ACCESS_KEY, SECRET_KEY = "test-access-key", "test-secret-key"
_START_SECONDS = 60
_HIGHEST = 55000
"""The server listens on a second port, 10000 above each."""


def binary() -> Path:
    """The server. Without it: skipped, but in CI a failure."""
    cache = os.environ.get("XDG_CACHE_HOME")
    folder = (Path(cache) if cache else Path.home() / ".cache") / "pki-manager" / "judges" / "seaweedfs"
    program = folder / "bin" / "weed"
    if not program.exists():
        if os.environ.get("CI"):
            pytest.fail("SeaweedFS is not installed, and CI has to test it")
        pytest.skip("SeaweedFS is not installed: tools/install_judges.sh")
    return program


@dataclass(frozen=True)
class S3Server:
    """A running server with one access key. `url` is its endpoint."""

    url: str


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    program, ports = binary(), [_low_port() for _ in range(4)]
    identity = {
        "name": "tests",
        "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    names = ("-master.port", "-volume.port", "-filer.port", "-s3.port")
    options = [f"{name}={port}" for name, port in zip(names, ports, strict=True)]
    more = ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3", f"-s3.config={folder}/s3.json", f"-dir={folder}"]
    small = ["-master.volumeSizeLimitMB=64", "-volume.max=20", "-s3.port.iceberg=0"]
    # --pdeathsig: a test run that is killed leaves no server behind.
    command = ["setpriv", "--pdeathsig", "KILL", str(program), "server", *options, *more, *small]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        server = S3Server(f"http://127.0.0.1:{ports[-1]}")
        _await(server, process, folder / "log")
        yield server
    finally:
        process.kill()
        process.wait(10)


def _low_port() -> int:
    while True:
        port = free_port()
        if port < _HIGHEST:
            return port


def _await(server: S3Server, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx2.get(server.url).status_code == httpx2.codes.FORBIDDEN:
                return
        except httpx2.HTTPError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"SeaweedFS did not start: {log.read_text()[-2000:]}")
