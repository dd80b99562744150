"""The CRL of a CA that is taken over, read whole."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from pki_manager.domain.errors import Malformed
from pki_manager.x509 import foreign, parse
from tests.fakes.clock import START
from tests.support.foreign_ca import DAY, ForeignCa

MANY = 60_000
"""Entries with a reason: seven elements of ASN.1 each, so more than 400,000."""


def test_a_crl_of_many_thousand_entries_is_read_whole_and_one_without_bounds_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ca = ForeignCa()
    reason = x509.CRLReason(x509.ReasonFlags.superseded)
    extensions = [x509.Extension(reason.oid, critical=False, value=reason)]
    entries = [x509.RevokedCertificateBuilder(serial, START - DAY, extensions).build() for serial in range(1, MANY + 1)]
    builder = x509.CertificateRevocationListBuilder(ca.name, START - DAY, START + DAY, [], entries)
    der = builder.sign(ca.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    own = parse.parse_certificate(ca.certificate.public_bytes(serialization.Encoding.DER))
    found = foreign.read_full_crl(der, own.subject_der, own.key.spki_der)
    assert [entry.serial for entry in found.entries] == list(range(1, MANY + 1))
    monkeypatch.setattr(foreign, "MAX_CRL_ELEMENTS", 400_000)
    with pytest.raises(Malformed, match="400000 elements"):
        foreign.read_full_crl(der, own.subject_der, own.key.spki_der)
