"""A bulk job of ten thousand rows: from the file to the last certificate on disk."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any

from bench import material
from bench.load import ratio, report, scratch
from bench.product import CA, RULES_PROFILE, Addresses, Product

_ROWS = 10_000
_AIM_SECONDS = 10.0
_PATIENCE_SECONDS = 600


def main() -> None:
    """Check every row before the first certificate is issued; audit, lint, and verify each as usual."""
    with scratch() as folder:
        product = Product(folder)
        with product.serving() as at:
            _run(at, 200)  # pkilint checks only the first of a kind
            seconds = report("pki-manager", f"bulk job of {_ROWS:,} rows, issue", _run(at, _ROWS), "s")
    ratio(f"bulk of {_ROWS:,} / {_AIM_SECONDS:.0f} s", seconds, _AIM_SECONDS, "at most 1")


def _run(at: Addresses, count: int) -> float:
    lines = (json.dumps({"ca": CA, "profile": RULES_PROFILE, "csr": csr}) for _, csr in material.csrs(count))
    content = "".join(f"{line}\n" for line in lines).encode()
    began = time.monotonic()
    job = _submit(at, content)
    while job["state"] in ("queued", "running"):
        assert time.monotonic() - began < _PATIENCE_SECONDS, job
        time.sleep(0.1)
        job = at.call("GET", f"/certificates/bulk/{job['id']}")
    assert (job["state"], job["rows"]["done"]) == ("done", count), job
    return time.monotonic() - began


def _submit(at: Addresses, content: bytes) -> Any:  # noqa: ANN401 - any JSON value
    request = urllib.request.Request(
        f"{at.management}/api/v1/certificates/bulk?action=issue",
        data=content,
        method="POST",
        headers={"Authorization": f"Bearer {at.token}", "Content-Type": "application/x-ndjson"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.loads(answer.read())


if __name__ == "__main__":
    main()
