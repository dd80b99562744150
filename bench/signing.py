"""The signing rate of a key backend alone, through the product's adapter in this process."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from bench.load import SECONDS, median
from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.ports.signer import Signer

THREADS = 16
TBS_OCTETS = 700
"""Size of a message: that of a certificate."""


def sign_rate(product: str, signer: Signer) -> float:
    """Return signatures per second with a new P-256 key and sixteen threads."""
    row = KEY_TYPES["ECDSA-P256"]
    ref = signer.generate(row, "bench")

    def until(deadline: float) -> int:
        made = 0
        while time.monotonic() < deadline:
            signer.sign(ref, bytes(TBS_OCTETS), row.signature, "bench")
            made += 1
        return made

    def once() -> float:
        with ThreadPoolExecutor(THREADS) as pool:
            return sum(pool.map(until, [time.monotonic() + SECONDS] * THREADS)) / SECONDS

    return median(product, f"sign by our adapter, ECDSA-P256, {THREADS} threads", "signatures/s", once)
