"""How soon a revocation is published while the OCSP responses of 100,000 certificates are re-signed.

The signer takes 10 ms a signature, as a key manager does. The worker's threads and the clock are the real ones.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import cast

from cryptography.x509 import ocsp

from bench import fill
from bench.load import note, report, scratch
from bench.product import CA
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.revoke import revoke
from pki_manager.bootstrap import Installation, initialize, open_installation
from pki_manager.domain.algorithms import SignatureAlgorithm
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.names import AlternativeName
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.ports.signer import KeyRef, Signer, Signers
from pki_manager.settings import load
from pki_manager.worker.worker import Worker
from pki_manager.x509.csr import make_csr

CERTIFICATES = 100_000
SIGNATURE = 0.01
REVOCATIONS = 20
PAUSE = 2.0
"""Seconds before each revocation."""
BEGUN = 200
"""Signatures by which the round is under way."""
LONGEST = 120.0

_ACTOR = build_system_actor("bench")


class SlowSigners:
    """The signers of an installation, each signature `SIGNATURE` slower. Counts the signatures."""

    def __init__(self, inner: Signers) -> None:
        self._inner = inner
        self.signatures = 0

    def get(self, name: str) -> _SlowSigner:
        return _SlowSigner(self, self._inner.get(name))

    def find_batching(self, *_: object) -> None:
        return None

    def __getattr__(self, name: str) -> object:
        found: object = getattr(self._inner, name)
        return found


class _SlowSigner:
    def __init__(self, owner: SlowSigners, inner: Signer) -> None:
        self._owner, self._inner = owner, inner

    def sign(self, ref: KeyRef, data: bytes, algorithm: SignatureAlgorithm, operation_id: str) -> bytes:
        self._owner.signatures += 1
        time.sleep(SIGNATURE)
        return self._inner.sign(ref, data, algorithm, operation_id)

    def __getattr__(self, name: str) -> object:
        found: object = getattr(self._inner, name)
        return found


def main() -> None:
    with scratch() as folder:
        latencies = sorted(measure(folder / "home"))
    report("pki-manager", "revocation published (median)", latencies[len(latencies) // 2] * 1000, "ms")
    report("pki-manager", "revocation published (slowest)", latencies[-1] * 1000, "ms")


def measure(home: Path, certificates: int = CERTIFICATES, revocations: int = REVOCATIONS) -> list[float]:
    """Return the seconds from each revocation until its OCSP response is published."""
    initialize(load(home, {}))
    installation = open_installation(load(home, {}), slot="cli")
    leaves = [_issue(installation.ctx, number) for number in range(revocations)]
    installation.close()
    fill.main(str(home), "certificates", certificates)
    installation = open_installation(load(home, {}), slot="worker-1")
    signers = SlowSigners(installation.ctx.ports.signers)
    ports = replace(installation.ctx.ports, signers=cast("Signers", signers))
    slow = replace(installation, ctx=Context.start(ports, installation.ctx.config))
    worker = Worker(slow)
    worker.start()
    try:
        return _revoke_each(slow, leaves, signers)
    finally:
        worker.stop(10)
        installation.close()


def _revoke_each(installation: Installation, leaves: list[Certificate], signers: SlowSigners) -> list[float]:
    while signers.signatures < BEGUN:
        time.sleep(PAUSE)
    began, before = time.monotonic(), signers.signatures
    latencies = []
    for leaf in leaves:
        time.sleep(PAUSE)
        revoke(installation.ctx, _ACTOR, leaf.id, RevocationReason.SUPERSEDED)
        latencies.append(_until_published(installation.ctx, leaf))
    rate = (signers.signatures - before) / (time.monotonic() - began)
    note(f"refresh: {rate:.0f} signatures/s meanwhile, of at most {1 / SIGNATURE:.0f} a thread")
    return latencies


def _until_published(ctx: Context, leaf: Certificate) -> float:
    began = time.monotonic()
    while (waited := time.monotonic() - began) < LONGEST:
        found = ctx.ports.published.find_response(leaf.issuer_key_id, leaf.serial, "sha1")
        if found is not None and _is_revoked(found.body):
            return waited
        time.sleep(0.005)
    raise SystemExit(f"a revocation was not published within {LONGEST:.0f} s")


def _is_revoked(response: bytes) -> bool:
    return ocsp.load_der_ocsp_response(response).certificate_status is ocsp.OCSPCertStatus.REVOKED


def _issue(ctx: Context, number: int) -> Certificate:
    names = (AlternativeName.parse(f"DNS:host-{number}.example.com"),)
    _, request = make_csr("ECDSA-P256", names, b"a password")
    return enroll(ctx, _ACTOR, Enroll(ca=CA, profile="tls-server", csr=request))[0]
