"""Certificate requests: what is read from them, and what is refused before it is read."""

from __future__ import annotations

import base64
import contextlib
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.domain.errors import InvalidInput, Malformed, TooLarge
from pki_manager.domain.names import AlternativeName, DistinguishedName
from pki_manager.x509 import general_names, names, parse, pem, signer_key
from pki_manager.x509.asn1 import der
from tests.support.hierarchies import private_key, spki

SAN = "2.5.29.17"
SUBJECT = names.encode_dn(DistinguishedName.of(("CN", "www.example.com")))


def extension(oid: str, value: bytes) -> bytes:
    return der.encode_sequence(der.oid(oid), der.encode(der.OCTET_STRING, value))


MICROSOFT = "1.3.6.1.4.1.311.2.1.14"


def requested(*extensions: bytes, oid: str = "1.2.840.113549.1.9.14") -> bytes:
    """The extensionRequest attribute."""
    values = der.encode(der.SET, der.encode_sequence(*extensions))
    return der.encode_sequence(der.oid(oid), values)


def general_names_of(*elements: bytes) -> bytes:
    return der.encode_sequence(*elements)


def forge(
    *attributes: bytes,
    subject: bytes = SUBJECT,
    version: int = 0,
    key: signer_key.PrivateKey | None = None,
    key_type: str = "ECDSA-P256",
    spki_der: bytes | None = None,
) -> bytes:
    """A DER request with just these parts, honestly signed."""
    key = key or private_key(key_type)
    info = der.encode_sequence(der.integer(version), subject, spki_der or spki(key), der.encode(0xA0, *attributes))
    algorithm = KEY_TYPES[key_type].signature
    signature = signer_key.sign(key, info, algorithm)
    return der.encode_sequence(info, signer_key.encode_algorithm_identifier(algorithm), der.bit_string(signature))


def with_sans(*elements: bytes) -> bytes:
    return forge(requested(extension(SAN, general_names_of(*elements))))


def refusal(data: bytes | str, kind: type[InvalidInput]) -> str:
    with pytest.raises(kind) as caught:
        parse.parse_csr(data)
    assert type(caught.value) is kind
    (error,) = caught.value.errors
    assert error.field == "csr"
    return error.rule


def test_der_pem_text_and_base64_are_the_same_request() -> None:
    request = forge()
    text = pem.write("CERTIFICATE REQUEST", request)
    variants: list[bytes | str] = [
        request,
        text,
        text.encode(),
        text.replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"),
        base64.b64encode(request),
        base64.b64encode(request).decode(),
    ]
    facts = [parse.parse_csr(variant) for variant in variants]
    assert facts == [facts[0]] * len(variants)


def test_a_bare_request_has_no_names() -> None:
    facts = parse.parse_csr(forge(subject=der.encode_sequence()))
    assert facts.subject.is_empty()
    assert (facts.sans, facts.other_names, facts.requested_extensions) == ((), (), ())


def test_wanted_extensions_are_listed_besides_the_names() -> None:
    wanted = requested(
        extension("2.5.29.37", b"whatever"), extension(SAN, general_names_of(b"\x82\x01a")), extension("1.2.3", b"")
    )
    facts = parse.parse_csr(forge(wanted))
    assert facts.requested_extensions == ("2.5.29.37", "1.2.3")
    assert facts.sans == (AlternativeName.parse("DNS:a"),)


def test_other_attributes_are_passed_over() -> None:
    challenge = der.encode_sequence(der.oid("1.2.840.113549.1.9.7"), der.encode(der.SET, der.encode(0x0C, b"password")))
    assert parse.parse_csr(forge(challenge, requested(extension("1.2.3", b"")))).requested_extensions == ("1.2.3",)


def test_nam_01_nul_and_control_characters_survive_as_facts() -> None:
    subject = names.encode_dn(DistinguishedName.of(("CN", "good.example\0.evil.example")))
    san = general_names_of(b"\x82\x0agood\0.evil", b"\x81\x05a\n@bc", b"\x86\x06http:\x07")
    facts = parse.parse_csr(forge(requested(extension(SAN, san)), subject=subject))
    assert facts.subject.values("CN") == ("good.example\0.evil.example",)
    assert [name.value for name in facts.sans] == ["good\0.evil", "a\n@bc", "http:\x07"]


