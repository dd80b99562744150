"""Certificates: issued, renewed, rekeyed, listed, and deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pki_manager.authority.certificates.delete import delete
from pki_manager.authority.certificates.enroll import enroll
from pki_manager.authority.certificates.enroll_with_key import EnrollWithKey, enroll_with_key
from pki_manager.authority.certificates.generated_keys import KeyOrder
from pki_manager.authority.certificates.queries import (
    CertificateQuery,
    find_certificate_id,
    get_certificate_chain,
    get_certificate_chains,
    list_certificates,
    show_certificate,
)
from pki_manager.authority.certificates.reconcile import reconcile_overdue
from pki_manager.authority.certificates.rekey import Rekey, rekey
from pki_manager.authority.certificates.renew import renew
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import Conflict, Forbidden, NotFound, PolicyRefused
from pki_manager.domain.request import ValidityRequest
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Claim
from tests.fakes.clock import FrozenClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN
from tests.support.issuing import REQUEST, issue_one
from tests.support.memory.events import POWERLESS, records, refuses

ISSUED = ("certificate.issue_intended", "certificate.issued")
KEY = KeyOrder(key_type="ECDSA-P256", passphrase="correct horse battery staple")


def test_a_certificate_is_issued_once_for_one_idempotency_key(ctx: Context) -> None:
    claim = Claim("issueCertificate", "k", b"body")
    with records(ctx, *ISSUED):
        issued, replayed = enroll(ctx, ADMIN, REQUEST, claim)
        again, was_replayed = enroll(ctx, ADMIN, REQUEST, claim)
    assert (again, replayed, was_replayed) == (issued, False, True)
    assert show_certificate(ctx, ADMIN, issued.id) == issued


def test_an_unknown_ca_or_profile_is_not_found(ctx: Context) -> None:
    with refuses(ctx, NotFound, "Other CA"):
        enroll(ctx, ADMIN, replace(REQUEST, ca="Other CA"))
    with refuses(ctx, NotFound, "other"):
        enroll(ctx, ADMIN, replace(REQUEST, profile="other"))


def test_a_refusal_of_policy_is_recorded(ctx: Context) -> None:
    with records(ctx, "certificate.issue_refused"), pytest.raises(PolicyRefused) as refused:
        enroll(ctx, ADMIN, replace(REQUEST, csr=make_csr("a", sans=("a..example",))))
    assert refused.value.errors


def test_a_key_is_generated_with_the_certificate(ctx: Context) -> None:
    command = EnrollWithKey(ca="Issuing CA", profile="tls-server", key=KEY, sans=("DNS:www.example.com",))
    with records(ctx, *ISSUED):
        keyed, _ = enroll_with_key(ctx, ADMIN, command)
    assert keyed.key_file is not None
    with refuses(ctx, Forbidden, Permission.CERTIFICATE_ISSUE):
        enroll_with_key(ctx, POWERLESS, command)


def test_a_renewal_keeps_the_key_and_a_rekey_does_not(ctx: Context, clock: FrozenClock) -> None:
    issued = issue_one(ctx)
    clock.advance(timedelta(days=1))
    with records(ctx, *ISSUED):
        renewed, _ = renew(ctx, ADMIN, issued.id, ValidityRequest())
    assert (renewed.spki_sha256, renewed.renews) == (issued.spki_sha256, issued.id)
    assert renewed.validity.not_before > issued.validity.not_before
    with records(ctx, *ISSUED):
        keyed, _ = rekey(ctx, ADMIN, issued.id, Rekey(key=make_csr("www.example.com")))
    assert keyed.certificate.spki_sha256 != issued.spki_sha256
    assert keyed.key_file is None
    for attempt in (
        lambda: renew(ctx, POWERLESS, issued.id, ValidityRequest()),
        lambda: rekey(ctx, POWERLESS, issued.id, Rekey(key=make_csr("www.example.com"))),
    ):
        with refuses(ctx, Forbidden, Permission.CERTIFICATE_ISSUE):
            attempt()


def test_certificates_are_found_by_ca_and_serial_number(ctx: Context) -> None:
    issued = issue_one(ctx)
    where = CertificateQuery(ca="Issuing CA", profile="tls-server")
    assert list_certificates(ctx, ADMIN, where, None, 10).items == (issued,)
    assert find_certificate_id(ctx, ADMIN, f"{issued.serial:x}") == issued.id
    with refuses(ctx, NotFound, "Other CA"):
        list_certificates(ctx, ADMIN, CertificateQuery(ca="Other CA"), None, 10)
    with refuses(ctx, NotFound, "not found"):
        show_certificate(ctx, ADMIN, ctx.new_id())


def test_a_chain_leads_from_the_certificate_to_the_root(ctx: Context) -> None:
    issued = issue_one(ctx)
    chain = get_certificate_chain(ctx, ADMIN, issued.id)
    assert [one.subject for one in chain[1:]] == ["CN=Issuing CA", "CN=Root CA"]
    assert tuple(get_certificate_chains(ctx, ADMIN, issued.id).usual) == chain


def test_only_an_expired_certificate_is_deleted(ctx: Context, clock: FrozenClock) -> None:
    issued = issue_one(ctx)
    with refuses(ctx, Conflict, "expired"):
        delete(ctx, ADMIN, issued.id)
    clock.set(issued.validity.not_after + timedelta(seconds=1))
    with refuses(ctx, Forbidden, Permission.CERTIFICATE_DELETE):
        delete(ctx, POWERLESS, issued.id)
    with records(ctx, "certificate.deleted"):
        delete(ctx, ADMIN, issued.id)
    with refuses(ctx, NotFound, "not found"):
        show_certificate(ctx, ADMIN, issued.id)


def test_without_overdue_intents_nothing_is_settled(ctx: Context) -> None:
    with records(ctx):
        assert reconcile_overdue(ctx, build_system_actor("worker")) == 0
