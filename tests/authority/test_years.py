"""Years of an installation's life, from its first day past the end of its issuing CA, by the duties of the schedule."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from pki_manager.authority.cas import rotate_ca
from pki_manager.authority.cas.revoke_ca import revoke_ca
from pki_manager.authority.cas.views import CaView, show_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status import ocsp_signer, publish_crl, publish_ocsp
from pki_manager.authority.status.revoke import RevocationDetails, revoke
from pki_manager.domain.ca import CaState, KeyState
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.x509 import crl
from tests.fakes.clock import FrozenClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN

WORKER = build_system_actor("worker")
STEP = timedelta(days=30)


def do_duties(ctx: Context) -> None:
    """None may fail, whatever has expired: a duty that always fails hides the one that fails for a reason."""
    rotate_ca.advance_all(ctx, WORKER)
    rotate_ca.retire_all_drained(ctx, WORKER)
    publish_crl.publish_due(ctx, WORKER)
    ocsp_signer.ensure_all(ctx)
    publish_ocsp.refresh(ctx, WORKER)


def until(clock: FrozenClock, end: datetime) -> Iterator[datetime]:
    while clock.now() + STEP < end:
        clock.advance(STEP)
        yield clock.now()


def view(ctx: Context) -> CaView:
    return show_ca(ctx, ADMIN, "Issuing CA")


def check_answers(ctx: Context, now: datetime) -> None:
    """CRL and OCSP signer of every key that serves are in force, and the new certificate has its answer ready."""
    for key in (one.key for one in view(ctx).keys if one.key.state in (KeyState.CURRENT, KeyState.DRAINING)):
        found = ctx.ports.published.find_object(f"/crl/{key.ca_id}/k{key.number}.crl")
        assert found is not None
        facts = crl.read_crl_facts(found.body)
        assert facts.next_update is not None
        assert facts.this_update <= now < facts.next_update
        assert ocsp_signer.load(ctx, key.id).not_after > now + STEP / 3


def test_ops_12_an_installation_lives_through_the_years_and_its_cas_through_their_keys(
    ctx: Context, clock: FrozenClock
) -> None:
    do_duties(ctx)
    first = view(ctx).ca.validity
    assert first is not None
    for now in until(clock, first.not_after - timedelta(days=400)):
        do_duties(ctx)
        check_answers(ctx, now)
    rotate_ca.rotate_ca(ctx, ADMIN, rotate_ca.RotateCa(ca="Issuing CA"))
    for now in until(clock, first.not_after + timedelta(days=200)):
        do_duties(ctx)
        leaf, _ = enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("a.example.com")))
        revoke(ctx, ADMIN, leaf.id, RevocationReason.SUPERSEDED)
        do_duties(ctx)
        check_answers(ctx, now)
    assert view(ctx).state is CaState.ACTIVE
    assert [one.key.state for one in view(ctx).keys] == [KeyState.CURRENT, KeyState.RETIRED]


def test_ops_12_what_has_expired_makes_no_duty_fail(ctx: Context, clock: FrozenClock) -> None:
    enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("a.example.com")))
    do_duties(ctx)
    for name in ("Issuing CA", "Root CA"):
        validity = show_ca(ctx, ADMIN, name).ca.validity
        assert validity is not None
        for before_the_end in (timedelta(days=5), timedelta(hours=1), timedelta(seconds=2), timedelta(0), -STEP):
            clock.set(validity.not_after - before_the_end)
            do_duties(ctx)
            do_duties(ctx)
        assert show_ca(ctx, ADMIN, name).state is CaState.EXPIRED


def test_ops_12_a_revoked_ca_answers_until_its_signer_has_expired_and_makes_no_duty_fail(
    ctx: Context, clock: FrozenClock
) -> None:
    leaf, _ = enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("a.example.com")))
    do_duties(ctx)
    key = view(ctx).keys[0].key
    end = ocsp_signer.load(ctx, key.id).not_after
    revoke_ca(ctx, ADMIN, "Issuing CA", RevocationDetails(RevocationReason.CESSATION_OF_OPERATION))
    for moment in (end - timedelta(days=1), end, end + timedelta(days=1)):
        clock.set(moment)
        do_duties(ctx)
        answer = ctx.ports.published.find_response(key.id, leaf.serial, "sha1")
        assert (answer is not None and answer.next_update > moment) is (moment < end)
