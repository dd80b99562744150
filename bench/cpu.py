"""The CPU time of one certificate, which a busy machine distorts less than a rate.

Measured in process by stage, and at the server including the publication of its status.
"""

from __future__ import annotations

import os
import time
import urllib.request
from pathlib import Path

from bench.issue import bodies
from bench.load import note, post_rate, report, scratch
from bench.product import RULES_PROFILE, Addresses, Product

ROUND = 16
"""Concurrent requests: as many as the load has connections."""

_COUNT = 1_600
_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    with scratch() as folder:
        product = Product(folder)
        for size in (1, ROUND):
            (total,) = _in_process(product, size)
            report("pki-manager", f"CPU, in process, rounds of {size}", total[0], "us/certificate")
        for microseconds, stage in _in_process(product, ROUND, "stages")[1:]:
            report("pki-manager", f"of it {stage}", microseconds, "us/certificate")
        with product.serving() as at:
            _at_server(at, bodies(folder, RULES_PROFILE))


def _in_process(product: Product, size: int, *more: str) -> list[tuple[float, str]]:
    said = product.child("bench.cpu_once", RULES_PROFILE, str(_COUNT), str(size), *more)
    return [(float(line.split(" ", 1)[0]), line.split(" ", 1)[1]) for line in said.splitlines()]


def _at_server(at: Addresses, path: Path) -> None:
    """Return the server's CPU time per certificate, from before the load until the server is idle again."""
    url = f"{at.management}/api/v1/certificates"
    post_rate(url, path, at.authorization)
    await_rest(at.pid)
    before, stored = cpu_seconds(at.pid), stored_certificates(at)
    rate = post_rate(url, path, at.authorization)
    loaded = cpu_seconds(at.pid)
    await_rest(at.pid)
    made = stored_certificates(at) - stored
    for until, seconds in (("under load", loaded), ("until rest", cpu_seconds(at.pid))):
        report("pki-manager", f"CPU, at the server, {until}", (seconds - before) / made * 1e6, "us/certificate")
    report("pki-manager", "rate meanwhile", rate, "certificates/s")


def cpu_seconds(pid: int) -> float:
    """Return user and system time of a process without its ended children."""
    fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def await_rest(pid: int) -> None:
    """Wait until the server is idle for a second: the status of all issued certificates is published."""
    for _ in range(120):
        before = cpu_seconds(pid)
        time.sleep(1)
        if cpu_seconds(pid) - before < 0.08:
            return
    note("the server does not come to rest")


def stored_certificates(at: Addresses) -> int:
    with urllib.request.urlopen(f"{at.management}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return sum(int(float(line.rpartition(" ")[2])) for line in lines if line.startswith("pkim_certificates{"))


if __name__ == "__main__":
    main()
