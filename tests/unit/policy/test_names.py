"""Alternative names: the syntax of each kind, and what the profile allows."""

import ipaddress
import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.names import AlternativeName, DistinguishedName, NameKind
from pki_manager.domain.profiles.terms import SanRule
from pki_manager.domain.request import RequestedContents
from pki_manager.policy import names
from pki_manager.policy.builtin_profiles import TLS_CLIENT, TLS_SERVER
from pki_manager.policy.reasons import Findings
from tests.unit.policy.cases import facts, plan, refusals, sans

ALL = SanRule(kinds=tuple(NameKind), maximum=10, wildcards=True)


def rules(text: str, rule: SanRule = ALL) -> list[str]:
    findings = Findings()
    names.judge_sans(sans(text), rule, findings)
    return [error.rule for error in findings.errors]


GOOD = [
    "DNS:localhost",
    "DNS:www.example.com",
    "DNS:WWW.Example.COM",
    "DNS:a-b.c--d.example",
    "DNS:1.example.com",
    "DNS:3com.example",
    "DNS:*.example.com",
    "DNS:*.a.b.example.com",
    "DNS:xn--bcher-kva.example",
    "DNS:xn--fa-hia.example",
    "DNS:xn--p1ai",
    "DNS:xn--mgbah1a3hjkrd.example",
    f"DNS:{'a' * 63}.example",
    "DNS:" + ".".join(["a" * 49] * 5) + ".xyz",
    "DNS:*." + ".".join(["a" * 49] * 5) + ".x",
    "IP:192.0.2.1",
    "IP:127.0.0.1",
    "IP:2001:DB8:0::1",
    "IP:fe80::1",
    "email:alice@example.com",
    "email:a.b+c@localhost",
    f"email:{'a' * 64}@example.com",
    "URI:https://example.com/a?b=c",
    "URI:spiffe://example.org/ns/default/sa/web",
    "URI:https://192.0.2.1:8443/",
    "URI:https://[2001:db8::1]/",
    "URI:urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    "URI:https://xn--bcher-kva.example/%C3%BC",
]

