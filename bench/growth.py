"""Costs that can grow with the number of certificates, revoked serial numbers, or CRL entries."""

from __future__ import annotations

import time
from functools import partial

from bench import material, peers
from bench.issue import bodies
from bench.load import median, note, post_rate, ratio, report, scratch
from bench.product import CA, RULES_PROFILE, Addresses, Product


def main() -> None:
    revoking()
    stored()
    crl(100_000)
    crl(1_000_000)


def revoking() -> None:
    """Measure a revocation through REST with ten and with ten thousand revoked serial numbers of the CA."""
    with scratch() as folder:
        product = Product(folder)
        with product.serving() as at:
            few = _revocation(at)
        fill(product, revoked=10_000)
        with product.serving() as at:
            many = _revocation(at)
    ratio("revoke at 10,000 revoked / at 10", many, few, "about 1")


def _revocation(at: Addresses, count: int = 30) -> float:
    made = [
        at.call("POST", "/certificates", {"ca": CA, "profile": RULES_PROFILE, "csr": csr})
        for _, csr in material.csrs(count)
    ]
    took = []
    for one in made:
        started = time.perf_counter()
        at.call("POST", f"/certificates/{one['id']}/revoke", {"reason": "superseded"})
        took.append((time.perf_counter() - started) * 1000)
    return report("pki-manager", "revoke (median)", sorted(took)[count // 2], "ms")


def stored() -> None:
    """Measure issuance with a thousand and with a hundred thousand stored certificates."""
    with scratch() as folder:
        product = Product(folder)
        path = bodies(folder, RULES_PROFILE)
        rates = {}
        for count in (1_000, 100_000):
            fill(product, certificates=count)
            with product.serving() as at:
                url = f"{at.management}/api/v1/certificates"
                rates[count] = median(
                    "pki-manager",
                    f"issue at {count:,} stored",
                    "certificates/s",
                    partial(post_rate, url, path, at.authorization),
                )
    ratio("issue at 100,000 stored / at 1,000", rates[100_000], rates[1_000], "0.9")


def crl(count: int) -> None:
    """Measure a CRL from reading its rows until it is signed, linted, stored, and published; compare `openssl ca`."""
    with scratch() as folder:
        product = Product(folder)
        fill(product, revoked=count)
        peaks = []

        def once() -> float:
            seconds, peak, entries = product.child("bench.crl_once").split()
            assert int(entries) >= count
            peaks.append(float(peak))
            return float(seconds)

        ours = median("pki-manager", f"CRL of {count:,}", "s", once)
        report("pki-manager", f"CRL of {count:,}, peak memory", max(peaks), "MiB")
    ratio(f"CRL of {count:,} / openssl ca", ours, peers.openssl_crl(count), "0.5")


def fill(product: Product, *, certificates: int = 0, revoked: int = 0) -> None:
    note(f"storing {certificates or revoked:,} rows")
    product.child("bench.fill", "certificates" if certificates else "revoked", str(certificates or revoked))


if __name__ == "__main__":
    main()
