"""ISS-01: two thousand certificates of the real road, and what their serial numbers look like on the wire."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509

from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.storage.storage import SqlStorage
from tests.fakes.clock import FrozenClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, initialized, make_authority

NUMBER = 2000


@pytest.mark.long
def test_iss_01_two_thousand_certificates_have_serials_as_they_must_be(
    tmp_path: Path, storage: SqlStorage, clock: FrozenClock
) -> None:
    ctx = initialized(make_authority(tmp_path, storage, clock))
    request = Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com"))
    made = (x509.load_der_x509_certificate(enroll(ctx, ADMIN, request)[0].der) for _ in range(NUMBER))
    serials = [certificate.serial_number for certificate in made]
    assert len(set(serials)) == NUMBER
    for serial in serials:
        assert serial > 0
        assert (serial.bit_length() // 8) + 1 <= 20, "octets of the DER INTEGER, the sign bit's included"
    for bit in range(64):
        assert 0.45 <= sum(serial >> bit & 1 for serial in serials) / NUMBER <= 0.55