BAD = [
    ("DNS:good.com\0.evil.com", "san.dns.syntax"),
    ("DNS:exa mple.com", "san.dns.syntax"),
    ("DNS:example.com\n", "san.dns.syntax"),
    ("DNS:under_score.example.com", "san.dns.syntax"),
    ("DNS:-a.example.com", "san.dns.syntax"),
    ("DNS:a-.example.com", "san.dns.syntax"),
    ("DNS:example.com/x", "san.dns.syntax"),
    ("DNS:a@example.com", "san.dns.syntax"),
    ("DNS:example.com:443", "san.dns.syntax"),
    ("DNS:example.com.", "san.dns.length"),
    ("DNS:.example.com", "san.dns.length"),
    ("DNS:a..example.com", "san.dns.length"),
    (f"DNS:{'a' * 64}.example", "san.dns.length"),
    ("DNS:" + ".".join(["a" * 49] * 5) + ".wxyz", "san.dns.length"),
    ("DNS:*." + ".".join(["a" * 49] * 5) + ".xy", "san.dns.length"),
    ("DNS:10.0.0.1", "san.dns.address"),
    ("DNS:1234", "san.dns.address"),
    ("DNS:example.1", "san.dns.address"),
    ("DNS:0x7f.0x1", "san.dns.address"),
    ("DNS:2001:db8::1", "san.dns.address"),
    ("DNS:ab--cd.example.com", "san.dns.reserved"),
    ("DNS:xn--a.example.com", "san.dns.idna"),
    ("DNS:xn--a-a.example.com", "san.dns.idna"),
    ("DNS:xn--99999999.example.com", "san.dns.idna"),
    ("DNS:xn--ls8h.example.com", "san.dns.idna"),
    ("DNS:xn--www-hn0a.example.com", "san.dns.idna"),
    ("DNS:b\u00fccher.example", "san.dns.idna"),
    ("DNS:\u212aey.example", "san.dns.idna"),
    ("DNS:\u202eexample.com", "san.dns.idna"),
    ("DNS:*", "san.dns.wildcard"),
    ("DNS:*.com", "san.dns.wildcard"),
    ("DNS:*.*.example.com", "san.dns.wildcard"),
    ("DNS:www.*.example.com", "san.dns.wildcard"),
    ("DNS:w*.example.com", "san.dns.wildcard"),
    ("DNS:**.example.com", "san.dns.wildcard"),
    ("DNS:*.10.0.0.1", "san.dns.address"),
    ("IP:0.0.0.0", "san.ip"),
    ("IP:::", "san.ip"),
    ("IP:224.0.0.1", "san.ip"),
    ("IP:ff02::1", "san.ip"),
    ("IP:255.255.255.255", "san.ip"),
    ("IP:::ffff:192.0.2.1", "san.ip"),
    ("IP:fe80::1%eth0", "san.ip"),
    ("email:alice", "san.email"),
    ("email:@example.com", "san.email"),
    ("email:alice@", "san.email"),
    ("email:a b@example.com", "san.email"),
    ("email:a\0b@example.com", "san.email"),
    ('email:"a b"@example.com', "san.email"),
    ("email:a..b@example.com", "san.email"),
    ("email:alice@[192.0.2.1]", "san.email"),
    ("email:alice@192.0.2.1", "san.email"),
    ("email:alice@*.example.com", "san.email"),
    ("email:a@b@example.com", "san.email"),
    ("email:zo\u00eb@example.com", "san.email"),
    (f"email:{'a' * 65}@example.com", "san.email"),
    ("email:a@" + ".".join(["a" * 49] * 5) + ".xyz", "san.email"),
    ("URI:/relative", "san.uri"),
    ("URI:example.com/a", "san.uri"),
    ("URI:urn:", "san.uri"),
    ("URI:file:///etc/passwd", "san.uri"),
    ("URI:https://example.com/#top", "san.uri"),
    ("URI:https://user@example.com/", "san.uri"),
    ("URI:https://localhost/", "san.uri"),
    ("URI:https://exa_mple.com/", "san.uri"),
    ("URI:https://*.example.com/", "san.uri"),
    ("URI:https://[::1/", "san.uri"),
    ("URI:https://[zz]/", "san.uri"),
    ("URI:https://example.com/%zz", "san.uri"),
    ("URI:https://example.com/\u00fc", "san.uri"),
    ("URI:https://example.com/a b", "san.uri"),
    ("URI:https://example.com/\n", "san.uri"),
    ("URI:https://example.com:port/", "san.uri"),
]


@pytest.mark.parametrize("text", GOOD)
def test_good_names_pass(text):
    assert rules(text) == []


@pytest.mark.parametrize(("text", "rule"), BAD)
def test_bad_names_are_refused(text, rule):
    assert rules(text) == [rule]


def test_nam_01_nul_in_a_san_is_refused():
    request = facts(names=sans("DNS:good.com\0.evil.com"))
    assert refusals(request) == {("sans", "san.dns.syntax")}


@pytest.mark.parametrize("label", ["xn--a-a", "ab--cd", "xn--ls8h"])
def test_nam_02_broken_a_labels_and_reserved_labels_are_refused(label):
    (rule,) = rules(f"DNS:{label}.example.com")
    assert rule in {"san.dns.idna", "san.dns.reserved"}


def test_nam_02_hostile_characters_are_escaped_in_the_reason():
    findings = Findings()
    names.judge_sans(sans("DNS:a\u202eb.example"), ALL, findings)
    assert "\u202e" not in findings.errors[0].message
    assert "\\u202e" in findings.errors[0].message


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("-\u00fc", id="leading hyphen"),
        pytest.param("\u00fc-", id="trailing hyphen"),
        pytest.param("ab--\u00fc", id="reserved inside"),
        pytest.param("\u0301a", id="leading mark"),
        pytest.param("e\u0301\u00fc", id="not NFC"),
        pytest.param("b\u00fc\u00dc", id="upper case"),
        pytest.param("a\u200db", id="zero-width joiner"),
        pytest.param("a\u202eb", id="bidi override"),
        pytest.param("a\u00b7b", id="middle dot outside Catalan"),
        pytest.param("a\u0375b", id="Greek keraia before Latin"),
        pytest.param("\u05d0a", id="Latin in a right-to-left label"),
        pytest.param("\u0661\u06f1\u0628", id="two kinds of digits"),
        pytest.param("\u212a\u00fc", id="Kelvin sign"),
        pytest.param("a\u2044b", id="fraction slash"),
    ],
)
def test_nam_02_a_labels_of_what_is_no_u_label_are_refused(text):
    assert rules(f"DNS:xn--{text.encode('punycode').decode()}.example") == ["san.dns.idna"]


