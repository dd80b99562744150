"""What a profile of one's own changes in a decision: names that it permits and sets, usages, extensions, its end."""

from dataclasses import replace
from typing import Any

import pytest

from pki_manager.domain.errors import Conflict
from pki_manager.domain.names import DistinguishedName, NameAttribute, NameConstraints
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.profiles.terms import (
    Criticality,
    PolicyInformation,
    ProfileState,
    SubjectRule,
    UnlistedHandling,
)
from pki_manager.policy.builtin_profiles import EMAIL, SHORT_LIVED, TIMESTAMPER, TLS_CLIENT, TLS_MUTUAL, TLS_SERVER
from tests.unit.policy.cases import facts, key, plan, refusals, sans


def permitting(profile: Profile, *subtrees: str) -> Profile:
    permitted = tuple(NameConstraints.subtree(text, "sans.permitted") for text in subtrees)
    kinds = tuple(dict.fromkeys(base.kind for base in permitted))
    return replace(profile, sans=replace(profile.sans, kinds=kinds, permitted=permitted, wildcards=False))


IN_EXAMPLE = permitting(TLS_SERVER, "DNS:example.com", "IP:10.0.0.0/8")


@pytest.mark.parametrize("name", ["DNS:example.com", "DNS:www.example.com", "DNS:WWW.Example.COM", "IP:10.1.2.3"])
def test_nam_06_a_name_within_what_the_profile_permits_is_fine(name: str) -> None:
    assert plan(facts(names=sans(name)), profile=IN_EXAMPLE).sans == sans(name)


@pytest.mark.parametrize("name", ["DNS:evilexample.com", "DNS:example.com.evil.net", "DNS:example.org", "DNS:com"])
def test_nam_06_labels_match_whole(name: str) -> None:
    assert refusals(facts(names=sans(name)), profile=IN_EXAMPLE) == {("sans", "san.permitted")}


@pytest.mark.parametrize("name", ["IP:11.0.0.1", "IP:192.0.2.1", "IP:2001:db8::1"])
def test_nam_09_addresses_inside_the_request_are_held_against_the_permitted_ranges(name: str) -> None:
    assert refusals(facts(names=sans("DNS:www.example.com", name)), profile=IN_EXAMPLE) == {("sans", "san.permitted")}


def test_a_wildcard_lies_where_its_parent_does() -> None:
    profile = replace(IN_EXAMPLE, sans=replace(IN_EXAMPLE.sans, wildcards=True))
    assert plan(facts(names=sans("DNS:*.example.com")), profile=profile).sans == sans("DNS:*.example.com")
    assert refusals(facts(names=sans("DNS:*.example.org")), profile=profile) == {("sans", "san.permitted")}


def test_mail_and_uris_are_limited_as_name_constraints_limit_them() -> None:
    profile = permitting(TLS_CLIENT, "email:example.com", "URI:.example.com")
    assert plan(facts(names=sans("email:a@example.com", "URI:https://a.example.com/x")), profile=profile)
    for name in ("email:a@mail.example.com", "URI:https://example.com/", "URI:urn:x:y"):
        assert refusals(facts(names=sans(name)), profile=profile) == {("sans", "san.permitted")}


@pytest.mark.parametrize(
    "subject", [(("emailAddress", "a@example.org"),), (("CN", "www.example.org"),)], ids=["emailAddress", "CN"]
)
def test_what_stands_in_the_subject_is_limited_too(subject: tuple[tuple[str, str], ...]) -> None:
    profile = permitting(TLS_CLIENT, "email:example.com", "DNS:example.com")
    request = facts(DistinguishedName.of(*subject), sans("email:a@example.com"))
    assert refusals(request, profile=profile) == {("subject", "san.permitted")}


def test_a_kind_that_the_profile_does_not_limit_may_stand_in_the_subject() -> None:
    profile = permitting(TLS_CLIENT, "DNS:example.com")
    request = facts(DistinguishedName.of(("emailAddress", "a@example.org")), sans("DNS:www.example.com"))
    assert plan(request, profile=profile).sans == sans("DNS:www.example.com")


def fixing(*attributes: tuple[str, str], unlisted_attributes: UnlistedHandling = UnlistedHandling.REFUSE) -> Profile:
    fixed = tuple(NameAttribute(kind, value) for kind, value in attributes)
    rule = SubjectRule(attributes=("OU", "CN"), fixed=fixed, unlisted_attributes=unlisted_attributes)
    return replace(TLS_CLIENT, subject=rule)


