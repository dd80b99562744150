"""Floods by a client without an account, and what other clients notice: `python -m bench floods --ready READY_FILE`.

The server runs already, of this version or another. The file is the one that `pkim serve --ready-file` wrote. Only
127.0.0.1 is addressed, and each flood lasts some seconds. Before, during, and after it the program measures the memory
of the server process and the latency of `/healthz` on the management and the status listener, each time over a new
connection.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

PROBES = 20
PATIENCE = 3.0
"""Seconds after which a probe counts as lost."""

_HEAD = b"POST /ocsp HTTP/1.1\r\nHost: localhost\r\n"
_BODY = b"Content-Type: application/ocsp-request\r\nContent-Length: 1000000\r\n\r\n"

Flood = Callable[[int, threading.Event], None]


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench floods", description=__doc__)
    parser.add_argument("--ready", type=Path, required=True, help="File that `pkim serve --ready-file` wrote")
    parser.add_argument("--seconds", type=float, default=8.0, help="Length of each flood. Default: 8")
    parser.add_argument("--only", choices=sorted(FLOODS), help="Run one flood")
    arguments = parser.parse_args(words)
    ready = json.loads(arguments.ready.read_text())
    pid, ports = ready["pid"], {name: _port(ready[name]) for name in ("management", "status")}
    print(f"{'flood':<20} {'when':<7} {'RSS MiB':>8}  " + "  ".join(f"{name:>28}" for name in ports))
    for name, flood in FLOODS.items():
        if arguments.only in (None, name):
            _measure(name, flood, pid, ports, arguments.seconds)


def _measure(name: str, flood: Flood, pid: int, ports: dict[str, int], seconds: float) -> None:
    _report(name, "before", pid, ports)
    stop = threading.Event()
    thread = threading.Thread(target=flood, args=(ports["status"], stop), daemon=True)
    thread.start()
    time.sleep(seconds)
    _report(name, "during", pid, ports)
    stop.set()
    thread.join(30)
    time.sleep(1)
    _report(name, "after", pid, ports)


def _report(name: str, when: str, pid: int, ports: dict[str, int]) -> None:
    shown = "  ".join(f"{_latency(port):>28}" for port in ports.values())
    print(f"{name:<20} {when:<7} {_memory(pid):>8.0f}  {shown}", flush=True)


def _latency(port: int) -> str:
    taken = []
    for _ in range(PROBES):
        began = time.monotonic()
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                if connection.recv(12) == b"HTTP/1.1 200":
                    taken.append((time.monotonic() - began) * 1000)
        except OSError:
            pass
        if len(taken) == 0 and time.monotonic() - began > PATIENCE:
            break  # no response: more attempts would show the same
    if not taken:
        return "no response"
    return f"p50 {statistics.median(taken):.1f} max {max(taken):.1f} ms, {len(taken)}/{PROBES}"


def _memory(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _endless_headers(port: int, stop: threading.Event) -> None:
    """Send endless header lines over one connection after the other; at most 400 MiB."""
    _send(port, stop, _HEAD, b"".join(b"X-%d: " % number + b"a" * 1000 + b"\r\n" for number in range(64)), 6400)


def _long_header(port: int, stop: threading.Event) -> None:
    """Send one endless header field; at most 100 MiB."""
    _send(port, stop, _HEAD + b"X: ", b"a" * 65536, 1600)


def _send(port: int, stop: threading.Event, start: bytes, piece: bytes, pieces: int) -> None:
    connection: socket.socket | None = None
    for _ in range(pieces):
        if stop.is_set():
            break
        try:
            if connection is None:
                connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
                connection.sendall(start)
            connection.sendall(piece)
        except OSError:
            if connection is not None:
                connection.close()
            connection = None
    stop.wait()
    if connection is not None:
        connection.close()


def _connections(start: bytes) -> Flood:
    def flood(port: int, stop: threading.Event) -> None:
        """Keep 1,100 connections that sent the start of a request, and replace those that end."""
        held: list[socket.socket] = []
        while not stop.is_set():
            held = [connection for connection in held if _is_open(connection)]
            while len(held) < 1100 and not stop.is_set():
                try:
                    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
                    connection.sendall(start)
                    held.append(connection)
                except OSError:
                    break
            stop.wait(0.2)
        for connection in held:
            connection.close()

    return flood


def _is_open(connection: socket.socket) -> bool:
    connection.settimeout(0)
    try:
        if connection.recv(4096):
            return True
    except BlockingIOError:
        return True
    except OSError:
        pass
    connection.close()
    return False


def _port(url: str) -> int:
    return urlsplit(url).port or 80


FLOODS: dict[str, Flood] = {
    "headers": _endless_headers,
    "one-long-header": _long_header,
    "slow-heads": _connections(_HEAD),
    "slow-bodies": _connections(_HEAD + _BODY + b"a" * 100),
    "silent-connections": _connections(b""),
}
