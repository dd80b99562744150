"""Name constraints of the issuing CA and of every CA above it."""

import ipaddress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pki_manager.domain.errors import PolicyRefused
from pki_manager.domain.names import AlternativeName, DistinguishedName, NameConstraints, NameKind
from pki_manager.domain.profiles.terms import SanRule
from pki_manager.domain.request import Purpose, RequestedContents
from pki_manager.policy.builtin_profiles import ISSUING_CA, TLS_CLIENT, TLS_SERVER
from tests.unit.policy.cases import constraints, facts, issuer, plan, refusals, sans

ANY = replace(TLS_CLIENT, sans=SanRule(kinds=(NameKind.DNS, NameKind.IP, NameKind.EMAIL, NameKind.URI), wildcards=True))

PERMITTED = [
    ("DNS:example.com", "DNS:example.com"),
    ("DNS:example.com", "DNS:www.example.com"),
    ("DNS:EXAMPLE.com", "DNS:www.Example.COM"),
    ("DNS:example.com", "DNS:*.example.com"),
    ("DNS:example.com", "DNS:*.a.example.com"),
    ("IP:10.0.0.0/8", "IP:10.1.2.3"),
    ("IP:2001:db8::/32", "IP:2001:db8:1::1"),
    ("email:alice@example.com", "email:alice@Example.com"),
    ("email:example.com", "email:bob@example.com"),
    ("email:.example.com", "email:bob@mail.example.com"),
    ("URI:example.com", "URI:https://Example.com/x"),
    ("URI:.example.com", "URI:https://www.example.com:1/x"),
    ("IP:10.0.0.0/8", "DNS:elsewhere.test"),
]

NOT_PERMITTED = [
    ("DNS:example.com", "DNS:evilexample.com"),
    ("DNS:example.com", "DNS:example.com.evil.net"),
    ("DNS:example.com", "DNS:com"),
    ("DNS:www.example.com", "DNS:*.example.com"),
    ("DNS:www.example.com", "DNS:example.com"),
    ("IP:10.0.0.0/8", "IP:11.0.0.1"),
    ("IP:10.0.0.0/8", "IP:2001:db8::1"),
    ("IP:192.0.2.0/24", "IP:10.0.0.5"),
    ("email:alice@example.com", "email:bob@example.com"),
    ("email:alice@example.com", "email:Alice@example.com"),
    ("email:example.com", "email:bob@mail.example.com"),
    ("email:.example.com", "email:bob@example.com"),
    ("email:.example.com", "email:bob@evilexample.com"),
    ("URI:example.com", "URI:https://www.example.com/"),
    ("URI:.example.com", "URI:https://example.com/"),
    ("URI:example.com", "URI:https://192.0.2.1/"),
    ("URI:example.com", "URI:urn:a:b"),
]

EXCLUDED = [
    ("DNS:example.com", "DNS:www.example.com"),
    ("DNS:example.com", "DNS:example.com"),
    ("DNS:example.com", "DNS:*.example.com"),
    ("DNS:www.example.com", "DNS:*.example.com"),
    ("IP:10.0.0.0/8", "IP:10.0.0.1"),
    ("email:example.com", "email:bob@example.com"),
    ("URI:.example.com", "URI:https://a.example.com/"),
]

NOT_EXCLUDED = [
    ("DNS:example.com", "DNS:evilexample.com"),
    ("DNS:a.b.example.com", "DNS:*.example.com"),
    ("DNS:www.example.com", "DNS:*.other.com"),
    ("IP:10.0.0.0/8", "IP:11.0.0.1"),
    ("email:example.com", "email:bob@mail.example.com"),
    ("URI:.example.com", "URI:https://example.com/"),
]


def under(*chain: NameConstraints):
    return issuer(ancestors_constraints=chain)


@pytest.mark.parametrize(("base", "name"), PERMITTED)
def test_nam_06_names_within_a_permitted_subtree_pass(base, name):
    assert plan(facts(names=sans(name)), profile=ANY, by=under(constraints((base,)))).sans == sans(name)


@pytest.mark.parametrize(("base", "name"), NOT_PERMITTED)
def test_nam_06_names_outside_the_permitted_subtrees_are_refused(base, name):
    found = refusals(facts(names=sans(name)), profile=ANY, by=under(constraints((base,))))
    assert found == {("sans", "name_constraints.permitted")}


@pytest.mark.parametrize(("base", "name"), EXCLUDED)
def test_nam_07_names_within_an_excluded_subtree_are_refused(base, name):
    found = refusals(facts(names=sans(name)), profile=ANY, by=under(constraints((), (base,))))
    assert found == {("sans", "name_constraints.excluded")}


@pytest.mark.parametrize(("base", "name"), NOT_EXCLUDED)
def test_names_outside_the_excluded_subtrees_pass(base, name):
    assert plan(facts(names=sans(name)), profile=ANY, by=under(constraints((), (base,))))