def test_kinds_of_names_that_we_do_not_issue_are_described() -> None:
    other = der.encode(0xA0, der.oid("1.3.6.1.4.1.311.20.2.3"), der.encode(0xA0, der.encode(0x0C, b"upn")))
    facts = parse.parse_csr(
        with_sans(
            other,
            der.encode(0xA3, der.encode_sequence()),
            der.encode(0xA4, SUBJECT),
            der.encode(0x88, der.read_content(der.oid("1.2.3"))),
        )
    )
    assert facts.sans == (AlternativeName.parse("UPN:upn"),)
    assert facts.other_names == (
        "x400Address",
        "directoryName",
        "registeredID 1.2.3",
    )


@pytest.mark.parametrize(
    ("rule", "element"),
    [
        ("san.ip", b"\x87\x03\x01\x02\x03"),
        ("san.ip", b"\x87\x08" + bytes(8)),
        ("san.ia5_string", b"\x82\x02\xc3\xbc"),
        ("san.kind", b"\x0c\x01a"),
        ("san.kind", b"\x89\x01a"),
        ("der.length", b"\x82\x05a"),
        ("der.oid", b"\x88\x01\x80"),
    ],
)
def test_what_no_general_name_can_be_is_malformed(rule: str, element: bytes) -> None:
    assert refusal(with_sans(element), Malformed) == rule


@pytest.mark.parametrize(
    ("rule", "attributes"),
    [
        ("extension.repeated", [requested(extension("1.2.3", b""), extension("1.2.3", b""))]),
        ("csr.extension_request", [requested(), requested()]),
        ("csr.extension_request", [requested(), requested(oid=MICROSOFT)]),
        ("extension.form", [requested(der.encode_sequence(der.oid("1.2.3")))]),
        ("extension.form", [requested(der.encode_sequence(der.oid("1.2.3"), der.integer(1)))]),
        ("der.trailing", [requested(extension(SAN, b"\x30\x00\x00"))]),
        ("san.form", [requested(extension(SAN, b"\x30\x00"))]),
        ("san.form", [requested(extension(SAN, b"\x04\x00"))]),
        ("san.form", [requested(extension(SAN, b"\x04\x03\x82\x01a"))]),
        ("der.length", [requested(extension(SAN, b"\x30\x80\x00\x00"))]),
    ],
)
def test_malformed_extension_requests_are_refused(rule: str, attributes: list[bytes]) -> None:
    assert refusal(forge(*attributes), Malformed) == rule


def test_the_extension_request_of_old_windows_is_read() -> None:
    names_of = extension(
        SAN, general_names_of(der.encode(0x82, b"www.example.com"), der.encode(0x82, b"b.example.com"))
    )
    facts = parse.parse_csr(forge(requested(names_of, extension("1.2.3", b""), oid=MICROSOFT)))
    assert [str(san) for san in facts.sans] == ["DNS:www.example.com", "DNS:b.example.com"]
    assert facts.requested_extensions == ("1.2.3",)


@pytest.mark.parametrize("value", [der.integer(5), der.encode(der.NULL), der.encode(0x80, b"a")])
def test_a_subject_value_that_is_no_string_is_refused(value: bytes) -> None:
    """It would be issued as the text of its DER, `#020105`, which nobody asked for."""
    subject = der.encode_sequence(der.encode(der.SET, der.encode_sequence(der.oid("2.5.4.3"), value)))
    assert refusal(forge(subject=subject), Malformed) == "dn.string"


def test_a_subject_value_that_looks_like_der_in_hexadecimal_is_text() -> None:
    subject = names.encode_dn(DistinguishedName.of(("CN", "#020105")))
    assert parse.parse_csr(forge(subject=subject)).subject.values("CN") == ("#020105",)


