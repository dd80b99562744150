"""Importing an existing CA, for tests."""

from __future__ import annotations

from cryptography import x509

from pki_manager.authority.cas.import_ca import ImportCa, import_ca
from pki_manager.authority.cas.take_over_ca import KeySource, TakeOver, take_over
from pki_manager.authority.cas.views import CaView
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.publish_crl import publish
from pki_manager.domain.errors import (
    InvalidInput,
    PolicyRefused,
)
from pki_manager.domain.rights.actor import build_system_actor
from tests.fakes.clock import START
from tests.support.factories import ADMIN
from tests.support.foreign_ca import DAY, ForeignCa, base64_of, told
from tests.support.outside import ROOT

WORKER = build_system_actor("worker")


def known(ctx: Context, ca: ForeignCa, crl: str | None = None, name: str = "Old") -> CaView:
    return import_ca(ctx, ADMIN, ImportCa(name=name, chain=ca.chain_pem, crl=crl))[0]


def taken(ctx: Context, ca: ForeignCa, name: str = "Old", **source: str) -> CaView:
    given = KeySource(**(source or {"private_key": ca.pkcs8()}))
    return take_over(ctx, ADMIN, TakeOver(ca=name, source=given))[0]


def row(certificate: x509.Certificate | None = None, **more: str) -> dict[str, str]:
    return {"ca": "Old", **({"certificate": base64_of(certificate)} if certificate is not None else {}), **more}


def rules(error: PolicyRefused | InvalidInput) -> set[str]:
    return {one.rule.partition(" ")[0] for one in error.errors}


def listed(ctx: Context, view: CaView) -> dict[int, str | None]:
    """Return serial number and reason of each entry of a new CRL."""
    crl = x509.load_der_x509_crl(publish(ctx, ADMIN, view.keys[0].key.id).der)
    found: dict[int, str | None] = {}
    for entry in crl:
        reasons = [one.value.reason.value for one in entry.extensions if isinstance(one.value, x509.CRLReason)]
        found[entry.serial_number] = reasons[0] if reasons else None
    return found


def faulty_rows(ca: ForeignCa) -> dict[str, dict[str, str]]:
    """Invalid imports by the rule that each breaks."""
    good = ca.issue("good.example.com")
    earlier = {"revoked_at": told(START - DAY)}
    return {
        "import.issuer": row(ROOT),
        "import.signature": row(ForeignCa().issue("same-name.example.com")),
        "import.serial": row(good, serial_number="abcdef"),
        "import.certificate": row(serial_number="01"),
        "import.revoked_at": row(good, reason="superseded"),
        "revocation.past": row(good, revoked_at=told(START + DAY)),
        "revocation_reason.known": row(good, **earlier, reason="bored"),
        "moment.rfc3339": row(good, revoked_at="yesterday"),
        "pem.base64": {"ca": "Old", "certificate": "!"},
    }
