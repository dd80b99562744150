"""Distinguished names, alternative names and subtrees as values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.names import (
    AlternativeName,
    DistinguishedName,
    NameAttribute,
    NameConstraints,
    NameKind,
    drop_repeats,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("Zoë", "Zoë"),
        ("a,b", r"a\,b"),
        ('a"b', r"a\"b"),
        ("a+b", r"a\+b"),
        ("a;b", r"a\;b"),
        ("a<b>c", r"a\<b\>c"),
        ("a\\b", r"a\\b"),
        ("#a", r"\#a"),
        ("a#", "a#"),
        (" a ", r"\ a\ "),
        ("a b", "a b"),
        ("a\0b", r"a\00b"),
        ("a\nb", r"a\0ab"),
        ("a\x7fb", r"a\7fb"),
    ],
)
def test_values_are_escaped_by_rfc_4514(value, text):
    assert str(DistinguishedName.of(("CN", value))) == f"CN={text}"


def test_the_least_significant_rdn_comes_first_and_plus_joins_attributes():
    name = DistinguishedName(
        (
            (NameAttribute("C", "FR"),),
            (NameAttribute("O", "Example"),),
            (NameAttribute("CN", "a"), NameAttribute("UID", "1")),
        )
    )
    assert str(name) == "CN=a+UID=1,O=Example,C=FR"
    assert [attribute.type for attribute in name.attributes()] == ["C", "O", "CN", "UID"]
    assert name.values("CN") == ("a",)
    assert not name.is_empty()


def test_the_empty_name():
    assert DistinguishedName().is_empty()
    assert str(DistinguishedName()) == ""


@given(st.text(max_size=40))
def test_no_control_character_comes_through_raw(value):
    assert not any(ord(char) < 0x20 or ord(char) == 0x7F for char in str(DistinguishedName.of(("CN", value))))


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("DNS:WWW.Example.com", NameKind.DNS, "www.example.com"),
        ("dns:a", NameKind.DNS, "a"),
        ("IP:2001:DB8:0:0:0:0:0:1", NameKind.IP, "2001:db8::1"),
        ("ip:192.0.2.1", NameKind.IP, "192.0.2.1"),
        ("email:Alice@Example.COM", NameKind.EMAIL, "Alice@example.com"),
        ("EMAIL:a", NameKind.EMAIL, "a"),
        ("URI:https://Example.com/A", NameKind.URI, "https://Example.com/A"),
    ],
)
def test_alternative_names_are_read_and_normalised(text, kind, value):
    assert AlternativeName.parse(text) == AlternativeName(kind, value)


@pytest.mark.parametrize(
    "text", ["", "DNS", "DNS:", "www.example.com", "host:a", ":a", "IP:192.0.2.999", "IP:0192.0.2.1"]
)
def test_other_text_is_refused(text):
    with pytest.raises(InvalidInput) as caught:
        AlternativeName.parse(text)
    assert caught.value.errors[0].field == "sans"


@pytest.mark.parametrize("text", ["DNS:\u212aey.example", "email:a@\u212aey.example"])
def test_normalising_never_turns_a_foreign_letter_into_an_ascii_one(text):
    assert "\u212a" in AlternativeName.parse(text).value


@given(st.sampled_from([kind for kind in NameKind if kind not in (NameKind.IP, NameKind.OTHER)]), st.text(max_size=30))
def test_normalising_twice_changes_nothing(kind, value):
    once = AlternativeName.of(kind, value)
    assert AlternativeName.of(kind, once.value) == once


def test_repeats_are_dropped_and_order_kept():
    names = [AlternativeName.parse(text) for text in ("DNS:b", "DNS:a", "DNS:B", "email:a")]
    assert [str(name) for name in drop_repeats(names)] == ["DNS:b", "DNS:a", "email:a"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("DNS:.Example.com", "example.com"),
        ("DNS:example.com", "example.com"),
        ("IP:10.0.0.0/8", "10.0.0.0/8"),
        ("ip:2001:DB8::/32", "2001:db8::/32"),
        ("IP:192.0.2.1", "192.0.2.1/32"),
        ("email:.Example.com", ".example.com"),
        ("email:Example.com", "example.com"),
        ("email:Alice@Example.com", "Alice@example.com"),
        ("URI:.Example.com", ".example.com"),
    ],
)
def test_subtrees_are_read_and_a_leading_dot_kept_where_it_means_something(text, value):
    assert NameConstraints.subtree(text, "permit").value == value


@pytest.mark.parametrize("text", ["IP:10.0.0.1/8", "IP:ten", "IP:", "DNS:", "other:x"])
def test_other_subtrees_are_refused_by_field(text):
    with pytest.raises(InvalidInput) as caught:
        NameConstraints.subtree(text, "permit")
    assert caught.value.errors[0].field == "permit"


def test_empty_constraints():
    base = AlternativeName(NameKind.DNS, "example.com")
    assert NameConstraints().is_empty()
    assert not NameConstraints(permitted=(base,)).is_empty()
    assert not NameConstraints(excluded=(base,)).is_empty()
