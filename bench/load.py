"""The load that is the same for every product: wrk, two threads, sixteen connections, a bounded time, medians.

Everything goes to 127.0.0.1, and every process that is started is ended by its process group.
"""

from __future__ import annotations

import base64
import contextlib
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "pki-manager-bench"
SECONDS = int(os.environ.get("BENCH_SECONDS", "10"))
RUNS = int(os.environ.get("BENCH_RUNS", "3"))


def peer_binary(name: str) -> Path | None:
    """Return a peer that `bench/install_peers.sh` built. None if missing: a note then replaces its lines."""
    path = CACHE / "bin" / name
    return path if path.exists() else None


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """Yield a folder on the disk, not in memory, so that durable writes are really synced."""
    CACHE.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=CACHE))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def serving(
    command: Sequence[str | Path], port: int, folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Run a server until the block ends. The block starts when its port accepts connections."""
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            stdout=log,
            stderr=log,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        try:
            _await_port(port, process, folder)
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _await_port(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
            return
        time.sleep(0.05)
    raise SystemExit(f"nothing answers on port {port}:\n{(folder / 'server.log').read_text(errors='replace')[-1500:]}")


def run(*command: str | Path, cwd: Path | None = None, environment: Mapping[str, str] | None = None) -> str:
    """Return the standard output of a command. If it fails, end the program with its error output."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{command[0]} failed ({done.returncode}):\n{done.stdout[-800:]}\n{done.stderr[-1500:]}")
    return done.stdout


def post_rate(url: str, bodies: Path, *headers: str, media_type: str = "application/json") -> float:
    """Return the successful responses per second to POSTs of the lines of a file, repeated, offset for each thread."""
    good, seconds = _wrk(url, "post.lua", str(bodies), media_type, *headers)
    return good / seconds


def post_count(url: str, bodies: Path, *headers: str, media_type: str = "application/json") -> int:
    """Return the number of successful responses to a load as of `post_rate`."""
    good, _ = _wrk(url, "post.lua", str(bodies), media_type, *headers)
    return good


def get_rate(url: str, paths: Path) -> float:
    """Return the successful responses per second to GETs of the paths in a file."""
    good, seconds = _wrk(url, "get.lua", str(paths))
    return good / seconds


def _wrk(url: str, script: str, *arguments: str) -> tuple[int, float]:
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("wrk is not installed: bench/install_peers.sh")
    said = run(wrk, "-t2", "-c16", f"-d{SECONDS}s", "--timeout", "10s", "-s", HERE / script, url, "--", *arguments)
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) ([\d.]+)", said)
    if found is None:
        raise SystemExit(said)
    total, bad, broken, microseconds = (int(part) for part in found.groups()[:4])
    note(f"{total} answers, {bad} of them errors, {broken} broken connections, p99 {found[5]} ms")
    return total - bad, microseconds / 1e6


def median(product: str, measure: str, unit: str, once: Callable[[], float], runs: int = RUNS) -> float:
    """Return the median of several runs, and print each of them."""
    values = [once() for _ in range(runs)]
    note("runs: " + ", ".join(f"{value:.4g}" for value in values))
    return report(product, measure, statistics.median(values), unit)


def report(product: str, measure: str, value: float, unit: str) -> float:
    """Print one line of the result."""
    print(
        f"{product:24} {measure:44} {value:>10,.4g} {unit}"
        if value < 100
        else f"{product:24} {measure:44} {value:>10,.0f} {unit}",
        flush=True,
    )
    return value


def ratio(measure: str, ours: float | None, theirs: float | None, aim: str) -> None:
    """Print the ratio of PKI Manager to a peer, and the goal."""
    if ours is None or theirs is None:
        note(f"ratio of {measure}: a part was not measured")
    else:
        print(f"{'ratio':24} {measure:44} {ours / theirs:>10.2f} (aim: {aim})", flush=True)


def note(text: str) -> None:
    print(f"#   {text}", file=sys.stderr, flush=True)


def hex_lines(path: Path, bodies: Sequence[bytes]) -> Path:
    path.write_text("".join(f"hex:{body.hex()}\n" for body in bodies))
    return path


def ocsp_paths(path: Path, prefix: str, requests: Sequence[bytes]) -> Path:
    """Write GET paths (RFC 6960 appendix A.1), one per line, without those with "//", which a peer redirects."""
    quoted = str.maketrans({"/": "%2F", "+": "%2B", "=": "%3D"})
    texts = (base64.b64encode(request).decode() for request in requests)
    path.write_text("".join(f"{prefix}{text.translate(quoted)}\n" for text in texts if "//" not in text))
    return path
