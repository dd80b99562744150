"""Compare the CPU time of a certificate, an OCSP response, and an ACME order with recorded values of this machine.

`python -m bench gate` exits with 1 if one of them needs more than 10 % more than recorded. It records missing values;
`python -m bench gate --record` replaces all of them.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from bench import acme, material
from bench.acme_client import Binding
from bench.cpu import cpu_seconds, stored_certificates
from bench.issue import bodies
from bench.load import CACHE, RUNS, hex_lines, note, post_count, post_rate, report, scratch
from bench.product import RULES_PROFILE, Addresses, Product, free_port
from bench.status import await_published, issue_leaves

FIGURES = CACHE / "gate.json"
TOLERANCE = 0.10

CERTIFICATE, PRESIGNED, LIVE, ORDER = "certificate", "OCSP response, pre-signed", "OCSP response, live", "ACME order"


def main(arguments: list[str]) -> None:
    """Measure, compare, and record."""
    measured = measure()
    for name, microseconds in measured.items():
        report("pki-manager", f"CPU, {name}", microseconds, "us")
    recorded = {} if "--record" in arguments else read_figures(FIGURES)
    faults = regressions(recorded, measured)
    FIGURES.write_text(json.dumps(dict(measured) | recorded, indent=2))
    for fault in faults:
        print(fault)
    if faults:
        raise SystemExit(1)


def read_figures(path: Path) -> dict[str, float]:
    """Return the recorded figures by measure; none where nothing was recorded."""
    if not path.exists():
        return {}
    return {str(name): float(value) for name, value in json.loads(path.read_text()).items()}


def regressions(recorded: Mapping[str, float], measured: Mapping[str, float]) -> list[str]:
    """Return a sentence for each measure that is more than `TOLERANCE` above its recorded figure."""
    return [
        f"{name}: {now:,.0f} us of CPU, {now / recorded[name] - 1:.0%} more than the recorded {recorded[name]:,.0f} us."
        for name, now in measured.items()
        if name in recorded and now > recorded[name] * (1 + TOLERANCE)
    ]


def measure() -> dict[str, float]:
    """Return CPU microseconds of the server process per operation: the lowest of several runs, one process, SQLCipher.

    Another load on the machine only raises the figures.
    """
    with scratch() as folder:
        port = free_port()
        product = Product(folder, acme.settings(port))
        key = ("acme", "eab", "create", "--name", "bench", "--expires", "P1D", "--output", "json")
        made = json.loads(product.pkim(*key))
        binding = Binding(made["id"], base64.urlsafe_b64decode(made["hmac_key"] + "=="))
        with product.serving() as at:
            issuer, certificates = issue_leaves(at, 50)
            requests = [material.ocsp_request(leaf, issuer) for leaf in certificates]
            nonced = [material.ocsp_request(leaf, issuer, secrets.token_bytes(32)) for leaf in certificates]
            await_published(at, requests[0])
            presigned, live = hex_lines(folder / "presigned", requests), hex_lines(folder / "live", nonced)
            issue = bodies(folder, RULES_PROFILE)
            directory = f"{at.management}/acme/Issuing%20CA/{RULES_PROFILE}/directory"
            return {
                PRESIGNED: _lowest(at, lambda: _answers(at, presigned)),
                LIVE: _lowest(at, lambda: _answers(at, live)),
                ORDER: _lowest(at, lambda: _issued(at, lambda: acme.load_once(directory, port, binding))),
                CERTIFICATE: _lowest(
                    at,
                    lambda: _issued(
                        at, lambda: post_rate(f"{at.management}/api/v1/certificates", issue, at.authorization)
                    ),
                ),
            }


def _lowest(at: Addresses, load: Callable[[], int]) -> float:
    """`load` returns the number of operations that it has done."""
    figures = []
    load()
    for _ in range(RUNS):
        before = cpu_seconds(at.pid)
        done = load()
        figures.append((cpu_seconds(at.pid) - before) / done * 1e6)
    note("runs: " + ", ".join(f"{figure:.4g}" for figure in figures))
    return min(figures)


def _answers(at: Addresses, requests: Path) -> int:
    return post_count(f"{at.status}/ocsp", requests, media_type="application/ocsp-request")


def _issued(at: Addresses, load: Callable[[], float]) -> int:
    before = stored_certificates(at)
    load()
    return stored_certificates(at) - before