def test_fixed_attributes_stand_in_front_of_the_requests_own() -> None:
    request = facts(DistinguishedName.of(("OU", "Shop"), ("CN", "alice")), sans())
    planned = plan(request, profile=fixing(("C", "FR"), ("O", "Example")))
    assert planned.subject == DistinguishedName.of(("C", "FR"), ("O", "Example"), ("OU", "Shop"), ("CN", "alice"))
    assert planned.notes == ()


def test_asking_for_the_fixed_value_is_fine() -> None:
    request = facts(DistinguishedName.of(("O", "Example"), ("CN", "alice")), sans())
    assert plan(request, profile=fixing(("O", "Example"))).subject == request.subject


def test_asking_for_another_value_is_refused_or_noted() -> None:
    request = facts(DistinguishedName.of(("O", "Other"), ("CN", "alice")), sans())
    assert refusals(request, profile=fixing(("O", "Example"))) == {("subject", "subject.fixed")}
    planned = plan(request, profile=fixing(("O", "Example"), unlisted_attributes=UnlistedHandling.IGNORE))
    assert str(planned.subject) == "CN=alice,O=Example"
    assert planned.notes == ("set by the profile, not as requested: O",)


def test_a_fixed_value_is_judged_like_any_other() -> None:
    request = facts(DistinguishedName.of(("CN", "alice")), sans())
    assert refusals(request, profile=fixing(("C", "fr"))) == {("subject", "subject.country")}


@pytest.mark.parametrize(
    ("key_type", "more"),
    [("RSA-2048", ("keyEncipherment",)), ("ECDSA-P256", ("keyAgreement",)), ("Ed25519", ())],
)
def test_usages_go_by_the_family_of_the_key(key_type: str, more: tuple[str, ...]) -> None:
    request = facts(names=sans("email:a@example.com"), key=key(key_type))
    assert plan(request, profile=EMAIL).key_usage == ("digitalSignature", *more)


def test_a_retired_profile_issues_nothing() -> None:
    with pytest.raises(Conflict, match="'tls-server' is retired"):
        plan(profile=replace(TLS_SERVER, state=ProfileState.RETIRED))


@pytest.mark.parametrize("unlisted", list(UnlistedHandling))
def test_extensions_that_may_be_asked_for_are_no_objection(unlisted: UnlistedHandling) -> None:
    profile = replace(TLS_SERVER, requested_extensions=unlisted, requestable_extensions=("2.5.29.15", "2.5.29.37"))
    planned = plan(facts(requested_extensions=("2.5.29.37", "2.5.29.15")), profile=profile)
    assert planned.notes == ()
    assert planned.extended_key_usage == TLS_SERVER.extended_key_usage


def test_one_extension_more_than_may_be_asked_for_is_one_too_many() -> None:
    profile = replace(TLS_SERVER, requested_extensions=UnlistedHandling.REFUSE, requestable_extensions=("2.5.29.15",))
    assert refusals(facts(requested_extensions=("2.5.29.15", "2.5.29.19")), profile=profile) == {
        ("csr", "csr.extensions")
    }


def test_policies_and_critical_flags_are_the_profiles() -> None:
    policies = (PolicyInformation("1.2.3", "https://example.com/cps"), PolicyInformation("1.2.4"))
    planned = plan(profile=replace(TLS_SERVER, policies=policies))
    assert (planned.policies, planned.critical) == (policies, (Criticality.KEY_USAGE,))
    request = facts(DistinguishedName.of(("CN", "TSA 1")), sans())
    assert plan(request, profile=TIMESTAMPER).critical == (Criticality.KEY_USAGE, Criticality.EXTENDED_KEY_USAGE)


def test_a_short_lived_certificate_says_that_there_is_no_status_and_points_to_none() -> None:
    planned = plan(profile=SHORT_LIVED)
    assert planned.no_rev_avail
    assert (planned.crl_url, planned.ocsp_url) == (None, None)
    assert planned.issuer_url is not None
    assert not plan(profile=TLS_MUTUAL).no_rev_avail


@pytest.mark.parametrize(
    "changes", [{"no_rev_avail": True}, {"policies": (PolicyInformation("1.2.3"),)}, {"critical": ()}], ids=str
)
def test_what_a_plan_gained_is_part_of_what_is_approved(changes: dict[str, Any]) -> None:
    planned = plan()
    assert replace(planned, **changes).sha256() != planned.sha256()
