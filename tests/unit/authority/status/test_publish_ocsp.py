"""OCSP responses, their signers, and the files of a CA in the published store."""

from __future__ import annotations

from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.ocsp_signer import ensure, ensure_all
from pki_manager.authority.status.publish_ca import publish_ca
from pki_manager.authority.status.publish_ocsp import list_due_keys, publish_statuses, refresh_some
from pki_manager.authority.status.published_status import get_published_status
from pki_manager.domain.certificate import CertificateKind
from pki_manager.domain.errors import Forbidden, NotFound
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.policy.access import Permission
from tests.support.factories import ADMIN
from tests.support.issuing import issue_one
from tests.support.memory.events import POWERLESS, records, refuses

WORKER = build_system_actor("worker")


def test_a_signer_is_issued_once_for_each_key_that_can_issue(ctx: Context) -> None:
    key = show_ca(ctx, ADMIN, "Issuing CA").keys[0].key
    ensure_all(ctx)
    with records(ctx):
        signer = ensure(ctx, key.id)
    assert (signer.kind, signer.issuer_key_id) == (CertificateKind.END_ENTITY, key.id)


def test_the_status_of_a_certificate_is_published(ctx: Context) -> None:
    issued = issue_one(ctx)
    ensure_all(ctx)
    publish_ca(ctx, issued.issuer_key_id)
    assert publish_statuses(ctx, WORKER, issued.issuer_key_id, [issued.serial]) >= 1
    ocsp = ctx.ports.published.find_response(issued.issuer_key_id, issued.serial, "sha256")
    assert ocsp is not None
    assert get_published_status(ctx, ADMIN, issued.id).time == ctx.ports.clock.now()
    with refuses(ctx, NotFound, "not found"):
        get_published_status(ctx, ADMIN, ctx.new_id())
    with refuses(ctx, Forbidden, Permission.CERTIFICATE_READ):
        get_published_status(ctx, POWERLESS, issued.id)


def test_a_round_signs_the_responses_of_a_key_again(ctx: Context) -> None:
    issued = issue_one(ctx)
    ensure_all(ctx)
    key = next(key for key in list_due_keys(ctx) if key.id == issued.issuer_key_id)
    signed = refresh_some(ctx, WORKER, key)
    while signed is not None:
        signed = refresh_some(ctx, WORKER, key)
    assert issued.issuer_key_id not in {key.id for key in list_due_keys(ctx)}


def test_the_certificate_of_a_ca_is_published(ctx: Context) -> None:
    key = show_ca(ctx, ADMIN, "Issuing CA").keys[0]
    publish_ca(ctx, key.key.id)
    assert {issuer.issuer_key_id for issuer in ctx.ports.published.list_issuers()} == {key.key.id}
