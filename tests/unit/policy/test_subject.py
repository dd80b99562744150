"""Distinguished names: attributes, their values, and common names."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pki_manager.domain.errors import PolicyRefused
from pki_manager.domain.names import DistinguishedName, NameAttribute
from pki_manager.domain.profiles.terms import CommonName, UnlistedHandling
from pki_manager.domain.request import Purpose, RequestedContents
from pki_manager.policy.builtin_profiles import ISSUING_CA, TLS_CLIENT, TLS_SERVER
from tests.unit.policy.cases import facts, plan, refusals, sans

ANY = replace(
    TLS_CLIENT,
    subject=replace(
        TLS_CLIENT.subject,
        attributes=("C", "ST", "L", "O", "OU", "CN", "SN", "serialNumber", "dnQualifier", "DC", "emailAddress"),
    ),
)


def subject_rules(*attributes: tuple[str, str]) -> set[tuple[str, str]]:
    return refusals(facts(DistinguishedName.of(*attributes)), profile=ANY)


@pytest.mark.parametrize(
    "attributes",
    [
        [("CN", "Zoë Ångström")],
        [("CN", "x" * 64)],
        [("O", "株式会社例")],
        [("C", "FR"), ("O", "Example, Inc. #1"), ("CN", "alice")],
        [("OU", "a"), ("OU", "b"), ("CN", "alice")],
        [("DC", "com"), ("DC", "Example"), ("CN", "alice")],
        [("DC", "example"), ("DC", "1234"), ("CN", "alice")],
        [("DC", "xn--p1ai"), ("DC", "0x10")],
        [("serialNumber", "AB-12/3")],
        [("emailAddress", "alice@example.com")],
        [("SN", "x" * 64)],
        [("ST", "x" * 128)],
    ],
)
def test_good_subjects_pass(attributes):
    name = DistinguishedName.of(*attributes)
    assert plan(facts(name), profile=ANY).subject == name


@pytest.mark.parametrize(
    ("kind", "value", "rule"),
    [
        ("CN", "", "subject.length"),
        ("CN", "x" * 65, "subject.length"),
        ("O", "x" * 65, "subject.length"),
        ("OU", "x" * 65, "subject.length"),
        ("ST", "x" * 129, "subject.length"),
        ("L", "x" * 129, "subject.length"),
        ("serialNumber", "1" * 65, "subject.length"),
        ("C", "FRA", "subject.length"),
        ("C", "F", "subject.country"),
        ("C", "fr", "subject.country"),
        ("C", "F1", "subject.country"),
        ("serialNumber", "a_b", "subject.printable"),
        ("dnQualifier", "ü", "subject.printable"),
        ("DC", "example.com", "subject.domain_component"),
        ("DC", "ex_ample", "subject.domain_component"),
        ("DC", "a" * 64, "subject.length"),
        ("DC", "exämple", "subject.domain_component"),
        ("DC", "xn--a", "subject.domain_component"),
        ("emailAddress", "alice", "san.email"),
        ("emailAddress", "a" * 256, "subject.length"),
        ("CN", " alice", "subject.characters"),
        ("CN", "alice ", "subject.characters"),
        ("CN", " ", "subject.characters"),
    ],
)
def test_bad_values_are_refused(kind, value, rule):
    assert subject_rules((kind, value)) >= {("subject", rule)}


def test_nam_01_nul_in_a_common_name_is_refused():
    assert subject_rules(("CN", "good.com\0.evil.com")) == {("subject", "subject.characters")}


@pytest.mark.parametrize("kind", ["CN", "O", "OU", "L", "ST", "SN"])
@pytest.mark.parametrize(
    "char",
    [
        *"\0\t\n\r\x1b\x7f\x85",
        *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
        *"\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u3164\ufe0f\u180e",
        *"\u00a0\u3000\u2028\u2029",
        "\ue000",
        "\ud800",
        "\uffff",
        "\U000e0041",
    ],
    ids=lambda char: f"U+{ord(char):04X}" if len(char) == 1 else char,
)
def test_nam_02_characters_that_are_not_seen_are_refused_and_shown_escaped(kind, char):
    value = f"pay{char}pal"
    assert subject_rules((kind, value)) == {("subject", "subject.characters")}


@pytest.mark.parametrize("kind", ["CN", "O"])
def test_nam_02_values_are_composed(kind):
    assert plan(facts(DistinguishedName.of((kind, "Zo\u00eb"))), profile=ANY)
    assert subject_rules((kind, "Zoe\u0308")) == {("subject", "subject.normal_form")}


def test_attributes_beyond_the_profile_are_refused_or_left_out_with_a_note():
    name = DistinguishedName.of(("O", "Example"), ("title", "Dr"), ("1.2.3.4", "x"))
    assert refusals(facts(name)) == {("subject", "subject.attribute")}
    lenient = replace(TLS_SERVER, subject=replace(TLS_SERVER.subject, unlisted_attributes=UnlistedHandling.IGNORE))
    planned = plan(facts(name), profile=lenient)
    assert planned.subject == DistinguishedName.of(("O", "Example"))
    assert planned.notes == ("left out of the subject: title, 1.2.3.4",)


def test_an_rdn_keeps_what_the_profile_allows_of_it():
    rdn = (NameAttribute("O", "Example"), NameAttribute("title", "Dr"))
    lenient = replace(TLS_SERVER, subject=replace(TLS_SERVER.subject, unlisted_attributes=UnlistedHandling.IGNORE))
    assert plan(facts(DistinguishedName((rdn,))), profile=lenient).subject == DistinguishedName.of(("O", "Example"))


@pytest.mark.parametrize("kind", ["CN", "C", "O", "serialNumber", "emailAddress"])
def test_nam_11_most_attributes_may_stand_once_only(kind):
    value = {"C": "FR", "emailAddress": "a@example.com"}.get(kind, "x")
    assert subject_rules((kind, value), (kind, value)) == {("subject", "subject.repeated")}


def test_nam_11_an_email_address_in_a_tls_server_subject_is_refused():
    assert refusals(facts(DistinguishedName.of(("emailAddress", "a@example.com")))) == {
        ("subject", "subject.attribute")
    }


def test_required_attributes_must_be_there():
    strict = replace(TLS_SERVER, subject=replace(TLS_SERVER.subject, required=("O",)))
    assert refusals(profile=strict) == {("subject", "subject.required")}
    assert plan(facts(DistinguishedName.of(("O", "Example"))), profile=strict)


def test_the_requesters_subject_replaces_that_of_the_csr():
    asked = DistinguishedName.of(("O", "Other"))
    assert plan(facts(DistinguishedName.of(("O", "Example"))), RequestedContents(subject=asked)).subject == asked


def test_a_common_name_must_be_among_the_alternative_names():
    other = facts(DistinguishedName.of(("CN", "evil.example.com")))
    assert refusals(other) == {("subject", "subject.common_name")}
    assert plan(facts(DistinguishedName.of(("CN", "www.example.com")))).subject.values("CN") == ("www.example.com",)


def test_a_common_name_is_spelled_as_the_alternative_name_it_repeats():
    shouted = facts(DistinguishedName.of(("O", "Example"), ("CN", "WWW.Example.COM")))
    assert plan(shouted).subject == DistinguishedName.of(("O", "Example"), ("CN", "www.example.com"))


def test_a_free_common_name_needs_no_alternative_name():
    name = DistinguishedName.of(("CN", "alice"))
    assert plan(facts(name, ()), profile=TLS_CLIENT).subject == name


def test_without_alternative_names_a_client_needs_a_common_name():
    nameless = facts(DistinguishedName.of(("O", "Example")), ())
    assert refusals(nameless, profile=TLS_CLIENT) == {("subject", "subject.empty")}


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        ("www.example.com", "DNS:www.example.com"),
        ("WWW.Example.com", "DNS:www.example.com"),
        ("*.example.com", "DNS:*.example.com"),
        ("192.0.2.1", "IP:192.0.2.1"),
        ("2001:DB8::1", "IP:2001:db8::1"),
    ],
)
def test_a_lone_common_name_that_is_a_host_becomes_the_alternative_name(value, taken):
    planned = plan(facts(DistinguishedName.of(("CN", value)), ()))
    assert planned.sans == sans(taken)
    assert planned.subject.values("CN") == (planned.sans[0].value,)
    assert planned.notes == (f"the alternative name {taken} was taken from the common name",)


@pytest.mark.parametrize("value", ["Alice Smith", "under_score.example.com", "0.0.0.0"])
def test_a_common_name_that_is_no_host_does_not(value):
    assert ("sans", "san.count") in refusals(facts(DistinguishedName.of(("CN", value)), ()))


def test_a_free_common_name_does_not_become_an_alternative_name():
    assert plan(facts(DistinguishedName.of(("CN", "www.example.com")), ()), profile=TLS_CLIENT).sans == ()


def test_a_common_name_becomes_no_alternative_name_of_a_kind_the_profile_lacks():
    only_dns = replace(TLS_SERVER, sans=replace(TLS_SERVER.sans, kinds=TLS_SERVER.sans.kinds[:1]))
    assert ("sans", "san.count") in refusals(facts(DistinguishedName.of(("CN", "192.0.2.1")), ()), profile=only_dns)


def test_a_ca_needs_a_subject():
    unnamed = replace(ISSUING_CA, subject=replace(ISSUING_CA.subject, required=()))
    found = refusals(facts(DistinguishedName(), ()), profile=unnamed, purpose=Purpose.AUTHORITY)
    assert found == {("subject", "subject.empty")}


def test_a_ca_needs_no_common_name_where_the_profile_requires_none():
    lenient = replace(ISSUING_CA, subject=replace(ISSUING_CA.subject, required=()))
    name = DistinguishedName.of(("O", "Example"))
    assert plan(facts(name, ()), profile=lenient, purpose=Purpose.AUTHORITY).subject == name


def test_of_two_common_names_neither_becomes_an_alternative_name():
    two = facts(DistinguishedName.of(("CN", "a.example.com"), ("CN", "b.example.com")), ())
    assert ("sans", "san.count") in refusals(two)


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=70),
    st.sampled_from(["CN", "O", "C", "DC", "emailAddress"]),
)
def test_any_text_is_judged_without_a_foreign_exception(value, kind):
    name = DistinguishedName.of((kind, value))
    with suppress(PolicyRefused):
        assert plan(facts(name), profile=ANY).subject == name
        assert value.isprintable()


def test_standing_profiles_take_the_common_name_as_documented():
    assert TLS_SERVER.subject.common_name is CommonName.FROM_SANS
    assert TLS_CLIENT.subject.common_name is CommonName.FREE
