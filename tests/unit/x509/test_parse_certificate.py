"""What is read from a certificate, and what is none."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pki_manager.domain.algorithms import KEY_TYPES, SIGNATURES
from pki_manager.domain.certificate import CertificateFacts
from pki_manager.domain.errors import InvalidInput, Malformed, TooLarge
from pki_manager.domain.names import AlternativeName, DistinguishedName, NameConstraints, NameKind
from pki_manager.x509 import assemble, keys, names, parse, signer_key
from pki_manager.x509.asn1 import der
from tests.support.hierarchies import NOW, make_plan, make_root, private_key, spki

SERIAL = (1 << 126) + 77
NAME = DistinguishedName.of(("CN", "www.example.com"))


@cache
def leaf_key() -> bytes:
    return spki(private_key("ECDSA-P256"))


@cache
def leaf() -> bytes:
    return make_root().certify(make_plan(NAME, leaf_key()), SERIAL)


def test_the_facts_are_slices_of_the_certificate() -> None:
    certificate_der = leaf()
    certificate = x509.load_der_x509_certificate(certificate_der)
    facts = parse.parse_certificate(certificate_der)
    assert facts.tbs_der == certificate.tbs_certificate_bytes
    assert facts.subject_der == certificate.subject.public_bytes()
    assert facts.issuer_der == certificate.issuer.public_bytes()
    assert (facts.serial, facts.key.spki_der) == (SERIAL, leaf_key())
    assert (facts.subject, facts.sans) == (NAME, make_plan(NAME, leaf_key()).sans)
    assert facts.subject_key_identifier == keys.compute_subject_key_identifier(leaf_key())
    assert (facts.is_ca, facts.path_length, facts.name_constraints) == (False, None, NameConstraints())


def with_extensions(*values: tuple[str, bytes]) -> CertificateFacts:
    """The facts of a certificate with just these extension values, whatever they are."""
    key = signer_key.get_throwaway_key(KEY_TYPES["Ed25519"])
    builder = x509.CertificateBuilder().subject_name(x509.Name([])).issuer_name(x509.Name([])).serial_number(1)
    builder = builder.public_key(key.public_key()).not_valid_before(NOW).not_valid_after(NOW)
    for oid, value in values:
        builder = builder.add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value), critical=False)
    return parse.parse_certificate(builder.sign(key, None).public_bytes(Encoding.DER))


def test_a_certificate_without_extensions_is_no_ca() -> None:
    facts = with_extensions()
    assert (facts.is_ca, facts.sans, facts.subject_key_identifier) == (False, (), None)


IP_SUBTREE = b"\x87\x08\x0a\x00\x00\x00\xff\x00\x00\x00"


def constraints_of(*bases: bytes) -> bytes:
    return der.encode_sequence(der.encode(0xA0, *(der.encode_sequence(base) for base in bases)))


def test_an_ip_subtree_is_a_block() -> None:
    facts = with_extensions(("2.5.29.30", constraints_of(IP_SUBTREE)))
    assert facts.name_constraints.permitted == (AlternativeName(NameKind.IP, "10.0.0.0/8"),)


@pytest.mark.parametrize(
    "value",
    [
        constraints_of(b"\x87\x08\x0a\x00\x00\x00\xff\x00\xff\x00"),  # a mask with a hole
        constraints_of(b"\x87\x04\x0a\x00\x00\x00"),
        constraints_of(b"\x87\x07\x0a\x00\x00\x00\xff\x00\x00"),
        constraints_of(b"\x82\x02\xc3\xbc"),
        constraints_of(IP_SUBTREE + b"\x80\x01\x01"),  # minimum
        constraints_of(b""),
    ],
)
def test_malformed_subtrees_are_refused(value: bytes) -> None:
    with pytest.raises(
        Malformed, match=r"an IP subtree|ends within an element|a name that is not ASCII|a minimum or maximum"
    ):
        with_extensions(("2.5.29.30", value))


def test_a_directory_subtree_is_a_name() -> None:
    base = names.parse_dn("O=Example,C=DE")
    facts = with_extensions(("2.5.29.30", constraints_of(der.encode(0xA4, names.encode_dn(base)))))
    assert facts.name_constraints.permitted_directories == (base,)
    assert facts.name_constraints.permitted == ()


def test_a_subtree_of_an_unknown_kind_is_not_passed_over() -> None:
    with pytest.raises(InvalidInput) as caught:
        with_extensions(("2.5.29.30", constraints_of(der.encode(0xA3, der.encode_sequence()))))
    assert caught.value.errors[0].rule == "name_constraints.kind"


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"\x30\x80\x00\x00", b"text", der.encode_sequence(b"\x30\x00" * 3)])
def test_what_is_no_certificate_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        parse.parse_certificate(data, "certificate")
    assert caught.value.errors[0].field == "certificate"


def test_a_certificate_has_a_greatest_size() -> None:
    with pytest.raises(TooLarge, match="must have at most 65536 bytes"):
        parse.parse_certificate(b"\x30" * 70_000)


@pytest.mark.parametrize("version", [0, 1, 3])
def test_only_version_3_is_read(version: int) -> None:
    _, *fields = der.read_children(parse.parse_certificate(leaf()).tbs_der)
    changed = der.encode_sequence(der.encode(0xA0, der.integer(version)), *fields)
    with pytest.raises(Malformed) as caught:
        parse.parse_certificate(assemble.assemble_signed(changed, SIGNATURES["ECDSA-SHA256"], b"signature"))
    assert caught.value.errors[0].rule == "certificate.version"


@pytest.mark.parametrize("serial", [0, -5])
def test_a_serial_number_must_be_positive(serial: int) -> None:
    tbs = parse.parse_certificate(leaf()).tbs_der
    version, _, *fields = der.read_children(tbs)
    changed = der.encode_sequence(version, der.integer(serial), *fields)
    with pytest.raises(Malformed) as caught:
        parse.parse_certificate(assemble.assemble_signed(changed, SIGNATURES["ECDSA-SHA256"], b"signature"))
    assert caught.value.errors[0].rule == "certificate.serial"


def test_a_version_1_certificate_is_refused(version_1: bytes) -> None:
    with pytest.raises(Malformed, match="certificate: is not a version 3 certificate"):
        parse.parse_certificate(version_1)


@pytest.fixture
def version_1() -> bytes:
    _, *fields = der.read_children(parse.parse_certificate(leaf()).tbs_der)
    tbs = der.encode_sequence(*fields[:-1])
    return assemble.assemble_signed(tbs, SIGNATURES["ECDSA-SHA256"], b"signature")


def test_a_damaged_certificate_raises_nothing_but_our_errors() -> None:
    certificate_der = leaf()
    broken: Sequence[bytes] = [
        certificate_der[:at] + bytes((certificate_der[at] ^ bit,)) + certificate_der[at + 1 :]
        for at in range(len(certificate_der))
        for bit in (0x01, 0x20, 0x80)
    ]
    read = 0
    for data in broken:
        try:
            parse.parse_certificate(data)
        except InvalidInput:
            continue
        read += 1
    assert 0 < read < len(broken)