def test_nam_02_an_a_label_that_does_not_encode_back_is_refused():
    assert rules("DNS:xn--mxa.example") == []
    assert rules("DNS:xn---mxa.example") == ["san.dns.idna"]


@pytest.mark.parametrize(
    "text", ["l\u00b7l", "\u0375\u03b1", "\u05d0\u05f3", "\u30a2\u30fb", "\u0915\u094d\u200d\u0937"]
)
def test_nam_02_characters_that_need_a_context_pass_in_it(text):
    assert rules(f"DNS:xn--{text.encode('punycode').decode()}.example") == []


HEBREW = "xn--4dbrk0ce"


@pytest.mark.parametrize("name", [f"{HEBREW}.example", f"www.{HEBREW}.example", f"{HEBREW}.xn--4gbrim"])
def test_nam_02_right_to_left_labels_stand_beside_those_that_keep_the_rule(name):
    assert rules(f"DNS:{name}") == []


@pytest.mark.parametrize("name", [f"1a.{HEBREW}.example", f"*.4.{HEBREW}.example"])
def test_nam_02_a_label_that_would_be_drawn_inside_a_right_to_left_one_is_refused(name):
    assert rules(f"DNS:{name}") == ["san.dns.bidi"]
    assert rules(f"email:a@{name.removeprefix('*.')}") == ["san.email"]


@pytest.mark.parametrize("text", ["10.0.0.1", "127.1.2.3", "2001:db8::1", "0x7f000001", "2130706433"])
def test_nam_04_ip_address_as_dns_name_is_refused(text):
    assert refusals(facts(names=sans(f"DNS:{text}"))) == {("sans", "san.dns.address")}


def test_nam_04_the_same_address_as_ip_is_accepted():
    assert plan(facts(names=sans("IP:10.0.0.1"))).sans == sans("IP:10.0.0.1")


def test_only_the_kinds_of_the_profile_are_allowed():
    assert refusals(facts(names=sans("email:alice@example.com"))) == {("sans", "san.kind")}
    assert plan(facts(names=sans("email:alice@example.com")), profile=TLS_CLIENT).sans


def test_kinds_that_we_do_not_issue_are_refused_by_name():
    assert refusals(facts(other_names=("otherName 1.3.6.1.4.1.311.20.2.3", "registeredID"))) == {("sans", "san.kind")}


def test_kinds_that_we_do_not_issue_do_not_matter_when_the_requester_replaces_the_names():
    replaced = plan(facts(other_names=("otherName",)), RequestedContents(sans=sans("DNS:a.example.com")))
    assert replaced.sans == sans("DNS:a.example.com")


def test_wildcards_need_the_profiles_leave():
    request = facts(names=sans("DNS:*.example.com"))
    assert plan(request).sans == sans("DNS:*.example.com")
    without = replace(TLS_SERVER, sans=replace(TLS_SERVER.sans, wildcards=False))
    assert refusals(request, profile=without) == {("sans", "san.wildcard")}


def test_the_number_of_names_is_bounded_at_both_ends():
    narrow = replace(TLS_SERVER, sans=replace(TLS_SERVER.sans, minimum=1, maximum=2))
    three = sans("DNS:a.example", "DNS:b.example", "DNS:c.example")
    assert plan(facts(names=three[:2]), profile=narrow).sans == three[:2]
    assert refusals(facts(names=three), profile=narrow) == {("sans", "san.count")}
    assert ("sans", "san.count") in refusals(facts(names=()), profile=narrow)


