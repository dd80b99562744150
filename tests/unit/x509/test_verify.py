"""What a key backend answers is looked at before it is used."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pki_manager.domain.algorithms import KEY_TYPES, SIGNATURES, Use, list_signing_key_types, require_fit
from pki_manager.domain.errors import Fault, InvalidInput
from pki_manager.x509 import assemble, export, keys, pem, signer_key, verify
from pki_manager.x509.asn1 import der
from tests.support.hierarchies import make_root, private_key, spki


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_right_signature_passes_and_a_wrong_one_does_not(name: str) -> None:
    algorithm = SIGNATURES[name]
    key = private_key(next(t for t, row in KEY_TYPES.items() if algorithm in row.signatures))
    signature = signer_key.sign(key, b"data", algorithm)
    verify.require_signature(spki(key), b"data", signature, algorithm)
    for data, wrong in ((b"other", signature), (b"data", signature[:-1] + bytes((signature[-1] ^ 1,))), (b"data", b"")):
        with pytest.raises(Fault, match="does not verify with the key"):
            verify.require_signature(spki(key), data, wrong, algorithm)


def test_a_signature_by_another_key_is_a_fault() -> None:
    algorithm = SIGNATURES["ECDSA-SHA256"]
    signature = signer_key.sign(private_key("ECDSA-P256"), b"data", algorithm)
    with pytest.raises(Fault, match="does not verify with the key"):
        verify.require_signature(spki(private_key("ECDSA-P256")), b"data", signature, algorithm)


def test_a_key_of_another_family_or_none_at_all_is_a_fault() -> None:
    signature = signer_key.sign(private_key("Ed25519"), b"data", SIGNATURES["Ed25519"])
    exchange = der.encode_sequence(der.encode_sequence(der.oid("1.3.101.110")), der.bit_string(b"\x09" * 32))
    for key in (spki(private_key("ECDSA-P256")), exchange, b"", b"\x30\x00"):
        with pytest.raises(Fault, match="does not verify with the key"):
            verify.require_signature(key, b"data", signature, SIGNATURES["Ed25519"])


def test_iss_07_a_signed_object_around_other_bytes_is_a_fault() -> None:
    whole = make_root().issuer.certificate_der or b""
    tbs, algorithm, signature = der.read_children(whole)
    verify.require_same_tbs(whole, tbs)
    other = tbs[:-1] + bytes((tbs[-1] ^ 1,))
    for signed in (
        der.encode_sequence(other, algorithm, signature),
        der.encode_sequence(tbs, signer_key.encode_algorithm_identifier(SIGNATURES["RSA-SHA256"]), signature),
        der.encode_sequence(tbs, algorithm),
    ):
        with pytest.raises(Fault, match="does not contain the bytes that were to be signed"):
            verify.require_same_tbs(signed, tbs)


def test_a_signature_by_a_key_of_another_parameter_set_is_a_fault() -> None:
    signature = signer_key.sign(private_key("ML-DSA-44"), b"data", SIGNATURES["ML-DSA-44"])
    for other in ("ML-DSA-65", "Ed448", "RSA-2048"):
        with pytest.raises(Fault, match="does not verify with the key"):
            verify.require_signature(spki(private_key(other)), b"data", signature, SIGNATURES["ML-DSA-44"])


def test_a_pss_signature_is_no_pkcs1_signature_and_its_salt_has_the_length_of_the_hash() -> None:
    key = private_key("RSA-2048")
    assert isinstance(key, rsa.RSAPrivateKey)
    pss = SIGNATURES["RSA-PSS-SHA256"]
    for other in (SIGNATURES["RSA-SHA256"], SIGNATURES["RSA-PSS-SHA384"]):
        with pytest.raises(Fault, match="does not verify with the key"):
            verify.require_signature(spki(key), b"data", signer_key.sign(key, b"data", other), pss)
    short = key.sign(b"data", padding.PSS(padding.MGF1(SHA256()), 20), SHA256())
    with pytest.raises(Fault, match="does not verify with the key"):
        verify.require_signature(spki(key), b"data", short, pss)


def test_only_an_algorithm_of_its_type_fits_a_key() -> None:
    for key_type in KEY_TYPES.values():
        for algorithm in SIGNATURES.values():
            if algorithm in key_type.signatures:
                require_fit(key_type, algorithm)
            else:
                with pytest.raises(InvalidInput, match=f"must be a signature algorithm for {key_type.name} keys"):
                    require_fit(key_type, algorithm)


@pytest.mark.parametrize("name", list_signing_key_types(Use.CA))
def test_the_throwaway_key_is_of_its_type_and_kept(name: str) -> None:
    key = signer_key.get_throwaway_key(KEY_TYPES[name])
    assert signer_key.get_throwaway_key(KEY_TYPES[name]) is key
    assert keys.compute_key_facts(spki(key)).name == name


@pytest.mark.parametrize("name", SIGNATURES)
def test_an_algorithm_is_found_by_its_identifier(name: str) -> None:
    identifier = signer_key.encode_algorithm_identifier(SIGNATURES[name])
    assert signer_key.find_algorithm(identifier) is SIGNATURES[name]
    assert signer_key.find_algorithm(identifier + b"\x05\x00") is None


@pytest.mark.parametrize("name", ["ML-KEM-768", "ML-KEM-1024"])
def test_a_kem_key_is_made_and_recognised_but_signs_nothing(name: str) -> None:
    key_type = KEY_TYPES[name]
    spki_der = (
        signer_key.generate_kem_key(key_type).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )
    assert keys.compute_key_facts(spki_der).name == name
    with pytest.raises(InvalidInput, match="must be a key type that can sign"):
        signer_key.generate_key(key_type)
    with pytest.raises(InvalidInput, match="must be a key type for key encapsulation"):
        signer_key.generate_kem_key(KEY_TYPES["ML-DSA-44"])
    with pytest.raises(Fault, match="does not verify with the key"):
        verify.require_signature(spki_der, b"data", b"signature", SIGNATURES["ML-DSA-44"])


def test_a_signature_is_whole_octets_of_a_bit_string() -> None:
    signed = assemble.assemble_signed(b"\x30\x00", SIGNATURES["Ed25519"], b"signature")
    assert der.read_children(signed)[2] == b"\x03\x0a\x00signature"


def test_chains_are_written_in_the_given_order() -> None:
    first, second = (make_root(name).issuer.certificate_der or b"" for name in ("One", "Two"))
    text = export.encode_chain_pem([first, second])
    assert pem.read_many(text, pem.CERTIFICATE, "chain") == (first, second)
    assert text == export.encode_certificate_pem(first) + export.encode_certificate_pem(second)
