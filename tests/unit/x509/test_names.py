"""Distinguished names: text, DER, pyca."""

from __future__ import annotations

import contextlib

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from pki_manager.domain.errors import InvalidInput, Malformed
from pki_manager.domain.names import ATTRIBUTE_BOUNDS, DistinguishedName, NameAttribute
from pki_manager.x509 import names
from pki_manager.x509.asn1 import der
from pki_manager.x509.asn1.oids import ATTRIBUTE_TYPES

TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
ATTRIBUTES = st.tuples(st.sampled_from(["O", "OU", "L", "ST", "title", "UID", "1.2.3.4"]), TEXT)
RDNS = st.lists(st.lists(ATTRIBUTES, min_size=1, max_size=3, unique=True), max_size=4)


def dn_of(rdns: list[list[tuple[str, str]]]) -> DistinguishedName:
    return DistinguishedName(tuple(tuple(NameAttribute(*attribute) for attribute in rdn) for rdn in rdns))


def rule_of(call: object, kind: type[InvalidInput] = InvalidInput) -> str:
    with pytest.raises(kind) as caught:
        call()
    return caught.value.errors[0].rule


@given(RDNS)
def test_text_round_trips(rdns: list[list[tuple[str, str]]]) -> None:
    dn = dn_of(rdns)
    assert names.parse_dn(str(dn)) == dn


@given(RDNS)
def test_der_round_trips(rdns: list[list[tuple[str, str]]]) -> None:
    """Within an RDN the order is DER's: a SET OF is sorted (X.690 §11.6)."""
    read = names.from_der(names.encode_dn(dn_of(rdns)))
    assert [set(rdn) for rdn in read.rdns] == [set(rdn) for rdn in dn_of(rdns).rdns]


@given(st.lists(st.tuples(st.sampled_from(["O", "OU", "L"]), TEXT.filter(lambda t: "\0" not in t)), max_size=4))
def test_pyca_reads_the_text_as_the_same_name(attributes: list[tuple[str, str]]) -> None:
    dn = DistinguishedName.of(*attributes)
    assert x509.Name.from_rfc4514_string(str(dn)).public_bytes() == names.encode_dn(dn)


def test_the_text_runs_the_other_way_round() -> None:
    dn = names.parse_dn("CN=www.example.com,OU=Web,O=Example,C=FR")
    assert [attribute.type for attribute in dn.attributes()] == ["C", "O", "OU", "CN"]
    assert str(dn) == "CN=www.example.com,OU=Web,O=Example,C=FR"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", ()),
        ("   ", ()),
        ("cn=a", (("CN", "a"),)),
        ("CN = a , O = b", (("O", "b"), ("CN", "a"))),
        ("EMAILADDRESS=a@b.example", (("emailAddress", "a@b.example"),)),
        ("2.5.4.3=a", (("CN", "a"),)),
        (r"CN=a\,b\+c\=d", (("CN", "a,b+c=d"),)),
        (r"CN=\ a\ ", (("CN", " a "),)),
        ("CN=a\\\\ ", (("CN", "a\\"),)),
        (r"CN=Lu\C4\8Di\C4\87", (("CN", "Lučić"),)),
        ("CN=#0c0161", (("CN", "a"),)),
        ("CN=", (("CN", ""),)),
        (r"CN=good.example\00.evil.example", (("CN", "good.example\0.evil.example"),)),
    ],
)
def test_rfc_4514_text_is_read(text: str, values: tuple[tuple[str, str], ...]) -> None:
    assert names.parse_dn(text) == DistinguishedName.of(*values)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("dn.rfc4514", "no name"),
        ("dn.rfc4514", "CN=a,"),
        ("dn.rfc4514", "CN=a+"),
        ("dn.rfc4514", "CN=a;O=b"),
        ("dn.rfc4514", 'CN="a"'),
        ("dn.rfc4514", "CN=a\\"),
        ("dn.rfc4514", "CN=a\\z"),
        ("dn.rfc4514", "CN=a\\ff"),
        ("dn.rfc4514", "CN=#"),
        ("dn.rfc4514", "CN=#0"),
        ("dn.rfc4514", "CN=#0500"),
        ("dn.rfc4514", "CN=#0c016162"),
        ("dn.attribute", "FOO=a"),
        ("dn.repeated", "CN=a+CN=a"),
        ("dn.length", "CN=" + "a" * names.MAX_TEXT),
    ],
)
def test_other_text_is_refused_by_name(rule: str, text: str) -> None:
    assert rule_of(lambda: names.parse_dn(text, "subject")) == rule


