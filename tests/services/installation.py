"""A real installation: its own home, the real `pkim` and a real server process on free ports of the loopback."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

PKIM = Path(sys.executable).parent / "pkim"
ROOT = Path(__file__).parents[2]
START_SECONDS = 60


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Installation:
    """One home. `settings` are `PKIM_*` environment names; commands run with nothing else of ours in it."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PKIM_HOME": str(self.home),
            "PKIM_MANAGEMENT_BIND": "127.0.0.1:0",
            "PKIM_TLS_BIND": "127.0.0.1:0",
            # Fixed before the first CA is made: its URLs go into certificates.
            "PKIM_STATUS_BIND": f"127.0.0.1:{free_port()}",
            **(settings or {}),
        }
        if coverage := os.environ.get("COV_CORE_DATAFILE"):
            self.environment["COVERAGE_FILE"] = coverage

    def run(self, *arguments: str, expect: int = 0, text: str | None = None) -> str:
        """`pkim ARGUMENTS`; its standard output. An exit code other than `expect` fails the test with both streams."""
        done = self._done(*arguments, expect=expect, text=text)
        return done.stdout if expect == 0 else done.stderr

    def _done(self, *arguments: str, expect: int, text: str | None = None) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [PKIM, *arguments],
            env=self.environment,
            input=text,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == expect, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *arguments: str, expect: int = 0) -> Any:
        """What it prints as JSON, on standard output, also when it refuses."""
        return json.loads(self._done(*arguments, "--output", "json", expect=expect).stdout)

    @contextmanager
    def serving(self, **settings: str) -> Iterator[Server]:
        """A server until the block ends; it must then end by itself within ten seconds."""
        server = Server(self, settings)
        try:
            yield server
        finally:
            server.stop()

    def log(self) -> str:
        path = self.folder / "server.log"
        return path.read_text(errors="replace") if path.exists() else ""


class Server:
    """A running `pkim serve`; `program` is what stands in for `pkim`."""

    def __init__(
        self, installation: Installation, settings: Mapping[str, str], program: Sequence[str | Path] = (PKIM,)
    ) -> None:
        self.installation = installation
        ready = installation.folder / "ready.json"
        ready.unlink(missing_ok=True)
        self._log = (installation.folder / "server.log").open("ab")
        self.process = subprocess.Popen(
            [*program, "serve", "--ready-file", str(ready)],
            cwd=ROOT,
            env={**installation.environment, **settings},
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"the server did not start:\n{installation.log()}")
            time.sleep(0.05)
        addresses = json.loads(ready.read_text())
        self.management: str = addresses["management"]
        self.tls: str = addresses["tls"]
        self.status: str = addresses["status"]
        self.pid: int = addresses["pid"]

    def client(self, token: str) -> httpx2.Client:
        return httpx2.Client(
            base_url=f"{self.management}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=60
        )

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"SIGTERM did not end the server:\n{self.installation.log()}") from None
        finally:
            self._log.close()

    def kill(self) -> None:
        """SIGKILL to the process and whatever it started, as a power cut would."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=15)
        self._log.close()


def administrator_token(installation: Installation) -> str:
    made = installation.json("token", "create", "--name", "tests", "--role", "administrator", "--expires", "P1D")
    token: str = made["token"]
    return token
