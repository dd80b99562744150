"""Facts about public keys."""

from __future__ import annotations

import hashlib
import math

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from pki_manager.domain.algorithms import KeyFamily, Use, list_signing_key_types
from pki_manager.domain.errors import InvalidInput, Malformed
from pki_manager.x509 import keys
from pki_manager.x509.asn1 import der
from pki_manager.x509.small_order import is_unsafe_point
from tests.support.hierarchies import private_key, spki

RSA_ENCRYPTION = der.encode_sequence(der.oid("1.2.840.113549.1.1.1"), der.encode(der.NULL))
EC_P256 = der.encode_sequence(der.oid("1.2.840.10045.2.1"), der.oid("1.2.840.10045.3.1.7"))
P256 = (1 << 256) - (1 << 224) + (1 << 192) + (1 << 96) - 1


def rsa_spki(modulus: int, exponent: int = 65537, algorithm: bytes = RSA_ENCRYPTION) -> bytes:
    key = der.encode_sequence(der.integer(modulus), der.integer(exponent))
    return der.encode_sequence(algorithm, der.bit_string(key))


def point_spki(x: int, y: int) -> bytes:
    return der.encode_sequence(EC_P256, der.bit_string(b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")))


def rule_of(spki_der: bytes, kind: type[InvalidInput]) -> str:
    with pytest.raises(kind) as caught:
        keys.compute_key_facts(spki_der, "csr")
    (error,) = caught.value.errors
    assert error.field == "csr"
    return error.rule


@pytest.mark.parametrize("name", [name for name in list_signing_key_types(Use.CA) if not name.startswith("RSA")])
def test_every_other_key_type_of_ours_is_recognised(name: str) -> None:
    der_key = spki(private_key(name))
    facts = keys.compute_key_facts(der_key)
    assert (facts.name, facts.description, facts.spki_der) == (name, name, der_key)
    assert facts.spki_sha256 == hashlib.sha256(der_key).digest()
    assert (facts.rsa_exponent, facts.rsa_small_factor, facts.rsa_close_primes, facts.rsa_roca) == (None,) * 4


@pytest.mark.parametrize("size", [2048, 3072, 4096])
def test_an_rsa_key_is_recognised_by_its_size(size: int) -> None:
    facts = keys.compute_key_facts(rsa_spki((1 << size) - 1))
    assert (facts.name, facts.family, facts.size) == (f"RSA-{size}", KeyFamily.RSA, size)


def test_an_ordinary_rsa_key_has_no_weakness() -> None:
    facts = keys.compute_key_facts(spki(private_key("RSA-2048")))
    assert (facts.rsa_exponent, facts.rsa_small_factor) == (65537, None)
    assert (facts.rsa_close_primes, facts.rsa_roca) == (False, False)


@pytest.mark.parametrize(
    ("key", "description"),
    [
        (rsa_spki((1 << 1024) - 1), "RSA-1024"),
        (rsa_spki((1 << 2049) - 1), "RSA-2049"),
        (spki(ec.generate_private_key(ec.SECP256K1())), "ECDSA secp256k1"),
        (spki(ec.generate_private_key(ec.BrainpoolP256R1())), "ECDSA brainpoolP256r1"),
        (spki(dsa.generate_private_key(1024)), "DSA-1024"),
    ],
    ids=["RSA-1024", "RSA-2049", "secp256k1", "brainpool", "DSA"],
)
def test_other_keys_have_no_name_but_a_description(key: bytes, description: str) -> None:
    facts = keys.compute_key_facts(key)
    assert (facts.name, facts.description) == (None, description)


@pytest.mark.parametrize(
    "unusual",
    [
        rsa_spki((1 << 2048) - 1, algorithm=der.encode_sequence(der.oid("1.2.840.113549.1.1.1"))),
        rsa_spki((1 << 2048) - 1, algorithm=der.encode_sequence(der.oid("1.2.840.113549.1.1.10"))),
        der.encode_sequence(
            EC_P256,
            der.bit_string(
                ec.generate_private_key(ec.SECP256R1())
                .public_key()
                .public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
            ),
        ),
    ],
    ids=["no NULL", "RSASSA-PSS", "compressed point"],
)
def test_a_key_in_an_encoding_that_we_would_change_is_no_type_of_ours(unusual: bytes) -> None:
    facts = keys.compute_key_facts(unusual)
    assert facts.name is None
    assert facts.description.endswith("in an unusual encoding")


@pytest.mark.parametrize("algorithm", ["1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10"])
@pytest.mark.parametrize(("bits", "exponent"), [(8193, 65537), (16_384, 65537), (65_536, 65537), (2048, 1 << 256)])
def test_key_02_a_giant_rsa_key_is_refused_before_any_arithmetic(
    bits: int, exponent: int, algorithm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for arithmetic in ("find_small_factor", "has_close_primes", "has_roca_fingerprint", "load"):
        monkeypatch.setattr(keys, arithmetic, lambda *_: pytest.fail("arithmetic on a giant"))
    giant = rsa_spki((1 << bits) - 1, exponent, der.encode_sequence(der.oid(algorithm), der.encode(der.NULL)))
    assert rule_of(giant, InvalidInput) == "key.rsa_size"


@pytest.mark.parametrize(
    "bad",
    [
        point_spki(1, 1),
        point_spki(P256 + 5, 1),
        der.encode_sequence(EC_P256, der.bit_string(b"\0")),
        der.encode_sequence(EC_P256, der.bit_string(b"")),
        der.encode_sequence(EC_P256, der.bit_string(b"\x04" + bytes(64))),
    ],
    ids=["off the curve", "x above p", "infinity", "empty", "zeros"],
)
def test_key_09_a_point_that_is_not_on_its_curve_is_malformed(bad: bytes) -> None:
    assert rule_of(bad, Malformed) == "key.valid"


@pytest.mark.parametrize(
    "bad",
    [
        der.encode_sequence(),
        der.encode_sequence(RSA_ENCRYPTION),
        der.encode_sequence(RSA_ENCRYPTION, der.bit_string(b"")),
        der.encode_sequence(RSA_ENCRYPTION, der.bit_string(der.encode_sequence(der.integer(5)))),
        der.encode_sequence(der.encode_sequence(), der.bit_string(b"x")),
        rsa_spki(0),
        rsa_spki(-5),
    ],
)
def test_what_is_no_key_is_malformed(bad: bytes) -> None:
    rule_of(bad, Malformed)


def test_an_unknown_algorithm_is_told_as_such() -> None:
    unknown = der.encode_sequence(der.encode_sequence(der.oid("1.2.3.4")), der.bit_string(b"x"))
    assert rule_of(unknown, InvalidInput) == "key.supported"


def test_a_curve_given_by_its_parameters_is_no_named_curve() -> None:
    """RFC 5480 §2.1.1: only named curves; pyca reads this one and calls it secp256r1."""
    generator = (
        "046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296"
        "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5"
    )
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    b = bytes.fromhex("5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B")
    parameters = der.encode_sequence(
        der.integer(1),
        der.encode_sequence(der.oid("1.2.840.10045.1.1"), der.integer(P256)),
        der.encode_sequence(
            der.encode(der.OCTET_STRING, (P256 - 3).to_bytes(32, "big")), der.encode(der.OCTET_STRING, b)
        ),
        der.encode(der.OCTET_STRING, bytes.fromhex(generator)),
        der.integer(order),
        der.integer(1),
    )
    algorithm = der.encode_sequence(der.oid("1.2.840.10045.2.1"), parameters)
    point = keys.read_public_key_bits(spki(ec.generate_private_key(ec.SECP256R1())))
    assert keys.compute_key_facts(der.encode_sequence(algorithm, der.bit_string(point))).name is None


def test_the_key_identifier_is_the_one_of_rfc_5280() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    expected = x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest
    assert keys.compute_subject_key_identifier(spki(key)) == expected


P25519 = (1 << 255) - 19
Y8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
ED25519 = der.encode_sequence(der.oid("1.3.101.112"))


def test_the_points_of_order_8_solve_their_equation() -> None:
    d = -121665 * pow(121666, -1, P25519) % P25519
    assert (d * pow(Y8, 4, P25519) + 2 * Y8 * Y8) % P25519 == 1


@pytest.mark.parametrize("y", [0, 1, P25519 - 1, Y8, P25519 - Y8, P25519, P25519 + 1, P25519 + 5])
@pytest.mark.parametrize("sign", [0, 1])
def test_key_09_points_of_small_order_and_other_spellings_are_a_fact(y: int, sign: int) -> None:
    octets = (y | sign << 255).to_bytes(32, "little")
    assert keys.compute_key_facts(der.encode_sequence(ED25519, der.bit_string(octets))).unsafe_point is True


@pytest.mark.parametrize("y", [0, 1, (1 << 448) - (1 << 224) - 2, (1 << 448) - 1])
def test_key_09_and_on_the_larger_curve(y: int) -> None:
    assert is_unsafe_point(y.to_bytes(57, "little"))
    assert is_unsafe_point((y | 1 << 455).to_bytes(57, "little"))


def test_ordinary_points_are_neither() -> None:
    assert keys.compute_key_facts(spki(private_key("Ed25519"))).unsafe_point is False
    assert not is_unsafe_point(ed448.Ed448PrivateKey.generate().public_key().public_bytes_raw())
    assert keys.compute_key_facts(spki(private_key("ECDSA-P256"))).unsafe_point is None


def test_key_02_other_long_keys_are_not_loaded_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "load", lambda *_: pytest.fail("a giant was loaded"))
    parameters = der.encode_sequence(der.integer(1 << 9000), der.integer(1 << 9000), der.integer(2))
    algorithm = der.encode_sequence(der.oid("1.2.840.10040.4.1"), parameters)
    giant = der.encode_sequence(algorithm, der.bit_string(der.integer(1 << 9000)))
    assert rule_of(giant, InvalidInput) == "key.size"


@pytest.mark.parametrize("prime", [2, 3, 751, 5711])
def test_a_small_factor_is_found(prime: int) -> None:
    modulus = prime * ((1 << 521) - 1) * ((1 << 607) - 1)
    assert keys.find_small_factor(modulus) == prime


def test_752_primes_are_tried() -> None:
    assert len(keys.SMALL_PRIMES) == 752
    assert keys.SMALL_PRIMES[-1] == 5711
    assert keys.find_small_factor(5717 * ((1 << 521) - 1)) is None


@given(st.integers(1 << 1023, (1 << 1024) - 1), st.integers(0, 1 << 510))
def test_key_04_close_primes_are_found(prime: int, distance: int) -> None:
    """Fermat's method needs ((q - p) / 2)² / (2 √n) rounds, so a distance of 2^510 takes one."""
    prime |= 1
    assert keys.has_close_primes(prime * (prime + 2 * distance))


@pytest.mark.parametrize(("rounds", "found"), [(98, True), (103, False)])
def test_key_04_a_hundred_rounds_are_made(rounds: int, found: bool) -> None:
    """n = a² - b² is factored when the search, upwards from √n, comes to a: after b² / 2a steps."""
    a = 1 << 1023
    b = math.isqrt(2 * rounds * a)
    assert abs(a - math.isqrt(a * a - b * b) - rounds) <= 1
    assert keys.has_close_primes(a * a - b * b) is found


def test_key_06_a_roca_modulus_is_recognised() -> None:
    """n = 65537^c modulo the primorial, whatever else it is: the shape that RSALib's primes give their product."""
    primes = [n for n in range(2, 168) if all(n % d for d in range(2, n))]
    primorial = math.prod(primes)
    modulus = (1 << 2047) // primorial * primorial + pow(65537, 12345, primorial)
    assert keys.has_roca_fingerprint(modulus)
    assert keys.compute_key_facts(rsa_spki(modulus)).rsa_roca is True


def test_ordinary_moduli_are_not_called_roca() -> None:
    numbers = [rsa.generate_private_key(65537, 1024).public_key().public_numbers().n for _ in range(5)]
    assert not any(keys.has_roca_fingerprint(n) for n in numbers)
