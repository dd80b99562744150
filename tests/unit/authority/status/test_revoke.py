"""Revocation of one certificate, and of all certificates of a key."""

from __future__ import annotations

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.revoke import RevocationDetails, revoke, revoke_by_key
from pki_manager.domain.certificate import CertificateState
from pki_manager.domain.errors import Conflict, Forbidden, NotFound
from pki_manager.domain.revocation import RevocationReason
from pki_manager.policy.access import Permission
from tests.fakes.clock import FrozenClock
from tests.support.factories import ADMIN
from tests.support.issuing import issue_one
from tests.support.memory.events import POWERLESS, records, refuses

SUPERSEDED = RevocationReason.SUPERSEDED


def test_a_revoked_certificate_says_when_and_why(ctx: Context, clock: FrozenClock) -> None:
    issued = issue_one(ctx)
    with records(ctx, "certificate.revoked"):
        revoked, replayed = revoke(ctx, ADMIN, issued.id, SUPERSEDED)
    assert revoked.state(clock.now()) is CertificateState.REVOKED
    assert revoked.revocation is not None
    assert (revoked.revocation.reason, revoked.revocation.time, replayed) == (SUPERSEDED, clock.now(), False)


def test_a_certificate_is_revoked_once(ctx: Context) -> None:
    issued = issue_one(ctx)
    revoke(ctx, ADMIN, issued.id, SUPERSEDED)
    with refuses(ctx, Conflict, "revoked"):
        revoke(ctx, ADMIN, issued.id, SUPERSEDED)
    with refuses(ctx, NotFound, "not found"):
        revoke(ctx, ADMIN, ctx.new_id(), SUPERSEDED)


def test_a_key_takes_its_certificates_with_it(ctx: Context, clock: FrozenClock) -> None:
    issued = issue_one(ctx)
    why = RevocationDetails(RevocationReason.KEY_COMPROMISE)
    revoked, _ = revoke_by_key(ctx, ADMIN, issued.spki_sha256, why)
    assert [(one.id, one.state(clock.now())) for one in revoked] == [(issued.id, CertificateState.REVOKED)]
    with refuses(ctx, NotFound, "no unexpired certificate"):
        revoke_by_key(ctx, ADMIN, bytes(32), why)


def test_revocation_needs_its_permission(ctx: Context) -> None:
    issued = issue_one(ctx)
    with refuses(ctx, Forbidden, Permission.CERTIFICATE_REVOKE):
        revoke(ctx, POWERLESS, issued.id, SUPERSEDED)
    with refuses(ctx, Forbidden, Permission.CERTIFICATE_REVOKE):
        revoke_by_key(ctx, POWERLESS, issued.spki_sha256, RevocationDetails(SUPERSEDED))
