"""PKI Manager as a user runs it: `pkim init`, `pkim serve`, an API token, HTTP."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.load import note

PKIM = Path(sys.executable).parent / "pkim"
ROOT = Path(__file__).parents[1]
CA = "Issuing CA"
RULES_PROFILE = "tls-server-rules"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Product:
    """One installation in a folder. `settings` are `PKIM_*` names, the only ones in its environment."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PKIM_HOME": str(self.folder / "home"),
            "PKIM_MANAGEMENT_BIND": f"127.0.0.1:{free_port()}",
            "PKIM_TLS_BIND": f"127.0.0.1:{free_port()}",
            "PKIM_STATUS_BIND": f"127.0.0.1:{free_port()}",
            **self.settings,
        }
        self.pkim("init")
        self.token = json.loads(
            self.pkim(
                "token", "create", "--name", "bench", "--role", "administrator", "--expires", "P1D", "--output", "json"
            )
        )["token"]
        self._make_rules_profile()

    def pkim(self, *arguments: str) -> str:
        done = subprocess.run([PKIM, *arguments], env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(
                f"pkim {arguments} failed ({done.returncode}):\n{done.stdout[-500:]}\n{done.stderr[-1500:]}"
            )
        return done.stdout

    def child(self, module: str, *arguments: str) -> str:
        """Run a module of the bench in a process of its own on this data directory. Returns its standard output."""
        command = [sys.executable, "-m", module, self.environment["PKIM_HOME"], *arguments]
        done = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{module} failed:\n{done.stderr[-1500:]}")
        return done.stdout

    def _make_rules_profile(self) -> None:
        """Create a copy of `tls-server` that runs pkilint only for the first certificate of a kind."""
        shown = json.loads(self.pkim("profile", "show", "tls-server", "--output", "json"))
        body = {name: value for name, value in shown.items() if name not in ("version", "state", "created_at")}
        path = self.folder / "rules.json"
        path.write_text(json.dumps(body | {"name": RULES_PROFILE, "lint": "rules"}))
        self.pkim("profile", "create", "--in", str(path))

    @contextlib.contextmanager
    def serving(self, *, workers: int = 1) -> Iterator[Addresses]:
        ready = self.folder / "ready.json"
        ready.unlink(missing_ok=True)
        with (self.folder / "server.log").open("ab") as log:
            process = subprocess.Popen(
                [PKIM, "serve", "--ready-file", str(ready)],
                env={**self.environment, "PKIM_WORKERS": str(workers)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                yield self._await(ready, process)
            finally:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()

    def _await(self, ready: Path, process: subprocess.Popen[bytes]) -> Addresses:
        deadline = time.monotonic() + 60
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the server did not start:\n{(self.folder / 'server.log').read_text()[-1500:]}")
            time.sleep(0.05)
        told = json.loads(ready.read_text())
        note(f"serving, process {told['pid']}")
        return Addresses(told["management"], told["status"], self.token, told["pid"])


@dataclass(frozen=True)
class Addresses:
    management: str
    status: str
    token: str
    pid: int

    @property
    def authorization(self) -> str:
        return f"Authorization: Bearer {self.token}"

    def call(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - any JSON value
        """Return the JSON response to a REST call."""
        request = urllib.request.Request(
            f"{self.management}/api/v1{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.loads(answer.read() or b"{}")