def test_a_uri_without_a_host_name_cannot_be_held_against_excluded_subtrees():
    found = refusals(facts(names=sans("URI:urn:a:b")), profile=ANY, by=under(constraints((), ("URI:example.com",))))
    assert found == {("sans", "name_constraints.permitted")}


def test_nam_07_excluded_beats_permitted():
    both = constraints(("DNS:example.com",), ("DNS:secret.example.com",))
    assert plan(facts(names=sans("DNS:www.example.com")), by=under(both))
    found = refusals(facts(names=sans("DNS:a.secret.example.com")), by=under(both))
    assert found == {("sans", "name_constraints.excluded")}


def test_nam_07_every_ca_of_the_chain_has_its_say():
    chain = (constraints(("DNS:example.com",)), constraints(("DNS:dept.example.com",)))
    assert plan(facts(names=sans("DNS:a.dept.example.com")), by=under(*chain))
    for order in (chain, chain[::-1]):
        found = refusals(facts(names=sans("DNS:www.example.com")), by=under(*order))
        assert found == {("sans", "name_constraints.permitted")}


def test_one_of_several_permitted_subtrees_is_enough():
    assert plan(by=under(constraints(("DNS:other.test", "DNS:example.com"))))


def test_nam_07_names_that_the_requester_gives_are_constrained_too():
    wanted = RequestedContents(sans=sans("DNS:evil.test"))
    found = refusals(facts(), wanted, by=under(constraints(("DNS:example.com",))))
    assert found == {("sans", "name_constraints.permitted")}


def test_nam_09_permitted_addresses_bind_those_inside_the_csr():
    allowed = under(constraints(("IP:192.0.2.0/24",)))
    assert plan(facts(names=sans("IP:192.0.2.7")), by=allowed)
    assert refusals(facts(names=sans("IP:198.51.100.7")), by=allowed) == {("sans", "name_constraints.permitted")}


def test_nam_09_an_address_in_the_common_name_is_bound_as_well():
    named = facts(DistinguishedName.of(("CN", "198.51.100.7")), ())
    found = refusals(named, by=under(constraints(("IP:192.0.2.0/24",))))
    assert found == {("sans", "name_constraints.permitted")}


def test_email_addresses_in_the_subject_are_constrained_too():
    mail = facts(DistinguishedName.of(("emailAddress", "bob@evil.test")), ())
    named = replace(mail, subject=DistinguishedName.of(("CN", "bob"), ("emailAddress", "bob@evil.test")))
    found = refusals(named, profile=TLS_CLIENT, by=under(constraints(("email:example.com",))))
    assert found == {("subject", "name_constraints.permitted")}


def test_a_host_in_a_free_common_name_is_constrained_where_no_dns_name_stands_beside_it():
    by = under(constraints(("DNS:example.com",)))
    name = DistinguishedName.of(("CN", "www.evil.test"))
    assert refusals(facts(name, ()), profile=TLS_CLIENT, by=by) == {("subject", "name_constraints.permitted")}
    assert plan(facts(name, sans("DNS:a.example.com")), profile=TLS_CLIENT, by=by)
    assert plan(facts(DistinguishedName.of(("CN", "alice")), ()), profile=TLS_CLIENT, by=by)


@pytest.mark.parametrize(
    "value",
    [
        "a_b.evil.test",
        "_dmarc.evil.test",
        "EVIL.test",
        "www.evil.test.",
        "*.evil.test",
        "w*.evil.test",
        "v1.2",
        "alice.1",
    ],
)
def test_a_common_name_is_a_host_wherever_some_client_takes_it_for_one(value):
    request = facts(DistinguishedName.of(("CN", value)), ())
    for base in (
        constraints(("DNS:example.com",)),
        constraints((), (f"DNS:{value.lower().strip('.').split('.')[-1]}",)),
    ):
        (found,) = refusals(request, profile=TLS_CLIENT, by=under(base))
        assert found[0] == "subject"
    assert plan(request, profile=TLS_CLIENT, by=under(constraints(("email:example.com",))))


@pytest.mark.parametrize(
    "value", ["alice", "J. R. Smith", "alice smith.x", "a@b.c", "10.0.0.1", "a..b", ".a.b", "é.evil.test"]
)
def test_what_nobody_takes_for_a_host_is_not_constrained(value):
    request = facts(DistinguishedName.of(("CN", value)), ())
    assert plan(request, profile=TLS_CLIENT, by=under(constraints(("DNS:example.com",))))


def test_nam_07_a_wildcard_in_a_common_name_reaches_into_an_excluded_subtree():
    request = facts(DistinguishedName.of(("CN", "w*.example.com")), ())
    found = refusals(request, profile=TLS_CLIENT, by=under(constraints((), ("DNS:www.example.com",))))
    assert found == {("subject", "name_constraints.excluded")}


