"""The guard before every parser, and the hand-written primitives."""

from __future__ import annotations

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from pki_manager.domain.errors import Malformed
from pki_manager.x509.asn1 import der
from tests.support.hierarchies import make_root

NESTED = b""
for _ in range(der.MAX_DEPTH):
    NESTED = der.encode_sequence(NESTED)


def rule_of(data: bytes) -> str:
    with pytest.raises(Malformed) as caught:
        der.require_der(data, "csr")
    (error,) = caught.value.errors
    assert error.field == "csr"
    return error.rule


@pytest.mark.parametrize(
    "data",
    [
        b"\x30\x00",
        b"\x04\x03abc",
        der.encode_sequence(der.integer(5), der.encode_sequence(der.oid("1.2.840.113549"))),
        der.encode(der.OCTET_STRING, b"x" * 200),
        der.encode(der.OCTET_STRING, b"x" * 70_000),
        NESTED,
        der.encode_sequence(b"\x05\x00" * (der.MAX_ELEMENTS - 1)),
    ],
    ids=["empty", "primitive", "nested", "200 octets", "70,000 octets", "deepest", "most elements"],
)
def test_der_passes(data: bytes) -> None:
    der.require_der(data, "csr")


def test_a_real_certificate_passes() -> None:
    der.require_der(make_root().issuer.certificate_der or b"", "certificate")


@pytest.mark.parametrize(
    ("rule", "data"),
    [
        ("der.length", b""),
        ("der.length", b"\x30"),
        ("der.length", b"\x30\x05\x02\x01\x05"),  # reaches past the end
        ("der.length", b"\x30\x03\x02\x02\x05\x05"[:5]),  # a child that reaches past its parent
        ("der.length", b"\x30\x80\x02\x01\x05\x00\x00"),  # indefinite
        ("der.length", b"\x30\x81\x03\x02\x01\x05"),  # long form of a short length
        ("der.length", b"\x04\x82\x00\x81" + b"x" * 0x81),  # padded
        ("der.length", b"\x04\x85\x00\x00\x00\x00\x81" + b"x" * 0x81),
        ("der.length", b"\x04\x89" + b"\xff" * 9),
        ("der.trailing", b"\x30\x00\x00"),
        ("der.trailing", b"\x30\x00\x30\x00"),
        ("der.tag", b"\x00\x00"),
        ("der.tag", b"\x30\x02\x00\x00"),
        ("der.tag", b"\x24\x03\x04\x01a"),  # constructed OCTET STRING
        ("der.tag", b"\x2c\x03\x0c\x01a"),  # constructed UTF8String
        ("der.tag", b"\x10\x00"),  # primitive SEQUENCE
        ("der.tag", b"\x1f\x81\x01\x00"),  # multi-octet tag
        ("der.oid", b"\x06\x00"),
        ("der.oid", b"\x06\x02\x2a\x86"),  # ends within an arc
    ],
)
def test_key_14_what_is_not_der_is_refused_by_name(rule: str, data: bytes) -> None:
    assert rule_of(data) == rule


def test_depth_and_number_of_elements_are_bounded() -> None:
    assert rule_of(der.encode_sequence(NESTED)) == "der.bounds"
    assert rule_of(der.encode_sequence(b"\x05\x00" * der.MAX_ELEMENTS)) == "der.bounds"


def definite_nesting(levels: int) -> bytes:
    """`levels` nested SEQUENCEs, each with the right length."""
    parts: list[bytes] = []
    size = 0
    for _ in range(levels):
        header = der.encode_sequence(b"\0" * size)[: -size or None]
        parts.append(header)
        size += len(header)
    return b"".join(reversed(parts))


@pytest.mark.parametrize(
    "data",
    [
        b"\x30\x80" * 10_000,
        definite_nesting(10_000),
        der.encode_sequence(b"\x05\x00" * (1 << 19)),
        der.encode_sequence(b"\x30\x00" * (1 << 19)),
        der.encode(der.OID, b"\x2a" + b"\x81" * (1 << 20) + b"\x01"),
        b"\x00" * (1 << 20),
    ],
    ids=["indefinite", "definite", "nulls", "empty sequences", "one long oid", "zeros"],
)
def test_dos_01_dos_02_hostile_der_is_refused(data: bytes) -> None:
    with pytest.raises(
        Malformed, match=r"csr: has (a length|an invalid DER tag|an object identifier|more than 32 levels)"
    ):
        der.require_der(data, "csr")


@given(st.binary(max_size=200))
def test_random_bytes_raise_nothing_but_malformed(data: bytes) -> None:
    for read in (lambda: der.require_der(data, "f"), lambda: der.read_children(data), lambda: der.read_oid(data)):
        try:
            read()
        except Malformed:
            continue


@given(st.integers(min_value=-(1 << 200), max_value=1 << 200))
def test_integers_are_in_their_shortest_form(value: int) -> None:
    content = der.read_content(der.integer(value))
    assert int.from_bytes(content, "big", signed=True) == value
    assert len(content) == 1 or content[0] not in (0, 0xFF) or (content[0] ^ content[1]) & 0x80


ARCS = st.tuples(st.integers(0, 2), st.integers(0, 39)).flatmap(
    lambda head: st.lists(st.integers(0, 1 << 32), max_size=8).map(lambda rest: (*head, *rest))
)


@given(ARCS)
def test_object_identifiers_round_trip(arcs: tuple[int, ...]) -> None:
    text = ".".join(map(str, arcs))
    assert der.read_oid(der.oid(text)) == text


def test_object_identifiers_are_written_as_pyca_writes_them() -> None:
    text = "2.999.113549.1.1.11"
    written = x509.ExtendedKeyUsage([x509.ObjectIdentifier(text)]).public_bytes()
    assert der.read_children(written) == [der.oid(text)]


@pytest.mark.parametrize("element", [b"", b"\x02\x01\x05", b"\x06\x03\x2a\x80\x01"])
def test_what_is_no_object_identifier_has_no_dotted_form(element: bytes) -> None:
    with pytest.raises(Malformed, match=r"has an object identifier with padding|has no object identifier"):
        der.read_oid(element)


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_children_are_what_was_put_in(values: list[bytes]) -> None:
    parts = [der.encode(der.OCTET_STRING, value) for value in values]
    sequence = der.encode_sequence(*parts)
    der.require_der(sequence, "f")
    assert der.read_children(sequence) == parts
    assert [der.read_content(part) for part in parts] == values
