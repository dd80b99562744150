"""Key types and the signature algorithms that belong to them."""

import pytest

from pki_manager.domain.algorithms import (
    KEY_TYPES,
    SIGNATURES,
    KeyFamily,
    Use,
    choose_ocsp_signature,
    choose_ocsp_signer_type,
    choose_signature,
    find_key_type,
    get_key_type,
    get_signature_algorithm,
    list_signing_key_types,
)
from pki_manager.domain.errors import InvalidInput


def test_every_key_type_signs_with_an_algorithm_of_its_family():
    assert {name: KEY_TYPES[name].signature.name for name in list_signing_key_types(Use.CA)} == {
        "RSA-2048": "RSA-SHA256",
        "RSA-3072": "RSA-SHA256",
        "RSA-4096": "RSA-SHA384",
        "ECDSA-P256": "ECDSA-SHA256",
        "ECDSA-P384": "ECDSA-SHA384",
        "ECDSA-P521": "ECDSA-SHA512",
        "Ed25519": "Ed25519",
        "Ed448": "Ed448",
        "ML-DSA-44": "ML-DSA-44",
        "ML-DSA-65": "ML-DSA-65",
        "ML-DSA-87": "ML-DSA-87",
    }
    assert all(one.family is row.family for row in KEY_TYPES.values() for one in row.signatures)


def test_a_key_encapsulation_key_is_a_leafs_and_signs_nothing():
    assert set(KEY_TYPES) - set(list_signing_key_types(Use.LEAF)) == {"ML-KEM-768", "ML-KEM-1024"}
    for name in ("ML-KEM-768", "ML-KEM-1024"):
        assert KEY_TYPES[name].uses == {Use.LEAF}
        with pytest.raises(InvalidInput, match="must be a key type that can sign"):
            choose_signature(KEY_TYPES[name], None)


def test_a_signature_algorithm_is_chosen_among_those_of_the_key_type():
    assert choose_signature(KEY_TYPES["RSA-4096"], None).name == "RSA-SHA384"
    assert choose_signature(KEY_TYPES["RSA-2048"], "RSA-PSS-SHA512").name == "RSA-PSS-SHA512"
    for key, algorithm in (("ECDSA-P256", "ECDSA-SHA384"), ("Ed25519", "RSA-PSS-SHA256"), ("RSA-2048", "RSA-MD5")):
        with pytest.raises(InvalidInput) as caught:
            choose_signature(KEY_TYPES[key], algorithm)
        assert caught.value.errors[0].field == "signature_algorithm"


@pytest.mark.parametrize(
    ("issuer", "algorithm", "signer", "signs"),
    [
        ("RSA-4096", "RSA-SHA384", "RSA-2048", "RSA-SHA384"),
        ("RSA-4096", "RSA-PSS-SHA512", "RSA-2048", "RSA-PSS-SHA512"),
        ("ECDSA-P384", "ECDSA-SHA384", "ECDSA-P256", "ECDSA-SHA256"),
        ("Ed448", "Ed448", "Ed448", "Ed448"),
        ("ML-DSA-87", "ML-DSA-87", "ML-DSA-44", "ML-DSA-44"),
    ],
)
def test_an_ocsp_signer_is_of_its_issuers_family_and_signs_as_it_where_it_can(issuer, algorithm, signer, signs):
    row = choose_ocsp_signer_type(KEY_TYPES[issuer])
    assert (row.name, choose_ocsp_signature(SIGNATURES[algorithm], row).name) == (signer, signs)


def test_algorithms_are_found_by_their_exact_names():
    assert all(get_key_type(name) is row for name, row in KEY_TYPES.items())
    assert all(get_signature_algorithm(name) is row for name, row in SIGNATURES.items())


@pytest.mark.parametrize("name", ["", "rsa-2048", "RSA-1024", "ed25519"])
def test_other_algorithm_names_are_refused_by_field(name):
    with pytest.raises(InvalidInput) as caught:
        get_key_type(name, "key")
    assert caught.value.errors[0].field == "key"
    with pytest.raises(InvalidInput) as caught:
        get_signature_algorithm(name, "alg")
    assert caught.value.errors[0].field == "alg"


@pytest.mark.parametrize(
    ("family", "size", "curve", "name"),
    [
        (KeyFamily.RSA, 2048, None, "RSA-2048"),
        (KeyFamily.EC, 384, "secp384r1", "ECDSA-P384"),
        (KeyFamily.ED25519, 256, None, "Ed25519"),
        (KeyFamily.RSA, 1024, None, None),
        (KeyFamily.RSA, 2049, None, None),
        (KeyFamily.EC, 256, "brainpoolP256r1", None),
        (KeyFamily.EC, 256, None, None),
    ],
)
def test_a_key_that_was_met_is_a_type_of_ours_or_none(family, size, curve, name):
    row = find_key_type(family, size, curve)
    assert (row.name if row else None) == name
