"""A root CA signs CA certificates only, whatever the door, unless it was created to issue to end entities."""

from __future__ import annotations

import pytest

from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.scope_request import ScopeRequest
from pki_manager.authority.requests.requests import SubmitRequest, submit_request
from pki_manager.domain.errors import InvalidInput, PolicyRefused
from pki_manager.domain.request import RequestedContents
from pki_manager.domain.rights.actor import EnrollmentProtocol, Role
from pki_manager.x509 import pem
from tests.support.acme_clients import make_client
from tests.support.csrs import make_csr
from tests.support.enrolling import credential
from tests.support.factories import ADMIN, as_role
from tests.support.issuing import actions

MESSAGE = "must be a CA that issues end-entity certificates; root CA 'Root CA' signs CA certificates only"


def ask(ctx: Context, ca: str) -> str:
    return enroll(ctx, ADMIN, Enroll(ca=ca, profile="tls-server", csr=make_csr("www.example.com")))[0].subject


def refusal(refused: PolicyRefused) -> tuple[str, str, str]:
    (error,) = refused.errors
    return error.field, error.rule, error.message.partition(" (")[0]


def create(ctx: Context, name: str, **members: object) -> bool:
    command = CreateCa(name=name, subject=f"CN={name}", key_type="ECDSA-P256", **members)
    return create_ca(ctx, ADMIN, command)[0].ca.end_entity_certificates


def test_a_root_ca_issues_no_end_entity_certificate_and_the_refusal_is_audited(ctx: Context) -> None:
    with pytest.raises(PolicyRefused) as caught:
        ask(ctx, "Root CA")
    assert refusal(caught.value) == ("ca", "ca.end_entity", MESSAGE)
    assert actions(ctx)[0] == "certificate.issue_refused"


def test_a_request_to_a_root_ca_does_not_wait_for_approval(ctx: Context) -> None:
    csr = pem.read(make_csr("www.example.com"), pem.CSR_LABELS, "csr")
    command = SubmitRequest(requested=RequestedContents(), ca="Root CA", profile="tls-server", csr_der=csr)
    with pytest.raises(PolicyRefused) as caught:
        submit_request(ctx, as_role(Role.REQUESTER), command)
    assert refusal(caught.value)[1] == "ca.end_entity"


@pytest.mark.parametrize("protocol", list(EnrollmentProtocol))
def test_no_enrollment_credential_is_for_a_root_ca(ctx: Context, protocol: EnrollmentProtocol) -> None:
    with pytest.raises(InvalidInput) as caught:
        credential(ctx, protocol, ca="Root CA", names=None)
    assert caught.value.errors[0].rule == "ca.end_entity"


def test_an_acme_client_is_refused_before_it_proves_a_name(ctx: Context) -> None:
    client = make_client(ctx, scope=ScopeRequest())
    with pytest.raises(PolicyRefused) as caught:
        client.order("www.example.com", ca="Root CA")
    assert refusal(caught.value) == ("ca", "ca.end_entity", MESSAGE)


def test_a_root_ca_that_was_created_for_it_issues_end_entity_certificates(ctx: Context) -> None:
    assert create(ctx, "Small Root", end_entity_certificates=True)
    assert ask(ctx, "Small Root") == "CN=www.example.com"


def test_by_default_a_root_ca_issues_to_cas_only_and_every_other_ca_to_end_entities(ctx: Context) -> None:
    assert not create(ctx, "Other Root")
    assert create(ctx, "Sub", parent="Root CA")
    assert create(ctx, "Cross", external_parent=True)


def test_a_ca_below_a_root_can_be_limited_to_cas_too(ctx: Context) -> None:
    assert not create(ctx, "Policy CA", parent="Root CA", end_entity_certificates=False)
    with pytest.raises(PolicyRefused) as caught:
        ask(ctx, "Policy CA")
    assert "; CA 'Policy CA' signs CA certificates only" in refusal(caught.value)[2]