def test_the_common_name_of_a_ca_is_no_host():
    request = facts(DistinguishedName.of(("CN", "ca.evil.test")), ())
    by = under(constraints(("DNS:example.com",)))
    assert plan(request, profile=ISSUING_CA, by=by, purpose=Purpose.AUTHORITY)


@pytest.mark.parametrize(
    "text",
    [
        "DNS:example.com",
        "DNS:.example.com",
        "DNS:com",
        "IP:10.0.0.0/8",
        "IP:2001:db8::/32",
        "email:example.com",
        "email:.example.com",
        "email:alice@example.com",
        "URI:example.com",
        "URI:.example.com",
    ],
)
def test_a_ca_may_carry_well_formed_subtrees(text):
    wanted = RequestedContents(name_constraints=constraints((text,), (text,)))
    request = facts(DistinguishedName.of(("CN", "Sub CA")), ())
    planned = plan(request, wanted, ISSUING_CA, purpose=Purpose.AUTHORITY)
    assert planned.name_constraints == wanted.name_constraints


@pytest.mark.parametrize(
    "base",
    [
        AlternativeName(NameKind.DNS, "*.example.com"),
        AlternativeName(NameKind.DNS, "exa_mple.com"),
        AlternativeName(NameKind.DNS, ""),
        AlternativeName(NameKind.IP, "10.0.0.1/8"),
        AlternativeName(NameKind.IP, "ten"),
        AlternativeName(NameKind.EMAIL, "a b@example.com"),
        AlternativeName(NameKind.EMAIL, "@example.com"),
        AlternativeName(NameKind.URI, "https://example.com"),
        AlternativeName(NameKind.URI, "192.0.2.1"),
    ],
    ids=str,
)
def test_a_ca_may_not_carry_malformed_subtrees(base):
    request = facts(DistinguishedName.of(("CN", "Sub CA")), ())
    for wanted in (NameConstraints((base,), ()), NameConstraints((), (base,))):
        found = refusals(request, RequestedContents(name_constraints=wanted), ISSUING_CA, purpose=Purpose.AUTHORITY)
        assert found == {("name_constraints", "name_constraints.form")}


def test_end_entities_carry_no_name_constraints():
    found = refusals(facts(), RequestedContents(name_constraints=constraints(("DNS:example.com",))))
    assert found == {("name_constraints", "name_constraints.purpose")}


LABEL = st.from_regex(r"[a-z]{1,6}", fullmatch=True)
HOST = st.lists(LABEL, min_size=2, max_size=4).map(".".join)


@given(HOST, HOST)
def test_permitting_and_excluding_a_subtree_are_opposites_for_plain_host_names(host, base):
    from pki_manager.policy import constraints as module
    from pki_manager.policy.reasons import Findings

    def clean(of_ca: NameConstraints) -> bool:
        findings = Findings()
        module.judge_names(DistinguishedName(), sans(f"DNS:{host}"), (of_ca,), findings, host=True)
        return not findings.errors

    assert clean(constraints((f"DNS:{base}",))) is not clean(constraints((), (f"DNS:{base}",)))
    assert clean(constraints((f"DNS:{base}",))) is (f".{host}".endswith(f".{base}"))


@pytest.mark.parametrize("base", ["EXAMPLE.com", "Www.Example.Com", ""])
def test_subtrees_of_an_imported_ca_match_in_any_case_and_the_empty_one_always(base):
    imported = NameConstraints(excluded=(AlternativeName(NameKind.DNS, base),))
    assert refusals(by=under(imported)) == {("sans", "name_constraints.excluded")}
    assert plan(by=under(NameConstraints(permitted=imported.excluded)))


def test_tls_server_judges_every_name():
    by = under(constraints(("DNS:example.com",)))
    request = facts(names=sans("DNS:a.example.com", "DNS:evil.test"))
    assert refusals(request, profile=TLS_SERVER, by=by) == {("sans", "name_constraints.permitted")}


@pytest.mark.parametrize(
    ("above", "wanted"),
    [
        ("DNS:example.com", "DNS:example.com"),
        ("DNS:example.com", "DNS:a.example.com"),
        ("IP:10.0.0.0/8", "IP:10.1.0.0/16"),
        ("IP:10.0.0.0/8", "IP:10.0.0.0/8"),
        ("IP:2001:db8::/32", "IP:2001:db8:1::/48"),
        ("email:example.com", "email:example.com"),
        ("email:example.com", "email:alice@example.com"),
        ("email:.example.com", "email:.mail.example.com"),
        ("email:.example.com", "email:mail.example.com"),
        ("URI:.example.com", "URI:a.example.com"),
        ("URI:.example.com", "URI:.a.example.com"),
        ("DNS:example.com", "IP:10.0.0.0/8"),
    ],
)
def test_nam_07_a_subordinate_may_permit_what_lies_within_its_issuers_subtrees(above, wanted):
    assert sub_ca(constraints((wanted,)), under(constraints((above,)))) == set()


