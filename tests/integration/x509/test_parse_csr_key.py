"""The key of a certificate request: proof of its possession, and facts that policy judges it by."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from pki_manager.domain.algorithms import KEY_TYPES, SIGNATURES, Use, list_signing_key_types
from pki_manager.domain.errors import InvalidInput
from pki_manager.x509 import parse, signer_key
from pki_manager.x509.asn1 import der
from tests.integration.x509.test_parse_csr import openssl_request
from tests.support.hierarchies import private_key, spki
from tests.unit.x509.test_parse_csr import forge, refusal


def test_a_signature_by_another_key_is_refused() -> None:
    stolen = forge(spki_der=spki(private_key("ECDSA-P256")))
    assert refusal(stolen, InvalidInput) == "csr.proof_of_possession"


@pytest.mark.parametrize("key_type", ["RSA-2048", "ECDSA-P256", "Ed25519"])
def test_a_request_changed_after_signing_is_refused(key_type: str) -> None:
    request = forge(key_type=key_type)
    changed = request.replace(b"www.example.com", b"www.example.net")
    assert parse.parse_csr(request).key.name == key_type
    assert refusal(changed, InvalidInput) == "csr.proof_of_possession"


def test_an_algorithm_of_another_family_is_refused() -> None:
    info, _, signature = der.read_children(forge())
    mixed = der.encode_sequence(
        info, signer_key.encode_algorithm_identifier(KEY_TYPES["RSA-2048"].signature), signature
    )
    refusal(mixed, InvalidInput)


@pytest.mark.parametrize("key", [("rsa:2048",), ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")])
def test_key_11_a_weak_but_right_signature_is_a_fact(key: tuple[str, ...]) -> None:
    assert parse.parse_csr(openssl_request("-newkey", *key, "-sha1")).signature_hash == "sha1"


def test_key_11_a_weak_and_wrong_signature_is_refused() -> None:
    request = openssl_request("-newkey", "rsa:2048", "-sha1", form="DER")
    changed = request.replace(b"www.example.com", b"www.example.net")
    assert refusal(changed, InvalidInput) == "csr.proof_of_possession"


@pytest.mark.parametrize("digest", ["md4", "md5"])
def test_key_11_a_signature_that_cannot_be_verified_is_refused(digest: str) -> None:
    providers = ("-provider", "legacy", "-provider", "default")
    request = openssl_request("-newkey", "rsa:2048", f"-{digest}", *providers, form="DER")
    assert refusal(request, InvalidInput) == "csr.signature_algorithm"


def test_key_11_a_dsa_request_has_no_key_type(tmp_path: Path) -> None:
    parameters = tmp_path / "dsa.pem"
    subprocess.run(["openssl", "dsaparam", "-out", parameters, "1024"], capture_output=True, check=True)
    facts = parse.parse_csr(openssl_request("-newkey", f"dsa:{parameters}"))
    assert (facts.key.name, facts.key.description) == (None, "DSA-1024")


def test_key_01_an_rsa_1024_request_has_no_key_type() -> None:
    facts = parse.parse_csr(openssl_request("-newkey", "rsa:1024"))
    assert (facts.key.name, facts.key.description, facts.key.size) == (None, "RSA-1024", 1024)


def test_an_unsupported_curve_is_refused() -> None:
    request = openssl_request("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:sect233r1", form="DER")
    assert refusal(request, InvalidInput) == "key.supported"


@pytest.mark.parametrize("bits", [16_384, 65_536])
def test_key_02_a_giant_rsa_request_is_refused_in_time(bits: int) -> None:
    key = der.encode_sequence(der.integer((1 << bits) - 1), der.integer(65537))
    algorithm = der.encode_sequence(der.oid("1.2.840.113549.1.1.1"), der.encode(der.NULL))
    request = forge(spki_der=der.encode_sequence(algorithm, der.bit_string(key)))
    started = time.perf_counter()
    assert refusal(request, InvalidInput) == "key.rsa_size"
    assert time.perf_counter() - started < 0.1


def test_key_04_close_primes_in_a_request_are_a_fact(tmp_path: Path) -> None:
    """A working key of two neighbouring primes: openssl signs with it, and pyca loads it without complaint."""
    first = rsa.generate_private_key(65537, 1024).private_numbers().p
    second = next(n for n in range(first + 2, first + 20_000, 2) if pow(2, n - 1, n) == 1)
    d = pow(65537, -1, (first - 1) * (second - 1))
    numbers = rsa.RSAPrivateNumbers(
        first,
        second,
        d,
        rsa.rsa_crt_dmp1(d, first),
        rsa.rsa_crt_dmq1(d, second),
        rsa.rsa_crt_iqmp(first, second),
        rsa.RSAPublicNumbers(65537, first * second),
    )
    key = numbers.private_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = tmp_path / "key.pem"
    path.write_bytes(key)
    command = ["openssl", "req", "-new", "-key", str(path), "-subj", "/CN=close"]
    request = subprocess.run(command, capture_output=True, check=True).stdout
    assert parse.parse_csr(request).key.rsa_close_primes is True


@pytest.mark.parametrize("key_type", list_signing_key_types(Use.LEAF))
def test_a_request_of_every_key_type_proves_possession_and_a_changed_one_does_not(key_type: str) -> None:
    request = forge(key_type=key_type)
    assert parse.parse_csr(request).key.name == key_type
    with pytest.raises(InvalidInput) as caught:
        parse.parse_csr(request[:-1] + bytes((request[-1] ^ 1,)))
    assert [error.rule for error in caught.value.errors] == ["csr.proof_of_possession"]


@pytest.mark.parametrize("name", ["RSA-PSS-SHA256", "RSA-PSS-SHA384", "RSA-PSS-SHA512"])
def test_a_request_of_an_rsa_key_may_be_signed_with_pss(name: str) -> None:
    algorithm = SIGNATURES[name]
    builder = x509.CertificateSigningRequestBuilder(x509.Name([]))
    request = signer_key.sign_builder(builder, private_key("RSA-2048"), algorithm)
    facts = parse.parse_csr(request.public_bytes(Encoding.DER))
    assert (facts.key.name, facts.signature_hash) == ("RSA-2048", algorithm.hash_name)


def test_no_signature_proves_possession_of_a_kem_key() -> None:
    """RFC 2986 asks for a signature by the key itself, and such a key makes none."""
    kem = signer_key.generate_kem_key(KEY_TYPES["ML-KEM-768"]).public_key()
    spki_der = kem.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for signer in ("ECDSA-P256", "RSA-2048", "ML-DSA-44", "Ed25519"):
        with pytest.raises(InvalidInput) as caught:
            parse.parse_csr(forge(key_type=signer, spki_der=spki_der))
        assert caught.value.errors[0].rule in {"csr.proof_of_possession", "csr.signature_algorithm"}