def test_of_too_many_names_only_the_first_are_told():
    findings = Findings()
    names.judge_sans(sans(*(f"DNS:_{n}.example" for n in range(1000))), replace(ALL, maximum=3), findings)
    assert [error.rule for error in findings.errors] == ["san.count"] + ["san.dns.syntax"] * 3


def test_iss_22_a_hundred_names_of_250_octets_are_refused():
    long = sans(*("DNS:" + ".".join([f"{n:049}" + "a", *["b" * 49] * 4]) for n in range(100)))
    assert refusals(facts(names=long)) == {("sans", "names.size")}


def test_a_hundred_names_of_usual_length_are_accepted():
    usual = sans(*(f"DNS:service-{n:03}.department.region.example.com" for n in range(100)))
    assert plan(facts(names=usual)).sans == usual


def test_repeats_go_whatever_their_case():
    twice = (
        AlternativeName(NameKind.DNS, "WWW.example.com"),
        AlternativeName(NameKind.DNS, "www.example.com"),
        AlternativeName(NameKind.IP, "2001:DB8:0:0::1"),
        AlternativeName(NameKind.IP, "2001:db8::1"),
    )
    assert plan(facts(names=twice)).sans == sans("DNS:www.example.com", "IP:2001:db8::1")


def test_text_that_is_no_address_is_invalid_input():
    with pytest.raises(InvalidInput, match="sans: must be an IP address, not"):
        plan(facts(names=(AlternativeName(NameKind.IP, "192.0.2.999"),)))


def test_the_requesters_names_replace_those_of_the_csr():
    assert plan(facts(), RequestedContents(sans=sans("DNS:other.example.com"))).sans == sans("DNS:other.example.com")


@pytest.mark.parametrize(
    ("uri", "host"),
    [
        ("https://Example.COM/a", "example.com"),
        ("https://example.com:8443", "example.com"),
        ("https://[2001:DB8::1]:1/", "2001:db8::1"),
        ("urn:a:b", None),
        ("https://u@example.com/", None),
        ("https:///x", None),
    ],
)
def test_the_host_of_a_uri(uri, host):
    assert names.parse_uri_host(uri) == host


LABELS = st.from_regex(r"[a-z]([a-z0-9]{0,10}[a-z0-9])?", fullmatch=True)


@given(st.lists(LABELS, min_size=1, max_size=8).map(".".join))
def test_plain_host_names_pass(name):
    assert names.find_dns_fault(name) is None


@given(st.text(max_size=80))
def test_what_passes_as_dns_is_a_host_name_and_nothing_else(text):
    name = AlternativeName.of(NameKind.DNS, text).value
    if names.find_dns_fault(name) is None:
        assert set(name) <= set(string.ascii_lowercase + string.digits + "-.*")
        assert all(1 <= len(label) <= 63 for label in name.split("."))


@given(st.text(max_size=80), st.sampled_from([NameKind.DNS, NameKind.EMAIL, NameKind.URI]))
def test_any_text_is_judged_without_a_foreign_exception(text, kind):
    findings = Findings()
    names.judge_sans((AlternativeName.of(kind, text),), ALL, findings)


@given(st.ip_addresses())
def test_addresses_of_hosts_pass(address):
    host = not (address.is_multicast or address.is_unspecified or str(address) == "255.255.255.255")
    host = host and not getattr(address, "ipv4_mapped", None)
    assert (names.find_ip_fault(str(address)) is None) is host


@given(st.text(st.characters(min_codepoint=0x3B1, max_codepoint=0x3C9), min_size=1, max_size=8))
def test_a_labels_that_encode_letters_pass(text):
    assert names.find_host_fault("xn--" + text.encode("punycode").decode() + ".example") is None


def test_ip_values_must_be_canonical():
    assert names.find_ip_fault(str(ipaddress.ip_address("2001:db8::1"))) is None
    assert names.find_ip_fault("2001:DB8::1") is not None


def test_the_empty_request_is_refused_with_its_reasons():
    assert refusals(facts(DistinguishedName(), ())) == {("sans", "san.count"), ("subject", "subject.empty")}
