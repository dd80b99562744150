"""Certificate policies that a CA asks for, held against the path above it."""

from dataclasses import replace

import pytest

from pki_manager.domain.ca import ANY_POLICY, PoliciesLeft
from pki_manager.domain.profiles.terms import PolicyInformation
from pki_manager.policy.builtin_profiles import TLS_SERVER
from pki_manager.policy.certificate_policies import judge_policies, judge_profile
from pki_manager.policy.reasons import Findings
from tests.unit.policy.cases import issuer, root_issuer

ONE, TWO = "1.2.3", "1.2.4"
Left = tuple[tuple[str, ...] | None, bool]
EVERYTHING: Left = (None, True)
"""The policies that are left, and whether anyPolicy has any effect."""


def rules(*wanted: str | PolicyInformation, left: Left = EVERYTHING) -> list[tuple[str, str]]:
    asked = tuple(PolicyInformation(one) if isinstance(one, str) else one for one in wanted)
    named, any_policy = left
    above = PoliciesLeft(None if named is None else frozenset(named), any_policy)
    findings = Findings()
    judge_policies(asked, issuer(policies_left=above), findings)
    return [(error.field, error.rule) for error in findings.errors]


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        ((), ((), False)),
        ((ONE, TWO), EVERYTHING),
        ((ANY_POLICY,), EVERYTHING),
        ((ONE,), ((ONE, TWO), True)),
        ((ANY_POLICY,), ((ONE,), True)),
        ((ONE,), ((ONE,), False)),
    ],
    ids=str,
)
def test_what_the_certificates_above_leave_is_there_to_have(wanted: tuple[str, ...], left: Left) -> None:
    assert rules(*wanted, left=left) == []


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        (ONE, ((TWO,), True)),
        (ONE, ((), True)),
        (ANY_POLICY, ((), True)),
        (ANY_POLICY, (None, False)),
    ],
    ids=str,
)
def test_what_is_void_under_the_certificates_above_is_refused(wanted: str, left: Left) -> None:
    assert rules(wanted, left=left) == [("policies", "policies.issuer")]


@pytest.mark.parametrize(
    ("own", "left", "told"),
    [
        ((), ((), False), ""),
        ((ONE,), EVERYTHING, ""),
        ((ONE,), ((ONE, TWO), True), ""),
        ((ONE, TWO), ((TWO,), True), ONE),
        ((ONE,), ((), True), ONE),
        ((ANY_POLICY,), (None, False), ANY_POLICY),
    ],
    ids=str,
)
def test_a_profile_has_what_is_valid_under_the_certificates_above(own: tuple[str, ...], left: Left, told: str) -> None:
    named, any_policy = left
    above = PoliciesLeft(None if named is None else frozenset(named), any_policy)
    findings = Findings()
    profile = replace(TLS_SERVER, policies=tuple(PolicyInformation(one) for one in own))
    judge_profile(profile, issuer(policies_left=above), findings)
    expected = [("profile", "profile.issuer_policies")] if told else []
    assert [(error.field, error.rule) for error in findings.errors] == expected
    assert all(f"; {told} is not; valid policies are" in error.message for error in findings.errors)


def test_a_profile_has_what_it_likes_where_a_certificate_above_says_nothing() -> None:
    findings = Findings()
    profile = replace(TLS_SERVER, policies=(PolicyInformation(ONE),))
    judge_profile(profile, issuer(policies_left=PoliciesLeft(frozenset(), is_silent=True)), findings)
    assert findings.errors == []


@pytest.mark.parametrize(
    "wanted",
    [
        ("1.2.3", "1.2.3"),
        ("one",),
        ("",),
        (PolicyInformation(ONE, "ftp://example.com/cps"),),
        (PolicyInformation(ONE, ""),),
        (PolicyInformation(ONE, "http://exämple.com/"),),
    ],
    ids=str,
)
def test_what_is_malformed_is_refused(wanted: tuple[str | PolicyInformation, ...]) -> None:
    assert rules(*wanted) == [("policies", "policies.form")]


def test_a_root_has_none_of_its_own() -> None:
    findings = Findings()
    judge_policies((PolicyInformation(ONE),), root_issuer(), findings)
    assert [(error.field, error.rule) for error in findings.errors] == [("policies", "policies.root")]
