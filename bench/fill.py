"""`python -m bench.fill HOME certificates|revoked COUNT`: insert rows as the product would write them, unsigned."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from bench.product import CA
from pki_manager.authority.signing.serials import create_serial
from pki_manager.bootstrap import open_installation
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.names import AlternativeName, NameKind
from pki_manager.domain.revocation import Revocation, RevocationReason
from pki_manager.ports.certificates import CertificateFilter
from pki_manager.settings import load
from pki_manager.x509.crl import encode_entry

_UNIT = 2_000
_YEAR = 31_536_000


def main(home: str, what: str, count: int) -> None:
    installation = open_installation(load(Path(home), os.environ), slot="cli")
    ctx = installation.ctx
    now = ctx.ports.clock.now()
    with ctx.ports.storage.read() as reader:
        ca = reader.cas.find(CA)
        assert ca is not None
        key = reader.issuer_keys.get_current(ca.id)
        (model,) = reader.certificates.page(CertificateFilter(), now, None, 1).items
    # Sorted, unlike real rows, so that a million rows take minutes and not an hour.
    serials = sorted(create_serial(ctx.ports.entropy, now) for _ in range(count))
    for start in range(0, count, _UNIT):
        with ctx.ports.storage.housekeep() as uow:
            for serial in serials[start : start + _UNIT]:
                if what == "certificates":
                    uow.certificates.add_reserved(_certificate(model, ctx.new_id(), serial))
                    continue
                revocation = Revocation(
                    issuer_key_id=key.id,
                    serial=serial,
                    certificate_id=None,
                    reason=RevocationReason.SUPERSEDED,
                    time=now,
                    invalidity_date=None,
                    not_after=now + timedelta(days=365),
                )
                uow.revocations.add(revocation, encode_entry(revocation.entry), now, key.shard_of(serial))
    installation.close()


def _certificate(model: Certificate, certificate_id: UUID, serial: int) -> Certificate:
    """A certificate with a name, an end, and an owner that depend on its serial number."""
    number = serial % 1_000_000_007
    name = f"host-{number}.team-{number % 50}.example.com"
    return replace(
        model,
        id=certificate_id,
        serial=serial,
        subject=f"CN={name},OU=Unit {number % 20},O=Example",
        sans=(AlternativeName(NameKind.DNS, name),),
        validity=replace(model.validity, not_after=model.validity.not_before + timedelta(seconds=number % _YEAR)),
        owner_id=f"user:{number % 100}",
        spki_sha256=os.urandom(32),
        fingerprint_sha256=os.urandom(32),
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
