"""CRLs as they are published, listed, and shown."""

from __future__ import annotations

from datetime import timedelta

from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.crls import get_current_crl, list_crls, show_crl
from pki_manager.authority.status.publish_crl import publish_all_changes, publish_changes, publish_due, publish_now
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.errors import Forbidden, NotFound
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.policy.access import Permission
from pki_manager.x509.crl import read_crl_facts
from tests.fakes.clock import FrozenClock
from tests.support.factories import ADMIN
from tests.support.issuing import issue_one
from tests.support.memory.events import POWERLESS, records, refuses

WORKER = build_system_actor("worker")


def test_a_crl_is_published_on_demand_and_shown(ctx: Context) -> None:
    with refuses(ctx, NotFound, "CRL"):
        get_current_crl(ctx, ADMIN, "Issuing CA")
    with records(ctx, "crl.intended", "crl.published"):
        first, _ = publish_now(ctx, ADMIN, "Issuing CA")
    second, _ = publish_now(ctx, ADMIN, "Issuing CA")
    assert second.number == first.number + 1
    assert get_current_crl(ctx, ADMIN, "Issuing CA") == second
    assert [record.id for record in list_crls(ctx, ADMIN, "Issuing CA", None, 10).items] == [second.id, first.id]
    assert show_crl(ctx, ADMIN, first.id) == first


def test_a_crl_after_a_revocation_lists_it(ctx: Context) -> None:
    issued = issue_one(ctx)
    publish_now(ctx, ADMIN, "Issuing CA")
    revoke(ctx, ADMIN, issued.id, RevocationReason.SUPERSEDED)
    with records(ctx, "crl.intended", "crl.published"):
        publish_changes(ctx, WORKER, issued.issuer_key_id)
    assert issued.serial in read_crl_facts(get_current_crl(ctx, ADMIN, "Issuing CA").der).serials
    with records(ctx, "crl.intended", "crl.published"):
        publish_all_changes(ctx, WORKER, issued.issuer_key_id)


def test_every_key_has_a_crl_that_is_younger_than_its_interval(ctx: Context, clock: FrozenClock) -> None:
    assert publish_due(ctx, WORKER) == 2
    with records(ctx):
        assert publish_due(ctx, WORKER) == 0
    clock.advance(ctx.config.crl_interval + timedelta(seconds=1))
    assert publish_due(ctx, WORKER) == 2
    assert show_ca(ctx, ADMIN, "Root CA").ca.name == "Root CA"


def test_crls_need_their_permissions(ctx: Context) -> None:
    with refuses(ctx, Forbidden, Permission.CRL_PUBLISH):
        publish_now(ctx, POWERLESS, "Issuing CA")
    record, _ = publish_now(ctx, ADMIN, "Issuing CA")
    for read in (
        lambda: list_crls(ctx, POWERLESS, "Issuing CA", None, 10),
        lambda: show_crl(ctx, POWERLESS, record.id),
        lambda: get_current_crl(ctx, POWERLESS, "Issuing CA"),
    ):
        with refuses(ctx, Forbidden, Permission.CRL_READ):
            read()
