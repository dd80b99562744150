"""Fifty people sign in by password at the same time: duration, memory, and the latency of other requests."""

from __future__ import annotations

import json
import statistics
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from bench.load import report, scratch
from bench.product import Addresses, Product

PEOPLE = 50
_PASSWORD = "correct horse battery staple"
_QUIET_SECONDS = 3.0
_WAIT = 429


def main() -> None:
    with scratch() as folder, Product(folder).serving() as server:
        logins = [_somebody(server, f"bench-{number}") for number in range(PEOPLE)]
        before = _requests(server, lambda: False, _QUIET_SECONDS)
        resting = _peak_memory(server.pid, reset=True)
        done = Event()
        with ThreadPoolExecutor(PEOPLE + 1) as pool:
            others = pool.submit(_requests, server, done.is_set)
            began = time.monotonic()
            try:
                spent = list(pool.map(lambda login: _sign_in(server, login), logins))
                seconds = time.monotonic() - began
            finally:
                done.set()
            meanwhile = others.result()
        report("pki-manager", f"{PEOPLE} sign-ins at once, all done after", seconds, "s")
        report("pki-manager", "one of them, median", statistics.median(one for one, _ in spent), "s")
        report("pki-manager", "of them told to come again (429)", sum(not is_in for _, is_in in spent), "")
        report("pki-manager", "memory before, peak", resting, "MiB")
        report("pki-manager", "memory while they sign in, peak", _peak_memory(server.pid), "MiB")
        for told, times in (("alone", before), ("meanwhile", meanwhile)):
            report("pki-manager", f"another request, {told}: median", statistics.median(times) * 1e3, "ms")
            report("pki-manager", f"another request, {told}: slowest", max(times) * 1e3, "ms")


def _somebody(server: Addresses, login: str) -> str:
    wish = {"login": login, "display_name": login, "role": "auditor"}
    secret = server.call("POST", "/users", wish)["sign_in_url"].partition("#")[2]
    _post(server, "/invitations/accept", {"secret": secret, "password": _PASSWORD})
    return login


def _sign_in(server: Addresses, login: str) -> tuple[float, bool]:
    """Return the seconds, and whether the sign-in succeeded: a full queue refuses the last ones with Retry-After."""
    began = time.monotonic()
    try:
        _post(server, "/sessions", {"login": login, "password": _PASSWORD})
    except urllib.error.HTTPError as error:
        if error.code != _WAIT:
            raise
        return time.monotonic() - began, False
    return time.monotonic() - began, True


def _post(server: Addresses, path: str, body: object) -> None:
    """Send a request like the pages of a browser without a session."""
    request = urllib.request.Request(
        f"{server.management}/api/v1{path}",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Origin": server.management, "Sec-Fetch-Site": "same-origin"},
    )
    with urllib.request.urlopen(request, timeout=300) as answer:
        answer.read()


def _requests(server: Addresses, is_over: Callable[[], bool], seconds: float = 600.0) -> list[float]:
    """Return the duration of each request of one caller, one after the other."""
    times = []
    end = time.monotonic() + seconds
    while time.monotonic() < end and not is_over():
        began = time.monotonic()
        server.call("GET", "/me")
        times.append(time.monotonic() - began)
    return times


def _peak_memory(pid: int, *, reset: bool = False) -> float:
    """Return the peak of resident memory in MiB; with `reset`, start a new count."""
    if reset:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = [one for one in status.splitlines() if one.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024
