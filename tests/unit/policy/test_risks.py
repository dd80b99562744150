"""What an approver is told of a plan: each risk where it is, none where it is not, warnings first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pki_manager.domain.duration import Duration
from pki_manager.domain.known_key import KeyUsageHistory
from pki_manager.domain.plan import CertificatePlan
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.queue import Weight
from pki_manager.domain.request import ValidityRequest
from pki_manager.policy.builtin_profiles import TLS_CLIENT, TLS_SERVER
from pki_manager.policy.risks import Circumstances, list_risks
from tests.unit.policy.cases import NOW, plan, sans

PLAN = plan()
KNOWN = Circumstances(key_history=KeyUsageHistory(), known=frozenset(PLAN.sans), duplicates=(), renews=False)


def codes(
    of: CertificatePlan = PLAN, profile: Profile = TLS_SERVER, around: Circumstances = KNOWN
) -> list[tuple[str, str]]:
    return [(risk.code, risk.field) for risk in list_risks(of, profile, around, NOW)]


def test_what_is_as_always_has_no_risk() -> None:
    assert codes() == []


def test_a_name_that_was_never_certified_is_a_notice_that_names_it() -> None:
    (risk,) = list_risks(PLAN, TLS_SERVER, replace(KNOWN, known=frozenset()), NOW)
    assert (risk.code, risk.weight, risk.field) == ("name.new", Weight.NOTICE, "sans")
    assert risk.message.endswith("DNS:www.example.com")


def test_of_very_many_new_names_the_first_are_told() -> None:
    many = replace(PLAN, sans=sans(*(f"DNS:h{number:02}.example.com" for number in range(25))))
    (risk,) = list_risks(many, TLS_SERVER, replace(KNOWN, known=frozenset()), NOW)
    assert risk.message.endswith("DNS:h19.example.com and more")
    assert "h20" not in risk.message


def test_a_wildcard_is_a_warning() -> None:
    wild = replace(PLAN, sans=sans("DNS:*.example.com", "DNS:www.example.com"))
    (risk,) = list_risks(wild, TLS_SERVER, replace(KNOWN, known=frozenset(wild.sans)), NOW)
    assert (risk.code, risk.weight) == ("name.wildcard", Weight.WARNING)
    assert "www" not in risk.message


@pytest.mark.parametrize(("renews", "told"), [(False, [("certificate.duplicate", "sans")]), (True, [])])
def test_a_valid_certificate_with_the_same_names_is_told_unless_it_is_the_one_renewed(
    renews: bool, told: list[tuple[str, str]]
) -> None:
    assert codes(around=replace(KNOWN, duplicates=("one",), renews=renews)) == told


@pytest.mark.parametrize(("renews", "told"), [(False, [("key.reused", "key")]), (True, [])])
def test_a_key_that_has_a_certificate_is_told_unless_that_is_renewed(renews: bool, told: list[tuple[str, str]]) -> None:
    standing = KeyUsageHistory(owners=frozenset({"user:1"}))
    assert codes(around=replace(KNOWN, key_history=standing, renews=renews)) == told


@pytest.mark.parametrize(("key_type", "told"), [("RSA-2048", [("key.weak", "key")]), ("RSA-3072", [])])
def test_a_key_below_128_bits_of_strength_is_weak(key_type: str, told: list[tuple[str, str]]) -> None:
    assert codes(replace(PLAN, key_type=key_type)) == told


_USUAL = TLS_SERVER.validity.default


@pytest.mark.parametrize(
    ("validity", "is_long"),
    [
        (ValidityRequest(duration=_USUAL), False),
        (ValidityRequest(duration=Duration(0, 3600)), False),
        (ValidityRequest(duration=Duration(_USUAL.months, _USUAL.seconds + 1)), True),
        (ValidityRequest(not_after=_USUAL.after(NOW)), False),
        (ValidityRequest(not_after=_USUAL.after(NOW) + timedelta(seconds=1)), True),
        (ValidityRequest(not_before=NOW + timedelta(days=1), not_after=_USUAL.after(NOW)), False),
        (ValidityRequest(), False),
    ],
    ids=["usual", "short", "a second more", "until then", "a second longer", "begins later", "not said"],
)
def test_a_validity_above_the_usual_is_told(validity: ValidityRequest, is_long: bool) -> None:
    assert codes(replace(PLAN, validity=validity)) == ([("validity.long", "validity")] if is_long else [])


def test_nam_12_a_client_identity_that_its_requester_chose_is_a_warning() -> None:
    assert codes(profile=TLS_CLIENT) == [("identity.chosen", "subject")]


def test_warnings_come_first() -> None:
    wild = replace(PLAN, sans=sans("DNS:*.example.com"), key_type="RSA-2048")
    found = list_risks(wild, TLS_SERVER, replace(KNOWN, known=frozenset()), NOW)
    assert [risk.weight for risk in found] == [Weight.WARNING, Weight.WARNING, Weight.NOTICE]
