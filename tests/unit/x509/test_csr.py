from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.names import AlternativeName
from pki_manager.x509 import parse
from pki_manager.x509.csr import make_csr

SANS = tuple(AlternativeName.parse(text) for text in ("DNS:localhost", "IP:127.0.0.1", "IP:::1"))


@pytest.mark.parametrize("key_type", ["ECDSA-P256", "ECDSA-P384", "Ed25519", "RSA-2048"])
def test_the_request_is_by_the_key_for_the_names(key_type: str) -> None:
    private, request = make_csr(key_type, SANS, b"password")
    facts = parse.parse_csr(request)
    assert facts.key.name == key_type
    assert facts.sans == SANS
    assert not facts.subject.rdns
    key = load_pem_private_key(private, b"password")
    assert type(key).__name__.startswith(("RSA", "EC", "Ed25519"))


def test_the_key_needs_its_password() -> None:
    private, _ = make_csr("ECDSA-P256", SANS, b"password")
    assert private.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    with pytest.raises(ValueError, match=r"(?i)password|decrypt"):
        load_pem_private_key(private, b"another")


def test_every_request_has_a_key_of_its_own() -> None:
    first, second = (parse.parse_csr(make_csr("ECDSA-P256", SANS, b"p")[1]).key.spki_der for _ in range(2))
    assert first != second


def test_an_unknown_key_type_is_refused() -> None:
    with pytest.raises(InvalidInput, match="key_type: must be one of"):
        make_csr("ROT-13", SANS, b"password")
