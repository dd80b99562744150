"""FreeRADIUS on the loopback with one EAP module, and the client `eapol_test` that signs in to it."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.judges.services import require

_START_SECONDS = 60
_SECRET = "secret-of-the-access-point"
_CONFIGURATION = """
prefix = /usr
libdir = /usr/lib/freeradius
logdir = {folder}
run_dir = {folder}
security {{
  allow_vulnerable_openssl = no
}}
client localhost {{
  ipaddr = 127.0.0.1
  secret = {secret}
}}
modules {{
  $INCLUDE {folder}/eap
}}
server default {{
  listen {{
    type = auth
    ipaddr = 127.0.0.1
    port = {port}
  }}
  authorize {{
    eap
  }}
  authenticate {{
    eap
  }}
}}
"""


@dataclass(frozen=True)
class RadiusServer:
    """A running FreeRADIUS. Its log has every step of every sign-in."""

    port: int
    log: Path

    def admits(self, configuration: str, folder: Path) -> bool:
        """Whether a client with this configuration, run in this folder, is admitted."""
        (folder / "wifi.conf").write_text(configuration)
        command = (
            require("eapol_test"), "-c", "wifi.conf", "-a", "127.0.0.1", "-p", str(self.port), "-s", _SECRET,
            "-r", "0", "-t", "30",
        )  # fmt: skip
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=90, check=False)
        last = done.stdout.rstrip().rsplit("\n", 1)[-1]
        assert (last, done.returncode == 0) in {("SUCCESS", True), ("FAILURE", False)}, done.stdout[-3000:]
        return last == "SUCCESS"


@contextmanager
def radius_server(folder: Path, eap: str) -> Iterator[RadiusServer]:
    """FreeRADIUS with this configuration of its EAP module, until the block ends."""
    require("eapol_test")
    program = require("freeradius")
    folder.mkdir()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    (folder / "eap").write_text(eap)
    (folder / "radiusd.conf").write_text(_CONFIGURATION.format(folder=folder, secret=_SECRET, port=port))
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            (program, "-X", "-d", folder, "-D", "/usr/share/freeradius"),
            cwd=folder,
            env={"PATH": os.defpath},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        _await(process, log)
        yield RadiusServer(port, log)
    finally:
        process.kill()
        process.wait(timeout=15)


def _await(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while b"Ready to process requests" not in log.read_bytes():
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"FreeRADIUS did not start:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.05)
