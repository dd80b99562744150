"""Certificates on hold."""

from __future__ import annotations

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.hold import hold, release
from pki_manager.domain.certificate import CertificateState
from pki_manager.domain.errors import Conflict, Forbidden
from pki_manager.policy.access import Permission
from tests.fakes.clock import FrozenClock
from tests.support.factories import ADMIN
from tests.support.issuing import issue_one
from tests.support.memory.events import POWERLESS, records, refuses


def test_a_hold_lasts_until_the_release(ctx: Context, clock: FrozenClock) -> None:
    issued = issue_one(ctx)
    with records(ctx, "certificate.held"):
        held, _ = hold(ctx, ADMIN, issued.id)
    assert held.state(clock.now()) is CertificateState.HELD
    with refuses(ctx, Conflict, "already held"):
        hold(ctx, ADMIN, issued.id)
    with records(ctx, "certificate.released"):
        released, _ = release(ctx, ADMIN, issued.id)
    assert released.state(clock.now()) is CertificateState.VALID
    with refuses(ctx, Conflict, "hold"):
        release(ctx, ADMIN, issued.id)


def test_hold_and_release_need_their_permissions(ctx: Context) -> None:
    issued = issue_one(ctx)
    with refuses(ctx, Forbidden, Permission.CERTIFICATE_REVOKE):
        hold(ctx, POWERLESS, issued.id)
    hold(ctx, ADMIN, issued.id)
    with refuses(ctx, Forbidden, Permission.CERTIFICATE_RELEASE):
        release(ctx, POWERLESS, issued.id)
