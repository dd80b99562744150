"""The web UI: the size of the first load, the time until it shows content, and a list of a million certificates.

The browser's part is `web/tests/e2e/bench-ui.e2e.ts`. Without Chromium, a note replaces its lines.
"""

from __future__ import annotations

import json
import os
import subprocess

from bench.growth import fill
from bench.load import note, report, scratch
from bench.product import ROOT, Product

_COUNT = int(os.environ.get("BENCH_UI_ROWS", "1000000"))
_FIGURES = {
    "main": ("main bundle, gzip (aim 200)", "kB"),
    "paint": ("first paint (aim 1000)", "ms"),
    "route": ("change of route (aim 150)", "ms"),
    "page": (f"first page of {_COUNT:,} (aim 300)", "ms"),
    "frame": ("frame while scrolling, p95 (aim 16.7)", "ms"),
}


def main() -> None:
    subprocess.run(["make", "web"], cwd=ROOT, check=True, capture_output=True)
    with scratch() as folder:
        product = Product(folder)
        fill(product, certificates=_COUNT)
        written = folder / "figures.json"
        with product.serving() as at:
            done = subprocess.run(
                ["tools/npm.sh", "run", "--silent", "e2e", "--", "tests/e2e/bench-ui.e2e.ts"],
                env={
                    **os.environ,
                    "BENCH_URL": at.management,
                    "BENCH_TOKEN": at.token,
                    "BENCH_FIGURES": str(written),
                },
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
                timeout=900,
            )
        if not written.exists():
            note(f"web UI: no figures:\n{done.stdout[-1500:]}{done.stderr[-500:]}")
            return
        for name, value in json.loads(written.read_text()).items():
            measure, unit = _FIGURES[name]
            report("pki-manager", measure, value, unit)
