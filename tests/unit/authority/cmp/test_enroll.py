"""Certificate requests by CMP, up to the confirmation of the certificate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.certificates.queries import show_certificate
from pki_manager.authority.cmp.enroll import build_application, confirm, poll, request, update_of
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.requests.approvals import reject
from pki_manager.authority.requests.requests import get_approval_id
from pki_manager.domain.errors import Conflict, InvalidInput
from pki_manager.domain.protocols.cmp import CmpState
from pki_manager.domain.rights.actor import EnrollmentProtocol, Role
from pki_manager.x509.cmp import bodies
from pki_manager.x509.cmp.template import TemplateRequest
from tests.support import cmp_messages as cmp
from tests.support.cmp_enrolling import NEW, NONCE, begin, get_issued, make_application, template_request
from tests.support.enrolling import client_of, credential
from tests.support.factories import ADMIN
from tests.support.memory.events import records, refuses

CMP = EnrollmentProtocol.CMP


def confirmed(certificate: bytes, status: int = 0) -> bodies.Confirmation | None:
    return bodies.read_confirmation(cmp.confirmation(certificate, status=status))


def test_an_application_has_the_names_and_the_proven_key_of_the_template(ctx: Context) -> None:
    ca_id = show_ca(ctx, ADMIN, "Issuing CA").ca.id
    wanted = template_request()
    built = build_application(wanted, ca_id, "tls-server")
    assert (built.ca, built.profile, built.spki_der) == (str(ca_id), "tls-server", wanted.template.spki_der)
    assert (built.requested.subject, built.requested.sans) == (wanted.template.subject, wanted.template.sans)
    with refuses(ctx, InvalidInput, "cmp.pop"):
        build_application(replace(wanted, proof=None), ca_id, "tls-server")


def test_a_request_is_issued_and_confirmed_once(ctx: Context) -> None:
    client = client_of(ctx, credential(ctx, CMP))
    progress = request(ctx, client, NEW, make_application(ctx))
    issued = get_issued(progress)
    assert (progress.transaction.state, progress.transaction.nonce) == (CmpState.DELIVERED, NONCE)
    with refuses(ctx, Conflict, "cmp.transaction_in_use"):
        request(ctx, client, NEW, make_application(ctx))
    with records(ctx, "certificate.acknowledged"):
        confirm(ctx, client, progress.transaction, confirmed(issued.der))
    with ctx.ports.storage.read() as reader:
        ended = reader.cmp.find(client.actor.id, NEW.transaction_id)
    assert ended is not None
    with refuses(ctx, Conflict, "cmp.confirmed"):
        confirm(ctx, client, ended, confirmed(issued.der))
    assert show_certificate(ctx, ADMIN, issued.id).revocation is None


@pytest.mark.parametrize("is_empty", [True, False])
def test_a_certificate_that_the_client_rejects_is_revoked(ctx: Context, is_empty: bool) -> None:
    client = client_of(ctx, credential(ctx, CMP))
    progress = begin(ctx, client)
    issued = get_issued(progress)
    rejection = None if is_empty else confirmed(issued.der, status=2)
    with records(ctx, "certificate.acknowledged", "certificate.revoked"):
        confirm(ctx, client, progress.transaction, rejection)
    assert show_certificate(ctx, ADMIN, issued.id).revocation is not None


def test_a_confirmation_of_another_certificate_revokes_the_issued_one(ctx: Context) -> None:
    client = client_of(ctx, credential(ctx, CMP))
    progress = begin(ctx, client)
    with (
        records(ctx, "certificate.acknowledged", "certificate.revoked"),
        pytest.raises(InvalidInput, match="is not that of the issued certificate"),
    ):
        confirm(ctx, client, progress.transaction, confirmed(b"another certificate"))


def test_a_request_that_waits_is_polled_until_it_is_rejected(ctx: Context) -> None:
    client = client_of(ctx, credential(ctx, CMP, role=Role.REQUESTER))
    waiting = begin(ctx, client)
    assert (waiting.certificate, waiting.transaction.state) == (None, CmpState.PENDING)
    again = poll(ctx, waiting.transaction, b"next nonce")
    assert (again.certificate, again.transaction.nonce) == (None, b"next nonce")
    assert again.check_after == waiting.check_after > 0
    approver = replace(ADMIN, id="local:approver")
    approval = get_approval_id(ctx, approver, again.transaction.enrollment_id)
    reject(ctx, approver, approval, "unknown device")
    with pytest.raises(Conflict, match="is rejected: unknown device"):
        poll(ctx, again.transaction, NONCE)


def test_a_delivered_certificate_is_not_polled(ctx: Context) -> None:
    progress = begin(ctx, client_of(ctx, credential(ctx, CMP)))
    with refuses(ctx, Conflict, "cmp.confirmed"):
        poll(ctx, progress.transaction, NONCE)


def test_a_key_update_keeps_the_names_and_takes_the_new_key(ctx: Context) -> None:
    client = client_of(ctx, credential(ctx, CMP))
    old = get_issued(begin(ctx, client))
    wanted = template_request()
    update = update_of(wanted, old)
    assert (update.renews, update.spki_der, update.profile) == (old.id, wanted.template.spki_der, old.profile)
    new = get_issued(request(ctx, client, replace(NEW, transaction_id=b"transaction 2"), update))
    assert (new.renews, new.subject) == (old.id, old.subject)


def for_another_certificate() -> TemplateRequest:
    return template_request(controls=cmp.old_certificate(cmp.name("CA"), 4711))


@pytest.mark.parametrize(
    ("wanted", "rule"),
    [
        (template_request("dev2.example.com"), "cmp.template"),
        (template_request(sans=("dev2.example.com",)), "cmp.template"),
        (for_another_certificate(), "cmp.old_certificate"),
    ],
    ids=["other subject", "other SAN", "other certificate"],
)
def test_a_key_update_is_for_the_same_names_and_the_certificate_of_the_signer(
    ctx: Context, wanted: TemplateRequest, rule: str
) -> None:
    old = get_issued(begin(ctx, client_of(ctx, credential(ctx, CMP))))
    with refuses(ctx, InvalidInput, rule):
        update_of(wanted, old)
