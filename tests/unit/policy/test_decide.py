"""THE decision, end to end."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from pki_manager.domain.ca import CaState
from pki_manager.domain.certificate import CertificateKind, Validity
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput, Unauthenticated
from pki_manager.domain.names import DistinguishedName, NameConstraints
from pki_manager.domain.plan import BasicConstraints, CertificatePlan
from pki_manager.domain.profiles.terms import (
    CLIENT_AUTH,
    OCSP_SIGNING,
    SERVER_AUTH,
    PastIssuerHandling,
    UnlistedHandling,
)
from pki_manager.domain.request import Purpose, RequestedContents, RequestFacts, ValidityRequest
from pki_manager.domain.rights.actor import ANONYMOUS, Role, build_system_actor
from pki_manager.policy.builtin_profiles import (
    BUILTIN_PROFILES,
    ISSUING_CA,
    OCSP_RESPONDER,
    ROOT_CA,
    TLS_CLIENT,
    TLS_SERVER,
)
from tests.unit.policy.cases import (
    DAY,
    ISSUER_SUBJECT,
    NOW,
    URLS,
    actor,
    constraints,
    facts,
    issuer,
    key,
    plan,
    refusals,
    sans,
)

SUB_CA = RequestFacts.of_key(key(), DistinguishedName.of(("CN", "Sub CA")))


def ca_refusals(
    wanted: RequestedContents | None = None, by=None, request=SUB_CA, profile=ISSUING_CA
) -> set[tuple[str, str]]:
    return refusals(request, wanted, profile, by, purpose=Purpose.AUTHORITY)


def test_a_tls_server_plan_says_everything_that_will_be_signed():
    request = facts(DistinguishedName.of(("O", "Example"), ("CN", "www.example.com")))
    assert plan(request) == CertificatePlan(
        ca_id=UUID(int=1),
        profile="tls-server",
        profile_version=1,
        kind=CertificateKind.END_ENTITY,
        subject=request.subject,
        sans=sans("DNS:www.example.com"),
        key_type="ECDSA-P256",
        spki_der=request.key.spki_der,
        validity=ValidityRequest(Duration.parse("P90D")),
        basic_constraints=BasicConstraints(ca=False),
        key_usage=("digitalSignature",),
        extended_key_usage=(SERVER_AUTH,),
        name_constraints=NameConstraints(),
        crl_url=URLS.crl,
        ocsp_url=URLS.ocsp,
        issuer_url=URLS.certificate,
        ocsp_nocheck=False,
        notes=(),
    )


def test_an_ocsp_responder_plan():
    request = RequestFacts.of_key(key(), DistinguishedName.of(("CN", "OCSP of Issuing CA")))
    planned = plan(request, profile=OCSP_RESPONDER, purpose=Purpose.AUTHORITY)
    assert planned.kind is CertificateKind.END_ENTITY
    assert planned.extended_key_usage == (OCSP_SIGNING,)
    assert planned.ocsp_nocheck
    assert (planned.crl_url, planned.ocsp_url) == (None, None)


def test_rsa_keys_of_servers_encipher_and_others_do_not():
    assert plan(facts(key=key("RSA-2048"))).key_usage == ("digitalSignature", "keyEncipherment")
    assert plan(facts(key=key("Ed25519"))).key_usage == ("digitalSignature",)


def test_the_same_request_gives_the_same_plan_bytes():
    assert plan().sha256() == plan().sha256()
    assert plan().sha256() != plan(facts(names=sans("DNS:other.example.com"))).sha256()


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.CA_OPERATOR, Role.REGISTRATION_AUTHORITY])
def test_roles_that_issue_get_a_plan(role):
    assert plan(who=actor(role))


@pytest.mark.parametrize("role", [Role.REQUESTER, Role.AUDITOR, None])
def test_roles_that_do_not_issue_are_forbidden(role):
    with pytest.raises(Forbidden, match="Requires the permission `certificate:issue`"):
        plan(who=actor(role))


def test_nobody_is_not_authenticated():
    with pytest.raises(Unauthenticated, match="This operation requires authentication"):
        plan(who=ANONYMOUS)


def test_the_product_itself_may_issue():
    assert plan(who=build_system_actor("worker"), purpose=Purpose.AUTHORITY)


@pytest.mark.parametrize("profile", [OCSP_RESPONDER, ISSUING_CA, ROOT_CA], ids=lambda p: p.name)
def test_enrolment_makes_end_entities_only(profile):
    assert ("profile", "profile.purpose") in refusals(SUB_CA, profile=profile)


def test_the_authority_may_have_end_entity_certificates_too():
    assert plan(purpose=Purpose.AUTHORITY)


@pytest.mark.parametrize("state", [state for state in CaState if state is not CaState.ACTIVE])
def test_only_an_active_ca_issues(state):
    with pytest.raises(Conflict, match=state):
        plan(by=issuer(state))


def test_a_ca_past_its_end_does_not_issue():
    by = issuer()
    ended = replace(by, ca=replace(by.ca, validity=Validity(NOW - 10 * DAY, NOW - timedelta(seconds=1))))
    with pytest.raises(Conflict, match="expired"):
        plan(by=ended)


def test_a_ca_whose_signing_certificate_has_ended_does_not_issue():
    with pytest.raises(Conflict, match="expired"):
        plan(by=issuer(validity=Validity(NOW - 10 * DAY, NOW - timedelta(seconds=1))))


def test_a_ca_issues_up_to_its_last_second():
    by = issuer(validity=Validity(NOW - 10 * DAY, NOW))
    assert plan(by=by).notes == ("the certificate ends together with its issuer's",)


def test_a_ca_without_a_certificate_does_not_issue():
    with pytest.raises(Conflict, match="no certificate"):
        plan(by=issuer(certificate_der=None))


@pytest.mark.parametrize(
    ("left", "refused"),
    [
        (None, False),
        (frozenset({SERVER_AUTH, CLIENT_AUTH}), False),
        (frozenset({CLIENT_AUTH}), True),
        (frozenset(), True),
    ],
    ids=["no limit", "among others", "another", "nothing"],
)
def test_a_profile_is_for_what_the_extended_key_usages_above_leave(left, refused):
    by = issuer(purposes_left=left)
    if refused:
        assert refusals(by=by) == {("profile", "profile.issuer_eku")}
    else:
        assert plan(by=by).extended_key_usage == (SERVER_AUTH,)


def test_an_ocsp_signer_needs_no_such_purpose_above():
    request = RequestFacts.of_key(key(), DistinguishedName.of(("CN", "OCSP of Issuing CA")))
    assert plan(request, profile=OCSP_RESPONDER, by=issuer(purposes_left=frozenset()), purpose=Purpose.AUTHORITY)


@pytest.mark.parametrize(
    "name", [ISSUER_SUBJECT, DistinguishedName.of(("O", "EXAMPLE"), ("CN", "issuing  ca"))], ids=str
)
def test_nobody_may_be_named_like_the_issuer(name):
    named = facts(name, sans("email:a@example.com"))
    assert refusals(named, profile=TLS_CLIENT) == {("subject", "subject.issuer")}
    assert ca_refusals(request=RequestFacts.of_key(key(), name)) == {("subject", "subject.issuer")}


def test_end_entities_have_no_path_length():
    assert refusals(facts(), RequestedContents(path_length=0)) == {("path_length", "path_length.purpose")}


def test_issuing_to_end_entities_needs_no_path_length():
    assert plan(by=issuer(path_length=0))


KEY_IDS = ("2.5.29.14", "2.5.29.35")


USAGES = ("2.5.29.37",)


@pytest.mark.parametrize("asked", [KEY_IDS, USAGES, ("1.2.3.4",)], ids=str)
def test_iss_17_extensions_beyond_the_profile_are_ignored_with_a_note(asked):
    planned = plan(facts(requested_extensions=asked))
    assert replace(planned, notes=(), ignored_extensions=()) == plan()
    assert planned.ignored_extensions == asked
    assert all(oid in planned.notes[0] for oid in asked)


def test_iss_17_or_refused_where_the_profile_says_so():
    strict = replace(TLS_SERVER, requested_extensions=UnlistedHandling.REFUSE)
    assert refusals(facts(requested_extensions=KEY_IDS), profile=strict) == {("csr", "csr.extensions")}


@pytest.mark.parametrize("unlisted", UnlistedHandling)
def test_a_request_for_alternative_names_is_not_refused(unlisted):
    profile = replace(TLS_SERVER, requested_extensions=unlisted)
    assert plan(facts(requested_extensions=("2.5.29.17",)), profile=profile).notes == ()


@pytest.mark.parametrize(("profile", "usage"), [(TLS_SERVER, SERVER_AUTH), (TLS_CLIENT, CLIENT_AUTH)])
def test_iss_21_the_profiles_extended_key_usage_and_never_none(profile, usage):
    request = facts(requested_extensions=("2.5.29.37", "2.5.29.15", "2.5.29.19"))
    assert plan(request, profile=profile).extended_key_usage == (usage,)


@pytest.mark.parametrize("profile", BUILTIN_PROFILES, ids=lambda p: p.name)
def test_iss_21_no_standing_end_entity_profile_lacks_an_extended_key_usage(profile):
    assert profile.is_ca() or profile.extended_key_usage


def test_a_validity_beyond_the_profile_is_refused_before_anything_is_signed():
    wish = RequestedContents(validity=ValidityRequest(Duration.parse("P399D")))
    assert refusals(facts(), wish) == {("validity", "validity.maximum")}


def test_a_validity_that_cannot_be_meant_is_invalid_input():
    with pytest.raises(InvalidInput, match="validity: cannot be set together with not_after"):
        plan(facts(), RequestedContents(validity=ValidityRequest(Duration(0, 1), not_after=NOW)))


def test_the_plan_keeps_the_wish_and_not_the_dates():
    wish = ValidityRequest(Duration.parse("P30D"))
    assert plan(facts(), RequestedContents(validity=wish)).validity == wish
    assert plan(now=NOW + DAY) == plan()


def test_an_end_past_the_issuers_is_noted_or_refused():
    ending = issuer(validity=Validity(NOW - DAY, NOW + 10 * DAY))
    assert plan(by=ending).notes == ("the certificate ends together with its issuer's",)
    strict = replace(TLS_SERVER, validity=replace(TLS_SERVER.validity, past_issuer=PastIssuerHandling.REFUSE))
    assert refusals(profile=strict, by=ending) == {("validity", "validity.issuer")}


def test_every_reason_is_told_at_once():
    spoiled = facts(
        DistinguishedName.of(("title", "Dr"), ("CN", "evil\u202e.test")),
        sans("DNS:10.0.0.1", "DNS:www.evil.test", "email:a@b.test"),
        key=key("RSA-2048", rsa_exponent=3),
        signature_hash="md5",
        other_names=("x400Address",),
    )
    wanted = RequestedContents(
        path_length=1,
        name_constraints=constraints(("DNS:example.com",)),
        validity=ValidityRequest(Duration(240, 0)),
    )
    by = issuer(ancestors_constraints=(constraints(("DNS:example.com",)),))
    assert refusals(spoiled, wanted, by=by) == {
        ("csr", "csr.signature_hash"),
        ("key", "key.exponent"),
        ("name_constraints", "name_constraints.purpose"),
        ("path_length", "path_length.purpose"),
        ("sans", "name_constraints.permitted"),
        ("sans", "san.dns.address"),
        ("sans", "san.kind"),
        ("subject", "subject.attribute"),
        ("subject", "subject.characters"),
        ("subject", "subject.common_name"),
        ("validity", "validity.maximum"),
    }
