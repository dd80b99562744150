"""The signer of CMP responses."""

from __future__ import annotations

from datetime import timedelta

from pki_manager.authority.cas.suspend_ca import suspend_ca
from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.cmp.responder import load_responder
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import Conflict
from pki_manager.x509 import parse
from tests.fakes.clock import FrozenClock
from tests.support.factories import ADMIN
from tests.support.memory.events import records, refuses


def test_a_responder_is_issued_on_first_use_and_kept(ctx: Context) -> None:
    ca_id = show_ca(ctx, ADMIN, "Issuing CA").ca.id
    with records(ctx, "certificate.issue_intended", "certificate.issued"):
        responder = load_responder(ctx, ca_id)
    with records(ctx):
        assert load_responder(ctx, ca_id) == responder
    own, issuer = (parse.parse_certificate(one) for one in responder.chain)
    assert (own.issuer_der, own.key.spki_der) == (issuer.subject_der, responder.spki_der)


def test_a_responder_is_renewed_in_the_last_third_of_its_validity(ctx: Context, clock: FrozenClock) -> None:
    ca_id = show_ca(ctx, ADMIN, "Issuing CA").ca.id
    first = load_responder(ctx, ca_id)
    facts = parse.parse_certificate(first.chain[0])
    life = facts.validity.not_after - facts.validity.not_before
    clock.advance(facts.validity.not_after - life / 3 - clock.now())
    assert load_responder(ctx, ca_id) == first
    clock.advance(timedelta(seconds=1))
    renewed = load_responder(ctx, ca_id)
    assert (renewed.spki_der, renewed.chain[0] == first.chain[0]) == (first.spki_der, False)


def test_a_suspended_ca_issues_no_responder(ctx: Context) -> None:
    suspend_ca(ctx, ADMIN, "Issuing CA")
    with refuses(ctx, Conflict, "suspended"):
        load_responder(ctx, show_ca(ctx, ADMIN, "Issuing CA").ca.id)
