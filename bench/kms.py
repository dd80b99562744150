"""Issuance with the CA key in a Cosmian KMS, compared with the KMS alone under the same load and key type.

The KMS alone is measured twice: by wrk, which uses little of the shared cores, and by the product's adapter.
"""

from __future__ import annotations

import json
from contextlib import closing
from functools import partial
from pathlib import Path

from bench.issue import bodies
from bench.load import median, note, post_rate, ratio, scratch
from bench.product import RULES_PROFILE, Product
from bench.signing import sign_rate
from pki_manager.domain.algorithms import get_key_type
from pki_manager.signers.cosmian.keys import sign
from pki_manager.signers.cosmian.signer import open_cosmian
from pki_manager.signers.cosmian.wire import encode
from pki_manager.system import SystemClock
from tests.services.kms import Kms, folder, kms_server

TBS_OCTETS = 800


def main() -> None:
    """Measure P-256 over plain HTTP on loopback, SQLite on both sides, with one and two server processes."""
    if not (folder() / "bin" / "cosmian_kms").exists():
        note("the KMS is not built (tools/install_kms.sh): its lines are missing")
        return
    with scratch() as where, kms_server(where / "kms", tls=False) as kms:
        backends = [{"name": "embedded", "kind": "embedded"}, kms.described()]
        settings = {"PKIM_KEY_BACKENDS": json.dumps(backends), "PKIM_DEFAULT_KEY_BACKEND": "kms"}
        product = Product(where, settings)
        key_id = json.loads(product.pkim("ca", "show", "Issuing CA", "--output", "json"))["keys"][0]["backend_key_id"]
        own = median("cosmian", "kms, Sign", "signatures/s", lambda: _sign_rate(kms, where, key_id))
        with closing(open_cosmian(kms.options(), clock=SystemClock())) as signer:
            same = sign_rate("cosmian", signer)
        for workers in (1, 2):
            with product.serving(workers=workers) as at:
                path = bodies(where, RULES_PROFILE)
                url = f"{at.management}/api/v1/certificates"
                measure = f"kms, issue, {workers} process(es), lint rules"
                ours = median(
                    "pki-manager",
                    measure,
                    "certificates/s",
                    partial(post_rate, url, path, at.authorization),
                )
                ratio(f"{measure} / the KMS's own Sign", ours, own, "0.7")
                ratio(f"{measure} / its Sign by our adapter", ours, same, "0.7")


def _sign_rate(kms: Kms, where: Path, key_id: str) -> float:
    """Return signing requests like those of the product, each for other bytes."""
    path = where / "orders"
    algorithm = get_key_type("ECDSA-P256").signature
    orders = (sign(key_id, number.to_bytes(TBS_OCTETS, "big"), algorithm) for number in range(500))
    path.write_bytes(b"".join(encode(order) + b"\n" for order in orders))
    return post_rate(f"{kms.url}/kmip/2_1", path)


if __name__ == "__main__":
    main()