def test_a_value_of_an_unknown_type_may_be_anything() -> None:
    """It is never issued: a profile drops it, or refuses it by its type."""
    subject = der.encode_sequence(der.encode(der.SET, der.encode_sequence(der.oid("2.5.4.45"), der.bit_string(b"\1"))))
    assert parse.parse_csr(forge(subject=subject)).subject.values("2.5.4.45") == ("#03020001",)


def test_key_14_two_requests_in_one_pem_are_refused() -> None:
    text = pem.write("CERTIFICATE REQUEST", forge())
    assert refusal(text + text, Malformed) == "pem.single"


def test_key_14_trailing_bytes_are_refused() -> None:
    assert refusal(forge() + b"\0", Malformed) == "der.trailing"
    assert refusal(pem.write("CERTIFICATE REQUEST", forge() + b"\0"), Malformed) == "der.trailing"


def test_key_14_indefinite_length_is_refused() -> None:
    request = forge()
    indefinite = b"\x30\x80" + der.read_content(request) + b"\0\0"
    assert refusal(indefinite, Malformed) == "der.length"


@pytest.mark.parametrize(
    "data",
    [
        der.encode_sequence(),
        der.encode_sequence(der.encode_sequence(), der.encode_sequence(), der.bit_string(b"")),
        forge(version=1),
        forge(version=2),
        der.encode_sequence(*der.read_children(forge())[:2]),
        der.encode_sequence(
            der.encode_sequence(*der.read_children(der.read_children(forge())[0])[:3]), *der.read_children(forge())[1:]
        ),
    ],
)
def test_der_that_is_no_request_is_refused(data: bytes) -> None:
    assert refusal(data, Malformed) == "csr.form"


def test_dos_04_size_is_looked_at_before_anything_else() -> None:
    names_10_000 = (b"\x82\x10host-number-%05d" % number for number in range(10_000))
    request = with_sans(*names_10_000)
    for data in (request, pem.write("CERTIFICATE REQUEST", request), b"\x30" * 5_000_000):
        started = time.perf_counter()
        assert refusal(data, TooLarge) == "size"
        assert time.perf_counter() - started < 0.1


def test_the_number_of_names_is_bounded() -> None:
    element = b"\x82\x01a"
    assert len(parse.parse_csr(with_sans(*[element] * parse.MAX_SANS)).sans) == parse.MAX_SANS
    assert refusal(with_sans(*[element] * (parse.MAX_SANS + 1)), TooLarge) == "san.count"


def test_dos_01_dos_02_hostile_requests_are_refused() -> None:
    nested = b"\x30\x80" * 10_000
    long_oid = der.encode_sequence(der.encode(der.OID, b"\x2a" + b"\x81" * 60_000 + b"\x01"))
    for data in (nested, long_oid, der.encode_sequence(b"\x30\x00" * 32_000)):
        with pytest.raises(Malformed, match=r"shortest definite form|1 to 64 whole bytes|is not a certificate request"):
            parse.parse_csr(data)


def test_a_name_longer_than_its_bound_is_a_fact() -> None:
    """pyca warns about it when it is asked for the subject; warnings are errors here."""
    long = der.encode_sequence(
        der.encode(der.SET, der.encode_sequence(der.oid("2.5.4.3"), der.encode(0x0C, b"a" * 300)))
    )
    assert parse.parse_csr(forge(subject=long)).subject.values("CN") == ("a" * 300,)


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_request_raises_nothing_but_our_errors(data: st.DataObject) -> None:
    request = bytearray(SAMPLE)
    for _ in range(data.draw(st.integers(1, 3))):
        request[data.draw(st.integers(0, len(request) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(InvalidInput):
        parse.parse_csr(bytes(request))


SAMPLE = forge(
    requested(extension(SAN, general_names_of(b"\x82\x01a", b"\x87\x04\x01\x02\x03\x04")), extension("2.5.29.15", b"x"))
)


@pytest.mark.parametrize("read", [general_names.read, general_names.read_constraints])
@given(data=st.binary(max_size=60))
def test_random_general_names_raise_nothing_but_our_errors(read: Callable[[bytes, str], object], data: bytes) -> None:
    with contextlib.suppress(InvalidInput):
        read(data, "f")
