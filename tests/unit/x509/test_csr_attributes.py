"""CSR attributes (RFC 7030 §4.5.2), compared with octets that were put together by hand."""

from __future__ import annotations

import pytest

from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.x509.csr_attributes import encode_csr_attributes

EC_KEY = "301506072a8648ce3d0201310a06082a8648ce3d030107"
P384_KEY = "301206072a8648ce3d0201310706052b81040022"


@pytest.mark.parametrize(
    ("name", "octets"),
    [
        ("ECDSA-P256", "3021" + EC_KEY + "06082a8648ce3d040302"),
        ("ECDSA-P384", "301e" + P384_KEY + "06082a8648ce3d040303"),
        ("Ed25519", "3005" + "06032b6570"),
        ("ML-KEM-768", "3000"),
    ],
)
def test_attributes_name_the_key_and_its_signature(name: str, octets: str) -> None:
    assert encode_csr_attributes(KEY_TYPES[name], extensions=False).hex() == octets


def test_a_profile_that_needs_alternative_names_asks_for_extensions() -> None:
    assert (
        encode_csr_attributes(KEY_TYPES["Ed25519"], extensions=True).hex()
        == "3010" + "06032b6570" + "06092a864886f70d01090e"
    )
