"""The DER reader of the rules takes DER and nothing else."""

from __future__ import annotations

import pytest

from pki_manager.x509.asn1 import tlv
from pki_manager.x509.asn1.oid_octets import decode_oid, encode_oid
from pki_manager.x509.asn1.structures import decode_time
from pki_manager.x509.asn1.tlv import DerError


@pytest.mark.parametrize(
    "data",
    ["", "30", "3001", "3080" + "0000", "308101" + "00", "30820001" + "00", "3085" + "0000000100", "1f8101" + "00"],
    ids=["empty", "no length", "short", "indefinite", "long form of 1", "padded length", "five octets", "high tag"],
)
def test_other_encodings_than_der_are_refused(data: str) -> None:
    with pytest.raises(DerError, match=r"shortest definite form|is cut short|a tag number above 30"):
        tlv.read_whole(bytes.fromhex(data), tlv.SEQUENCE)


@pytest.mark.parametrize(
    "inner",
    ["02", "0202" + "00", "3080" + "0000", "020100" + "3f00", "1f00", "028101" + "00", "020100" + "0201"],
    ids=["no length", "short", "indefinite", "high tag", "first a high tag", "long form of 1", "second short"],
)
@pytest.mark.parametrize("after", [b"", b"\0\0\0\0"], ids=["at the end", "with more behind"])
def test_other_encodings_than_der_are_refused_inside_an_element(inner: str, after: bytes) -> None:
    """What follows the element does not make up for what it lacks."""
    content = bytes.fromhex(inner)
    data = bytes((tlv.SEQUENCE, len(content))) + content + after
    with pytest.raises(DerError, match=r"shortest definite form|is cut short|a tag number above 30"):
        tlv.read(data, 0, len(data)).children()


def test_short_and_long_elements_stand_beside_each_other() -> None:
    short, long, empty = (
        tlv.write(tlv.INTEGER, b"\1"),
        tlv.write(tlv.OCTET_STRING, bytes(200)),
        tlv.write(tlv.NULL, b""),
    )
    children = tlv.read_whole(tlv.write(tlv.SEQUENCE, short + long + empty), tlv.SEQUENCE).children()
    assert [child.raw for child in children] == [short, long, empty]
    assert [child.value for child in children] == [b"\1", bytes(200), b""]


def test_bytes_after_the_end_are_refused() -> None:
    with pytest.raises(DerError, match="after the end"):
        tlv.read_whole(bytes.fromhex("3000" + "00"), tlv.SEQUENCE)


@pytest.mark.parametrize("value", ["", "0001", "ff80"])
def test_an_integer_is_in_its_shortest_form(value: str) -> None:
    with pytest.raises(DerError, match="an INTEGER is not in its shortest form"):
        tlv.decode_signed(bytes.fromhex(value))


@pytest.mark.parametrize(("value", "number"), [("00", 0), ("0080", 128), ("ff", -1), ("80", -128), ("ff7f", -129)])
def test_integers_are_read(value: str, number: int) -> None:
    assert tlv.decode_signed(bytes.fromhex(value)) == number


@pytest.mark.parametrize("data", ["0300", "030108", "03010100"[:6], "03020101", "030107"])
def test_a_bit_string_has_right_and_clear_unused_bits(data: str) -> None:
    with pytest.raises(DerError, match="unused bits"):
        tlv.read_bits(tlv.read_whole(bytes.fromhex(data), tlv.BIT_STRING))


@pytest.mark.parametrize("data", ["010101", "0100", "01020000"])
def test_a_boolean_is_00_or_ff(data: str) -> None:
    with pytest.raises(DerError, match="a BOOLEAN is neither 00 nor FF"):
        tlv.read_boolean(tlv.read_whole(bytes.fromhex(data), tlv.BOOLEAN))


@pytest.mark.parametrize("size", [0, 127, 128, 255, 256, 70000])
def test_what_is_written_is_read(size: int) -> None:
    assert tlv.read_whole(tlv.write(tlv.OCTET_STRING, b"x" * size), tlv.OCTET_STRING).value == b"x" * size


@pytest.mark.parametrize(
    "oid", ["2.5.29.15", "1.2.840.113549.1.1.11", "0.9.2342.19200300.100.1.25", "2.999.1", "1.39.0"]
)
def test_object_identifiers_go_there_and_back(oid: str) -> None:
    assert decode_oid(encode_oid(oid)) == oid


def test_what_is_no_object_identifier_is_shown_as_octets() -> None:
    assert decode_oid(b"") == "#"
    assert decode_oid(b"\x2a\x86") == "#2a86"


@pytest.mark.parametrize(
    ("tag", "text", "expected"),
    [
        (tlv.UTC_TIME, b"491231235959Z", "2049-12-31T23:59:59+00:00"),
        (tlv.UTC_TIME, b"500101000000Z", "1950-01-01T00:00:00+00:00"),
        (tlv.GENERALIZED_TIME, b"20500101000000Z", "2050-01-01T00:00:00+00:00"),
    ],
)
def test_a_moment_is_read(tag: int, text: bytes, expected: str) -> None:
    found = decode_time(tag, text)
    assert found is not None
    assert found.isoformat() == expected


@pytest.mark.parametrize(
    "text", [b"", b"Z", b"260229000000Z", b"260101240000Z", b"260101000060Z", b"2601010000000", b"26010100000\xb2Z"]
)
def test_what_is_no_moment_is_none(text: bytes) -> None:
    assert decode_time(tlv.UTC_TIME, text) is None
