"""CAs suspended, resumed, retired, revoked: who issues when, and what goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509

from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.cas.retire_ca import retire_ca
from pki_manager.authority.cas.revoke_ca import revoke_ca
from pki_manager.authority.cas.suspend_ca import resume_ca, suspend_ca
from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.renew import renew
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status import ocsp_signer
from pki_manager.authority.status.publish_crl import publish
from pki_manager.authority.status.revoke import RevocationDetails, revoke
from pki_manager.domain.ca import CaState
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import Conflict, Forbidden, NotFound
from pki_manager.domain.request import ValidityRequest
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Role
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.ports.unit_of_work import Claim
from tests.fakes.clock import FrozenClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, as_role

WHY = RevocationDetails(RevocationReason.CA_COMPROMISE)


def issue(ctx: Context, ca: str = "Issuing CA") -> Certificate:
    return enroll(ctx, ADMIN, Enroll(ca=ca, profile="tls-server", csr=make_csr("www.example.com")))[0]


def crl_serials(ctx: Context, ca: str) -> set[int]:
    key = show_ca(ctx, ADMIN, ca).keys[0].key
    return {entry.serial_number for entry in x509.load_der_x509_crl(publish(ctx, ADMIN, key.id).der)}


def actions(ctx: Context) -> list[str]:
    with ctx.ports.storage.read() as reader:
        page = reader.audit.page(AuditFilter(), None, 5)
    return [event.body.decode().split('"action":"')[1].split('"')[0] for event in page.items]


def test_a_suspended_ca_issues_nothing_until_it_is_resumed(ctx: Context) -> None:
    before = issue(ctx)
    view, _ = suspend_ca(ctx, ADMIN, "Issuing CA")
    assert view.state is CaState.SUSPENDED
    assert actions(ctx)[0] == "ca.suspended"
    with pytest.raises(Conflict, match="suspended"):
        issue(ctx)
    with pytest.raises(Conflict, match="suspended"):
        renew(ctx, ADMIN, before.id, ValidityRequest())
    with pytest.raises(Conflict, match="suspended"):
        suspend_ca(ctx, ADMIN, "Issuing CA")
    view, _ = resume_ca(ctx, ADMIN, "Issuing CA")
    assert view.state is CaState.ACTIVE
    assert actions(ctx)[0] == "ca.resumed"
    assert issue(ctx).ca_id == view.ca.id
    with pytest.raises(Conflict, match="cannot be resumed"):
        resume_ca(ctx, ADMIN, "Issuing CA")


def test_the_status_services_of_a_suspended_ca_go_on(ctx: Context, clock: FrozenClock) -> None:
    one = issue(ctx)
    key = show_ca(ctx, ADMIN, "Issuing CA").keys[0].key
    first = ocsp_signer.ensure(ctx, key.id)
    suspend_ca(ctx, ADMIN, "Issuing CA")
    revoke(ctx, ADMIN, one.id, RevocationReason.SUPERSEDED)
    assert one.serial in crl_serials(ctx, "Issuing CA")
    clock.advance(timedelta(days=25))
    assert ocsp_signer.ensure(ctx, key.id).id != first.id
    ocsp_signer.load(ctx, key.id)


def test_a_retired_ca_never_issues_again(ctx: Context) -> None:
    one = issue(ctx)
    view, _ = retire_ca(ctx, ADMIN, "Issuing CA")
    assert view.state is CaState.RETIRED
    assert actions(ctx)[0] == "ca.retired"
    with pytest.raises(Conflict, match="retired"):
        issue(ctx)
    for verb in (retire_ca, suspend_ca, resume_ca):
        with pytest.raises(Conflict, match="retired"):
            verb(ctx, ADMIN, "Issuing CA")
    revoke(ctx, ADMIN, one.id, RevocationReason.SUPERSEDED)
    assert one.serial in crl_serials(ctx, "Issuing CA")


def test_rev_21_a_revoked_ca_is_on_its_parents_crl_and_issues_nothing(ctx: Context) -> None:
    own = show_ca(ctx, ADMIN, "Issuing CA").keys[0].certificates[0]
    view, _ = revoke_ca(ctx, ADMIN, "Issuing CA", WHY)
    assert view.state is CaState.REVOKED
    assert actions(ctx)[:2] == ["ca.revoked", "certificate.revoked"]
    assert own.serial in crl_serials(ctx, "Root CA")
    assert own.serial not in crl_serials(ctx, "Issuing CA")
    with pytest.raises(Conflict, match="revoked"):
        issue(ctx)
    with pytest.raises(Conflict, match="already revoked"):
        revoke_ca(ctx, ADMIN, "Issuing CA", WHY)
    for verb in (suspend_ca, resume_ca, retire_ca):
        with pytest.raises(Conflict, match="revoked"):
            verb(ctx, ADMIN, "Issuing CA")


def test_rev_21_nothing_is_issued_below_a_revoked_ca(ctx: Context) -> None:
    above = CreateCa(name="Policy", subject="CN=Policy", key_type="ECDSA-P256", parent="Root CA", path_length=1)
    create_ca(ctx, ADMIN, above)
    create_ca(ctx, ADMIN, CreateCa(name="Below", subject="CN=Below", key_type="ECDSA-P256", parent="Policy"))
    issue(ctx, "Below")
    revoke_ca(ctx, ADMIN, "Policy", WHY)
    assert show_ca(ctx, ADMIN, "Below").state is CaState.SUSPENDED
    assert show_ca(ctx, ADMIN, "Issuing CA").state is CaState.ACTIVE
    with pytest.raises(Conflict, match="suspended"):
        issue(ctx, "Below")
    with pytest.raises(Conflict, match="The parent CA 'Policy' is revoked"):
        resume_ca(ctx, ADMIN, "Below")


def test_a_root_does_not_revoke_itself(ctx: Context) -> None:
    with pytest.raises(Conflict, match="root"):
        revoke_ca(ctx, ADMIN, "Root CA", WHY)
    assert show_ca(ctx, ADMIN, "Root CA").state is CaState.ACTIVE


def test_a_ca_whose_certificate_has_ended_is_expired_whatever_else(ctx: Context, clock: FrozenClock) -> None:
    end = show_ca(ctx, ADMIN, "Issuing CA").keys[0].certificates[0].validity.not_after
    clock.set(end + timedelta(seconds=1))
    assert show_ca(ctx, ADMIN, "Issuing CA").state is CaState.EXPIRED
    for verb in (suspend_ca, resume_ca, retire_ca):
        with pytest.raises(Conflict, match="expired"):
            verb(ctx, ADMIN, "Issuing CA")
    with pytest.raises(Conflict, match="cannot be revoked"):
        revoke_ca(ctx, ADMIN, "Issuing CA", WHY)


def test_the_verbs_happen_once_a_key_and_ask_for_the_right(ctx: Context) -> None:
    for verb, name in ((suspend_ca, "suspend"), (resume_ca, "resume")):
        claim = Claim(name, "once", b"body")
        first, _ = verb(ctx, ADMIN, "Issuing CA", claim)
        again, replayed = verb(ctx, ADMIN, "Issuing CA", claim)
        assert (again.state, replayed) == (first.state, True)
    operator = as_role(Role.REGISTRATION_AUTHORITY)
    for verb in (suspend_ca, resume_ca, retire_ca):
        with pytest.raises(Forbidden, match="Requires the permission `ca:control`"):
            verb(ctx, operator, "Issuing CA")
        with pytest.raises(NotFound, match=r"CA .* not found"):
            verb(ctx, ADMIN, "Nobody")
    with pytest.raises(Forbidden, match="Requires the permission `ca:revoke`"):
        revoke_ca(ctx, operator, "Issuing CA", WHY)