@pytest.mark.parametrize(
    ("above", "wanted"),
    [
        ("DNS:example.com", "DNS:com"),
        ("DNS:example.com", "DNS:evilexample.com"),
        ("DNS:a.example.com", "DNS:example.com"),
        ("IP:10.0.0.0/8", "IP:0.0.0.0/0"),
        ("IP:10.0.0.0/8", "IP:11.0.0.0/16"),
        ("IP:10.0.0.0/8", "IP:2001:db8::/32"),
        ("IP:2001:db8::/32", "IP:10.0.0.0/8"),
        ("email:alice@example.com", "email:example.com"),
        ("email:example.com", "email:.example.com"),
        ("email:example.com", "email:alice@mail.example.com"),
        ("URI:a.example.com", "URI:.example.com"),
    ],
)
def test_nam_07_a_subordinate_may_not_permit_more_than_its_issuers(above, wanted):
    refused = {("name_constraints", "name_constraints.issuer")}
    assert sub_ca(constraints((wanted,)), under(constraints((above,)))) == refused
    assert sub_ca(constraints((wanted,)), under(constraints(()), constraints((above,)))) == refused


def test_nam_07_a_subordinate_may_not_permit_what_its_issuers_exclude():
    refused = {("name_constraints", "name_constraints.issuer")}
    by = under(constraints(("DNS:example.com",), ("DNS:a.example.com", "IP:10.1.0.0/16")))
    assert sub_ca(constraints(("DNS:a.example.com",)), by) == refused
    assert sub_ca(constraints(("IP:10.1.2.0/24",)), by) == refused
    assert sub_ca(constraints(("DNS:example.com", "IP:10.0.0.0/8")), by) == set()
    assert sub_ca(constraints((), ("DNS:elsewhere.test",)), by) == set()


def sub_ca(wanted: NameConstraints, by) -> set[tuple[str, str]]:
    """The reasons against a CA with those constraints; none where it may come into being."""
    request = facts(DistinguishedName.of(("CN", "Sub CA")), ())
    try:
        plan(request, RequestedContents(name_constraints=wanted), ISSUING_CA, by, purpose=Purpose.AUTHORITY)
    except PolicyRefused as error:
        return {(fault.field, fault.rule) for fault in error.errors}
    return set()


@given(st.integers(0, 2**32 - 1), st.integers(0, 32), st.integers(0, 32), st.integers(0, 2**32 - 1))
def test_an_address_of_a_block_is_in_every_block_around_it(address, longer, shorter, other):
    """What `judge_subtrees` calls within is so for every address: the two never disagree."""
    from pki_manager.policy.constraints import _block_within, _ip_within

    outer = str(ipaddress.ip_network((other, min(longer, shorter)), strict=False))
    inner = ipaddress.ip_network((address, max(longer, shorter)), strict=False)
    members = {str(inner[0]), str(inner[-1])}
    assert _block_within(str(inner), outer) == all(_ip_within(member, outer) for member in members)


@given(HOST, HOST, HOST)
def test_a_name_in_a_domain_is_in_every_domain_around_it(name, inner, outer):
    from pki_manager.policy.constraints import _dns_within

    inner = f"{inner}.{outer}"
    assert _dns_within(inner, outer)
    assert _dns_within(f"{name}.{inner}", outer)
    assert not _dns_within(outer, inner)
    assert not _dns_within(f"{name}{outer}", f".{outer}")


@given(HOST, LABEL)
def test_nam_07_a_wildcard_touches_whatever_one_label_more_could_make_it(base, label):
    by = under(constraints((), (f"DNS:{label}.{base}",)))
    assert refusals(facts(names=sans(f"DNS:*.{base}")), by=by) == {("sans", "name_constraints.excluded")}
    assert plan(facts(names=sans(f"DNS:*.{label}{label}.{base}")), by=by)


def test_an_imported_subtree_with_a_leading_dot_permits_less_and_excludes_more():
    dotted = NameConstraints(permitted=(AlternativeName(NameKind.DNS, ".example.com"),))
    assert plan(facts(names=sans("DNS:www.example.com", "DNS:*.example.com")), by=under(dotted))
    assert refusals(facts(names=sans("DNS:example.com")), by=under(dotted)) == {("sans", "name_constraints.permitted")}
    excluded = under(NameConstraints(excluded=dotted.permitted))
    for name in ("DNS:example.com", "DNS:www.example.com", "DNS:*.example.com"):
        assert refusals(facts(names=sans(name)), by=excluded) == {("sans", "name_constraints.excluded")}
