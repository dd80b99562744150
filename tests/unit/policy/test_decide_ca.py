"""The decision about CA certificates: path lengths, roots, and profiles of CAs."""

from dataclasses import replace

import pytest

from pki_manager.domain.ca import CaState
from pki_manager.domain.certificate import CertificateKind
from pki_manager.domain.errors import Conflict, Forbidden
from pki_manager.domain.names import DistinguishedName
from pki_manager.domain.plan import BasicConstraints, CertificatePlan
from pki_manager.domain.request import Purpose, RequestedContents, RequestFacts
from pki_manager.domain.rights.actor import Role
from pki_manager.policy.builtin_profiles import (
    ISSUING_CA,
    OCSP_RESPONDER,
    ROOT_CA,
)
from tests.unit.policy.cases import (
    ISSUER_SUBJECT,
    URLS,
    actor,
    issuer,
    key,
    plan,
    refusals,
    root_facts,
    root_issuer,
)

SUB_CA = RequestFacts.of_key(key(), DistinguishedName.of(("CN", "Sub CA")))


def ca_plan(wanted: RequestedContents | None = None, by=None, profile=ISSUING_CA) -> CertificatePlan:
    return plan(SUB_CA, wanted, profile, by, purpose=Purpose.AUTHORITY)


def ca_refusals(
    wanted: RequestedContents | None = None, by=None, request=SUB_CA, profile=ISSUING_CA
) -> set[tuple[str, str]]:
    return refusals(request, wanted, profile, by, purpose=Purpose.AUTHORITY)


def test_a_root_plan_points_nowhere_and_has_no_path_length():
    planned = plan(root_facts(), profile=ROOT_CA, by=root_issuer(), purpose=Purpose.AUTHORITY)
    assert planned.kind is CertificateKind.SELF_SIGNED
    assert planned.subject == ISSUER_SUBJECT
    assert planned.basic_constraints == BasicConstraints(ca=True, path_length=None)
    assert planned.key_usage == ("keyCertSign", "cRLSign")
    assert planned.extended_key_usage == ()
    assert (planned.crl_url, planned.ocsp_url, planned.issuer_url) == (None, None, None)


def test_an_issuing_ca_plan():
    planned = ca_plan()
    assert planned.kind is CertificateKind.ISSUED
    assert planned.basic_constraints == BasicConstraints(ca=True, path_length=0)
    assert planned.key_usage == ("keyCertSign", "cRLSign")
    assert (planned.crl_url, planned.ocsp_url, planned.issuer_url) == (URLS.crl, URLS.ocsp, URLS.certificate)


@pytest.mark.parametrize(
    ("role", "allowed"),
    [(Role.ADMINISTRATOR, True), (Role.CA_OPERATOR, True), (Role.REGISTRATION_AUTHORITY, False), (Role.AUDITOR, False)],
)
def test_making_a_ca_is_a_right_of_its_own(role, allowed):
    if allowed:
        assert plan(SUB_CA, profile=ISSUING_CA, who=actor(role), purpose=Purpose.AUTHORITY)
    else:
        with pytest.raises(Forbidden, match="Requires the permission `ca:create`"):
            plan(SUB_CA, profile=ISSUING_CA, who=actor(role), purpose=Purpose.AUTHORITY)


@pytest.mark.parametrize("state", [CaState.PENDING, CaState.ACTIVE])
def test_a_pending_root_certifies_itself(state):
    assert plan(root_facts(), profile=ROOT_CA, by=root_issuer(state), purpose=Purpose.AUTHORITY)


@pytest.mark.parametrize("state", [CaState.SUSPENDED, CaState.RETIRED, CaState.REVOKED])
def test_a_root_out_of_service_does_not(state):
    with pytest.raises(Conflict, match=r"CA .* is .* and cannot issue certificates"):
        plan(root_facts(), profile=ROOT_CA, by=root_issuer(state), purpose=Purpose.AUTHORITY)


def test_a_root_profile_fits_no_other_issuer_and_a_self_signing_ca_no_other_profile():
    found = ca_refusals(profile=ROOT_CA)
    assert found == {("profile", "profile.issuer")}
    found = refusals(root_facts(), profile=ISSUING_CA, by=root_issuer(), purpose=Purpose.AUTHORITY)
    assert found == {("profile", "profile.issuer")}


def test_a_ca_for_cas_only_signs_for_cas_and_its_own_services():
    base = issuer()
    by = replace(base, ca=replace(base.ca, end_entity_certificates=False))
    assert refusals(by=by) == {("ca", "ca.end_entity")}
    assert ca_plan(by=by)
    request = RequestFacts.of_key(key(), DistinguishedName.of(("CN", "OCSP of Issuing CA")))
    assert plan(request, profile=OCSP_RESPONDER, by=by, purpose=Purpose.AUTHORITY)


def test_a_root_certifies_its_own_name_only():
    other = replace(root_facts(), subject=DistinguishedName.of(("CN", "Other")))
    found = refusals(other, profile=ROOT_CA, by=root_issuer(), purpose=Purpose.AUTHORITY)
    assert found == {("subject", "subject.issuer")}


def test_iss_19_a_parent_with_path_length_0_has_no_ca_below_it():
    assert ca_refusals(by=issuer(path_length=0)) == {("path_length", "path_length.issuer")}
    assert ca_refusals(RequestedContents(path_length=0), issuer(path_length=0)) == {
        ("path_length", "path_length.issuer")
    }
    assert ca_refusals(by=issuer(path_length=-1)) == {("path_length", "path_length.issuer")}


@pytest.mark.parametrize(
    ("parent", "wish", "default", "given"),
    [
        (2, 5, 0, 1),
        (2, 5, None, 1),
        (2, None, None, 1),
        (2, 1, 0, 1),
        (2, 0, None, 0),
        (2, None, 0, 0),
        (1, None, 3, 0),
        (None, 5, 0, 5),
        (None, None, 0, 0),
        (None, None, None, None),
    ],
)
def test_iss_19_a_child_gets_less_than_its_parent(parent, wish, default, given):
    profile = replace(ISSUING_CA, path_length=default)
    planned = ca_plan(RequestedContents(path_length=wish), issuer(path_length=parent), profile)
    assert planned.basic_constraints == BasicConstraints(ca=True, path_length=given)


def test_iss_19_a_lowered_wish_is_noted():
    (note,) = ca_plan(RequestedContents(path_length=5), issuer(path_length=2)).notes
    assert "lowered from 5 to 1" in note
    assert ca_plan(RequestedContents(path_length=1), issuer(path_length=2)).notes == ()


def test_a_negative_path_length_is_refused():
    assert ca_refusals(RequestedContents(path_length=-1)) == {("path_length", "path_length.form")}


def test_a_root_gets_the_path_length_it_asks_for():
    planned = plan(root_facts(), RequestedContents(path_length=2), ROOT_CA, root_issuer(), purpose=Purpose.AUTHORITY)
    assert planned.basic_constraints == BasicConstraints(ca=True, path_length=2)
