"""What a key that signs CMP responses can be made to sign: responses, and nothing else."""

from __future__ import annotations

import pytest
from cryptography import x509

from pki_manager.domain.algorithms import SIGNATURES
from pki_manager.domain.errors import LintRefused
from pki_manager.x509.asn1 import der
from pki_manager.x509.cmp.prepare import prepare_protected_part
from tests.support import cmp_messages as cmp
from tests.support.paths import LEAF, ROOT, chain, crl, ders
from tests.unit.x509.cmp.test_message import KEY, make_request

ALGORITHM = SIGNATURES["ECDSA-SHA256"]


def protected_part() -> bytes:
    header, body, *_ = der.read_children(make_request().encode())
    return der.encode_sequence(header, body)


def test_a_header_and_a_body_are_signed() -> None:
    part = protected_part()
    assert prepare_protected_part(part, ALGORITHM, cmp.spki(KEY)).take(cmp.spki(KEY)) == part


def others() -> list[bytes]:
    certificate = x509.load_der_x509_certificate(ders(chain(LEAF, ROOT))[0])
    listed = x509.load_der_x509_crl(crl(ROOT))
    first_version = der.encode_sequence(*der.read_children(listed.tbs_certlist_bytes)[1:])
    return [
        certificate.tbs_certificate_bytes,
        listed.tbs_certlist_bytes,
        first_version,
        b"",
        b"text",
        der.encode_sequence(),
        der.encode_sequence(der.encode_sequence(der.integer(2))),
        protected_part() + b"\0",
    ]


@pytest.mark.parametrize("number", range(8))
def test_nothing_else_is_signed(number: int) -> None:
    with pytest.raises(LintRefused, match="a key that signs CMP responses signs a PKIHeader"):
        prepare_protected_part(others()[number], ALGORITHM, cmp.spki(KEY))