@given(st.text(max_size=60))
def test_random_text_raises_nothing_but_our_error(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        names.parse_dn(text)


@given(st.binary(max_size=60))
def test_random_bytes_raise_nothing_but_our_error(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        names.from_der(der.encode_sequence(der.encode(der.SET, der.encode_sequence(der.oid("2.5.4.3"), data))))


def test_string_types_are_those_of_rfc_5280() -> None:
    dn = DistinguishedName.of(
        ("C", "FR"), ("DC", "example"), ("O", "Société"), ("serialNumber", "42"), ("emailAddress", "a@example.com")
    )
    tags = [der.read_children(der.read_children(rdn)[0])[1][0] for rdn in der.read_children(names.encode_dn(dn))]
    assert tags == [0x13, 0x16, 0x0C, 0x13, 0x16]


@pytest.mark.parametrize(
    ("rule", "kind", "value"),
    [
        ("dn.bound", "O", ""),
        ("dn.bound", "O", "x" * 65),
        ("dn.bound", "CN", "x" * 65),
        ("dn.bound", "C", "FRA"),
        ("dn.bound", "C", "F"),
        ("dn.printable_string", "C", "F*"),
        ("dn.printable_string", "serialNumber", "4_2"),
        ("dn.ia5_string", "emailAddress", "é@example.com"),
        ("dn.ia5_string", "DC", "exämple"),
        ("dn.encoding", "O", "\ud800"),
        ("dn.encoding", "9.9.9", "x"),
        ("dn.encoding", "NOTHING", "x"),
    ],
)
def test_a_value_that_its_type_cannot_hold_is_refused(rule: str, kind: str, value: str) -> None:
    assert rule_of(lambda: names.encode_dn(DistinguishedName.of((kind, value)))) == rule


def test_the_same_attribute_twice_in_an_rdn_is_refused() -> None:
    twice = DistinguishedName(((NameAttribute("O", "a"), NameAttribute("O", "a")),))
    assert rule_of(lambda: names.encode_dn(twice)) == "dn.rdn"


@pytest.mark.parametrize("rest", [(("O", "Ex"), ("C", "DE")), (("DC", "example"), ("emailAddress", "a@b.example")), ()])
def test_a_subjects_common_name_may_have_64_characters_of_many_octets(rest: tuple[tuple[str, str], ...]) -> None:
    """RFC 5280 A.1 counts characters."""
    long = DistinguishedName.of(*rest, ("CN", "Ж" * 64))
    assert names.from_der(names.encode_subject(long)) == long
    short = DistinguishedName.of(*rest, ("CN", "Ж" * 32))
    assert names.encode_subject(short) == names.encode_dn(short)
    assert rule_of(lambda: names.encode_subject(DistinguishedName.of(("CN", "Ж" * 65)))) == "dn.bound"
    assert rule_of(lambda: names.encode_subject(DistinguishedName.of(("CN", "Ж\ud800")))) == "dn.encoding"


def test_an_rdn_of_several_attributes_is_a_set_in_order_with_a_common_name_of_many_octets_too() -> None:
    attributes = (NameAttribute("O", "Ж"), NameAttribute("CN", "Ж"), NameAttribute("OU", "a"))
    name = DistinguishedName((attributes,))
    assert names.encode_subject(name) == names.encode_dn(name)
    twice = DistinguishedName(((attributes[1], attributes[1]),))
    assert rule_of(lambda: names.encode_subject(twice)) == "dn.rdn"


def name_der(tag: int, octets: bytes) -> bytes:
    attribute = der.encode_sequence(der.oid("2.5.4.10"), der.encode(tag, octets))
    return der.encode_sequence(der.encode(der.SET, attribute))


@pytest.mark.parametrize(
    ("tag", "octets", "text"),
    [
        (0x0C, "é\0x".encode(), "é\0x"),
        (0x13, b"a", "a"),
        (0x14, b"\xe9", "é"),
        (0x1C, "é".encode("utf-32-be"), "é"),
        (0x1E, "é".encode("utf-16-be"), "é"),
        (0x03, b"\0\1", "#03020001"),
    ],
)
def test_every_string_type_is_read_whole(tag: int, octets: bytes, text: str) -> None:
    assert names.from_der(name_der(tag, octets)).values("O") == (text,)


@pytest.mark.parametrize(("tag", "octets"), [(0x0C, b"\xff"), (0x13, b"\xe9"), (0x1E, b"\xd8\0"), (0x1E, b"a")])
def test_octets_that_are_no_such_string_are_malformed(tag: int, octets: bytes) -> None:
    assert rule_of(lambda: names.from_der(name_der(tag, octets)), Malformed) == "dn.string"


@pytest.mark.parametrize("rdn", [der.encode(der.SET), der.encode_sequence(der.read_content(name_der(0x0C, b"a"))[2:])])
def test_an_rdn_is_a_set_with_an_attribute_at_least(rdn: bytes) -> None:
    assert rule_of(lambda: names.from_der(der.encode_sequence(rdn)), Malformed) == "dn.rdn"


def test_every_short_name_of_the_domain_has_its_object_identifier() -> None:
    assert ATTRIBUTE_TYPES.keys() == ATTRIBUTE_BOUNDS.keys()
    for name, dotted in ATTRIBUTE_TYPES.items():
        assert names.parse_dn(f"{dotted}=ab").attributes() == (NameAttribute(name, "ab"),)
