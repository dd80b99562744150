"""How soon a revocation is published when a process is killed after it was acknowledged, or PostgreSQL restarts.

Two processes serve. The time runs from the response to the revocation, or from when PostgreSQL runs again, until the
status listener returns an OCSP response that says "revoked".
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cryptography import x509
from cryptography.x509 import ocsp

from bench import material
from bench.load import note, report, scratch
from bench.product import CA, RULES_PROFILE, Addresses, Product
from tests.services.postgresql import PostgresServer, binaries, postgresql_server

T = TypeVar("T")
KILLS = 6
STARTED = 5.0
"""Seconds after which a restarted process surely serves, so that both are never down at once."""
RESTARTS = 3
LONGEST = 120.0


def main() -> None:
    """Kill each of two processes in turn on both engines, then restart PostgreSQL."""
    with scratch() as folder:
        _report("SQLCipher, a process is killed", _kill_each(Product(folder)))
    if binaries() is None:
        note("PostgreSQL is not installed: its lines are missing")
        return
    with scratch() as folder, postgresql_server() as server:
        product = Product(folder, {"PKIM_DATABASE_URL": server.url(server.create_database())})
        _report("PostgreSQL, a process is killed", _kill_each(product))
        _report("PostgreSQL restarts", _restart_each(product, server))


def _report(measure: str, seconds: list[float]) -> None:
    seconds.sort()
    report("pki-manager", f"revocation published, {measure} (median)", seconds[len(seconds) // 2] * 1000, "ms")
    report("pki-manager", f"revocation published, {measure} (slowest)", seconds[-1] * 1000, "ms")


def _kill_each(product: Product) -> list[float]:
    """Kill one of the two processes right after it, or the other one, has acknowledged a revocation."""
    latencies = []
    with product.serving(workers=2) as at:
        for number in range(KILLS):
            _until(lambda: len(_processes(at.pid)) == 2)
            time.sleep(STARTED)
            trial = Trial.begin(at, number)
            victim = sorted(_processes(at.pid))[number % 2]
            _retried(trial.revoke)
            os.kill(victim, signal.SIGKILL)
            latencies.append(_until(trial.is_revoked))
    return latencies


def _restart_each(product: Product, server: PostgresServer) -> list[float]:
    """Stop PostgreSQL after a revocation was acknowledged; measure from when it accepts connections again."""
    latencies = []
    with contextlib.ExitStack() as restarted, product.serving(workers=2) as at:
        for number in range(RESTARTS):
            trial = Trial.begin(at, KILLS + number)
            _retried(trial.revoke)
            server.stop()
            time.sleep(1)
            restarted.enter_context(server.running_again())
            latencies.append(_until(trial.is_revoked))
    return latencies


@dataclass(frozen=True, slots=True)
class Trial:
    """A certificate that OCSP reports as good, to be revoked next."""

    at: Addresses
    certificate: str
    request: bytes

    @staticmethod
    def begin(at: Addresses, number: int) -> Trial:
        """Issue a certificate and wait until OCSP says that it is good."""
        csr = material.csrs(number + 1)[number][1]
        body = {"ca": CA, "profile": RULES_PROFILE, "csr": csr}
        issued = _retried(lambda: at.call("POST", "/certificates", body))
        chain = _retried(lambda: at.call("GET", f"/certificates/{issued['id']}/chain"))["chain_pem"]
        leaf, issuer = x509.load_pem_x509_certificates(chain.encode())[:2]
        trial = Trial(at, issued["id"], material.ocsp_request(leaf, issuer))
        _until(lambda: trial._status() is ocsp.OCSPCertStatus.GOOD)
        return trial

    def revoke(self) -> object:
        return self.at.call("POST", f"/certificates/{self.certificate}/revoke", {"reason": "superseded"})

    def is_revoked(self) -> bool:
        return self._status() is ocsp.OCSPCertStatus.REVOKED

    def _status(self) -> ocsp.OCSPCertStatus | None:
        """Return the status of the listener's response; None for `tryLater` or while nothing answers."""
        headers = {"Content-Type": "application/ocsp-request"}
        try:
            with urllib.request.urlopen(
                urllib.request.Request(f"{self.at.status}/ocsp", self.request, headers), timeout=10
            ) as answer:
                response = ocsp.load_der_ocsp_response(answer.read())
        except OSError:
            return None
        is_successful = response.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL
        return response.certificate_status if is_successful else None


def _processes(pid: int) -> set[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    found = {int(child) for task in tasks for child in task.read_text().split()}
    return {child for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()}


def _retried(call: Callable[[], T]) -> T:
    """Return the result of a call that a killed process or a database that starts may refuse for a while."""
    end = time.monotonic() + LONGEST
    while True:
        try:
            return call()
        except (urllib.error.URLError, OSError):
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def _until(check: Callable[[], bool]) -> float:
    """Return the seconds until the check holds."""
    began = time.monotonic()
    while not check():
        if time.monotonic() - began > LONGEST:
            raise SystemExit(f"a status was not published within {LONGEST:.0f} s")
        time.sleep(0.01)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
