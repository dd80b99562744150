"""RSASSA-PSS parameters in certificate requests (RFC 4055 §3.1): nothing is taken for what it does not say."""

from __future__ import annotations

import pytest

from pki_manager.domain.algorithms import SIGNATURES
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.names import DistinguishedName
from pki_manager.x509 import names, parse, signer_key
from pki_manager.x509.asn1 import der
from tests.support.hierarchies import private_key, spki

PSS = SIGNATURES["RSA-PSS-SHA256"]


def request(*more_parameters: bytes) -> bytes:
    """A request that an RSA key has rightly signed with PSS and SHA-256; the parameters have these parts besides."""
    key = private_key("RSA-2048")
    subject = names.encode_dn(DistinguishedName.of(("CN", "www.example.com")))
    info = der.encode_sequence(der.integer(0), subject, spki(key), der.encode(0xA0))
    algorithm, parameters = der.read_children(signer_key.encode_algorithm_identifier(PSS))
    parameters = der.encode_sequence(*der.read_children(parameters), *more_parameters)
    signature = der.bit_string(signer_key.sign(key, info, PSS))
    return der.encode_sequence(info, der.encode_sequence(algorithm, parameters), signature)


def trailer(number: int) -> bytes:
    return der.encode(0xA3, der.integer(number))


@pytest.mark.parametrize("parameters", [(), (trailer(1),)], ids=["left-out", "written-out"])
def test_the_one_trailer_there_is_may_be_named(parameters: tuple[bytes, ...]) -> None:
    assert parse.parse_csr(request(*parameters)).signature_hash == "sha256"


@pytest.mark.parametrize("number", [0, 2, 188])
def test_another_trailer_is_another_signature(number: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse.parse_csr(request(trailer(number)))
    assert [error.rule for error in caught.value.errors] == ["csr.signature_algorithm"]
