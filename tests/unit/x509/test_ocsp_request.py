"""Reading OCSP requests: what RFC 6960 and RFC 9654 allow, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp as library
from hypothesis import given
from hypothesis import strategies as st

from pki_manager.domain.errors import Malformed, TooLarge
from pki_manager.x509.asn1 import der
from pki_manager.x509.ocsp import request as reading
from pki_manager.x509.ocsp import response
from pki_manager.x509.ocsp.request import NONCE, parse_any_request, parse_request
from tests.support.responders import ExampleCa, extension, nonce_extension, ocsp_request

CERT_ID = response.encode_cert_id(response.encode_cert_id_prefix("sha1", b"n" * 20, b"k" * 20), 4711)
PLAIN = ocsp_request(CERT_ID)


@pytest.mark.parametrize(("hash_name", "algorithm"), [("sha1", hashes.SHA1()), ("sha256", hashes.SHA256())])
def test_a_request_of_the_library_reads_as_it_was_meant(hash_name: str, algorithm: hashes.HashAlgorithm) -> None:
    ca = ExampleCa()
    leaf = ca.issue((1 << 158) + 5)
    builder = library.OCSPRequestBuilder().add_certificate(leaf, ca.certificate, algorithm)
    built = builder.add_extension(x509.OCSPNonce(b"0123456789abcdef"), critical=False).build()

    request = parse_request(built.public_bytes(serialization.Encoding.DER))

    (cert_id,) = request.cert_ids
    assert cert_id.hash_name == hash_name
    assert (cert_id.name_hash, cert_id.key_hash) == ca.hashes[hash_name]
    assert cert_id.serial == leaf.serial_number
    assert request.nonce == b"0123456789abcdef"


def test_cert_ids_are_kept_as_received_even_without_parameters() -> None:
    absent = der.encode_sequence(
        der.encode_sequence(der.oid("1.3.14.3.2.26")),
        der.encode(der.OCTET_STRING, b"n" * 20),
        der.encode(der.OCTET_STRING, b"k" * 20),
        der.integer(1),
    )
    request = parse_request(ocsp_request(CERT_ID, absent))
    assert [one.der for one in request.cert_ids] == [CERT_ID, absent]
    assert [one.hash_name for one in request.cert_ids] == ["sha1", "sha1"]


def test_a_hash_that_no_issuer_is_known_by_is_no_error() -> None:
    sha512 = der.encode_sequence(
        der.encode_sequence(der.oid("2.16.840.1.101.3.4.2.3"), b"\x05\x00"),
        der.encode(der.OCTET_STRING, b"n" * 64),
        der.encode(der.OCTET_STRING, b"k" * 64),
        der.integer(1),
    )
    assert parse_request(ocsp_request(sha512)).cert_ids[0].hash_name is None


def test_version_requestor_name_and_signature_are_taken_and_ignored() -> None:
    name = der.encode(0xA1, der.encode(0xA4, x509.Name([]).public_bytes()))
    signature = der.encode(0xA0, der.encode_sequence(der.encode_sequence(der.oid("1.3.101.112")), b"\x03\x01\x00"))
    data = ocsp_request(CERT_ID, version=b"\xa0\x03\x02\x01\x00" + name, rest=signature)
    assert parse_request(data).cert_ids[0].der == CERT_ID


@pytest.mark.parametrize("size", [1, 16, 32, 128])
def test_rev_17_a_nonce_of_1_to_128_octets_is_read(size: int) -> None:
    request = parse_request(ocsp_request(CERT_ID, extensions=[nonce_extension(b"x" * size)]))
    assert request.nonce == b"x" * size


@pytest.mark.parametrize("size", [0, 129, 10_000])
def test_rev_17_a_nonce_of_another_size_is_malformed(size: int) -> None:
    with pytest.raises(Malformed, match="nonce: must have 1 to 128 bytes"):
        parse_request(ocsp_request(CERT_ID, extensions=[nonce_extension(b"x" * size)]))


def test_twenty_cert_ids_are_read_and_twenty_one_are_malformed() -> None:
    assert len(parse_request(ocsp_request(*[CERT_ID] * 20)).cert_ids) == 20
    with pytest.raises(Malformed, match="request: must have 1 to 20 certificates"):
        parse_request(ocsp_request(*[CERT_ID] * 21))


def test_more_than_64_kib_is_refused_before_parsing() -> None:
    with pytest.raises(TooLarge, match="request: must have at most 65536 bytes"):
        parse_request(b"\x00" * (64 * 1024 + 1))


def with_serial(octets: bytes) -> bytes:
    return ocsp_request(
        der.encode_sequence(
            response.encode_cert_id_prefix("sha1", b"n" * 20, b"k" * 20),
            der.encode(der.INTEGER, octets),
        )
    )


def test_a_serial_number_of_20_octets_is_read() -> None:
    assert parse_request(with_serial(b"\x7f" + b"\xff" * 19)).cert_ids[0].serial == (1 << 159) - 1


BAD = {
    "empty": (b"", "ends within an element"),
    "no request in it": (ocsp_request(), "1 to 20 certificates"),
    "bytes after the end": (PLAIN + b"\x00", "bytes after the end"),
    "cut short": (PLAIN[:-1], "a length beyond the end"),
    "indefinite length": (b"\x30\x80" + PLAIN[2:] + b"\x00\x00", "shortest definite form"),
    "padded length": (b"\x30\x81" + PLAIN[1:], "shortest definite form"),
    "version 2": (ocsp_request(CERT_ID, version=b"\xa0\x03\x02\x01\x01"), "must have version 1"),
    "a field too many": (ocsp_request(CERT_ID, rest=b"\x05\x00"), "not an OCSPRequest"),
    "no structure": (b"\x05\x00", "not an OCSPRequest"),
    "a cert id that is a string": (ocsp_request(der.encode(der.OCTET_STRING, CERT_ID)), "not an OCSPRequest"),
    "parameters of the hash": (ocsp_request(CERT_ID.replace(b"\x05\x00", b"\x02\x00", 1)), "not an OCSPRequest"),
    "serial number without octets": (with_serial(b""), "positive serial numbers"),
    "negative serial number": (with_serial(b"\x80"), "positive serial numbers"),
    "padded serial number": (with_serial(b"\x00\x01"), "an INTEGER that is not in the shortest form"),
    "serial number of 21 octets": (with_serial(b"\x01" + bytes(20)), "at most 20 bytes"),
    "unknown critical extension": (
        ocsp_request(CERT_ID, extensions=[extension("1.2.3.4", b"", critical=True)]),
        "unknown critical extension",
    ),
    "the same extension twice": (
        ocsp_request(CERT_ID, extensions=[nonce_extension(b"a"), nonce_extension(b"b")]),
        "twice",
    ),
    "a nonce that is no OCTET STRING": (
        ocsp_request(CERT_ID, extensions=[extension(NONCE, b"\x02\x01\x01")]),
        "nonce: is not an OCTET STRING",
    ),
    "a nonce that is no DER": (
        ocsp_request(CERT_ID, extensions=[extension(NONCE, b"raw nonce")]),
        "nonce: has a length beyond",
    ),
    "an empty nonce extension": (ocsp_request(CERT_ID, extensions=[extension(NONCE, b"")]), "nonce: ends within"),
    "DOS-01 nested indefinite sequences": (b"\x30\x80" * 10_000, "shortest definite form"),
    "DOS-01 nested definite sequences": (PLAIN[:2] + b"\x30\x82\x27\x10" * 10_000, "a length beyond the end"),
    "DOS-02 endless OID": (
        ocsp_request(der.encode_sequence(der.encode_sequence(der.encode(der.OID, b"\x81" * 60_000)), CERT_ID)),
        "1 to 64 whole bytes",
    ),
}


@pytest.mark.parametrize(("data", "reason"), BAD.values(), ids=BAD.keys())
def test_dos_01_dos_02_what_is_no_request_is_malformed(data: bytes, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        parse_request(data)


def test_an_unknown_extension_that_is_not_critical_is_ignored() -> None:
    data = ocsp_request(CERT_ID, extensions=[extension("1.2.3.4", b"x"), nonce_extension(b"n")])
    assert parse_request(data).nonce == b"n"


@given(st.binary(max_size=200))
def test_random_bytes_are_a_request_or_malformed(data: bytes) -> None:
    parse_or_refuse(data)


FULL = ocsp_request(
    CERT_ID,
    CERT_ID,
    extensions=[nonce_extension(b"0123456789abcdef"), extension("1.2.3.4", b"x")],
    version=b"\xa0\x03\x02\x01\x00",
)


@given(st.lists(st.tuples(st.integers(0, len(FULL) - 1), st.binary(max_size=3)), min_size=1, max_size=4))
def test_a_damaged_request_is_a_request_or_malformed(damage: list[tuple[int, bytes]]) -> None:
    data = FULL
    for at, octets in damage:
        data = data[:at] + octets + data[at + len(octets) :]
    parse_or_refuse(data)


@given(st.integers(0, len(FULL)), st.integers(0, len(FULL)))
def test_a_request_with_a_gap_is_a_request_or_malformed(start: int, end: int) -> None:
    parse_or_refuse(FULL[:start] + FULL[end:])


def parse_or_refuse(data: bytes) -> None:
    try:
        request = parse_request(data)
    except Malformed:
        return
    assert request.cert_ids


USUAL = [
    ocsp_request(
        der.encode_sequence(
            der.encode_sequence(der.oid(oid), *parameters),
            der.encode(der.OCTET_STRING, b"n" * octets),
            der.encode(der.OCTET_STRING, b"k" * octets),
            der.integer(serial),
        ),
        extensions=extensions,
    )
    for oid, octets in (("1.3.14.3.2.26", 20), ("2.16.840.1.101.3.4.2.1", 32))
    for parameters in ((b"\x05\x00",), ())
    for serial in (1, 0x80, (1 << 159) - 1)
    for extensions in ((), (nonce_extension(b"n"),), (nonce_extension(b"n" * 32),), (nonce_extension(b"n" * 100),))
]


def read(data: bytes, parse: Callable[[bytes], object] = parse_request) -> object:
    """The request, or the name and rule of what is wrong with it."""
    try:
        return parse(data)
    except Malformed as error:
        return type(error)


def test_the_usual_request_is_read_by_its_places_exactly_as_any_other() -> None:
    """Whole, with each octet changed, with each octet missing or doubled."""
    changed = [
        variant
        for whole in USUAL
        for at in range(len(whole))
        for variant in (
            whole[:at] + bytes((whole[at] ^ 0x01,)) + whole[at + 1 :],
            whole[:at] + bytes((whole[at] ^ 0x80,)) + whole[at + 1 :],
            whole[:at] + bytes((0,)) + whole[at + 1 :],
            whole[:at] + whole[at + 1 :],
            whole[:at] + whole[at : at + 1] + whole[at:],
        )
    ]
    quick = [read(data) for data in (*USUAL, *changed)]
    assert all(reading._usual_request(data) for data in USUAL)
    assert quick == [read(data, parse_any_request) for data in (*USUAL, *changed)]
