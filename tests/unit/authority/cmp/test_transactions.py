"""CMP transactions between two messages, and certificates that are not confirmed in time."""

from __future__ import annotations

from datetime import timedelta

from pki_manager.authority.certificates.queries import show_certificate
from pki_manager.authority.cmp.transactions import COLLECT_WAIT, CONFIRM_WAIT, find_transaction, revoke_overdue
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import Conflict, InvalidInput
from pki_manager.domain.protocols.cmp import CmpState
from pki_manager.domain.rights.actor import EnrollmentProtocol, Role, build_system_actor
from tests.fakes.clock import FrozenClock
from tests.support.cmp_enrolling import NEW, NONCE, begin, get_issued
from tests.support.enrolling import client_of, credential
from tests.support.factories import ADMIN
from tests.support.memory.events import records, refuses

CMP = EnrollmentProtocol.CMP
WORKER = build_system_actor("worker")


def test_a_message_continues_the_transaction_of_its_client(ctx: Context) -> None:
    client, other = client_of(ctx, credential(ctx, CMP)), client_of(ctx, credential(ctx, CMP))
    begun = begin(ctx, client).transaction
    for number in (None, NEW.request_number):
        assert find_transaction(ctx, client.actor, NEW.transaction_id, number, NONCE) == begun
    for actor, transaction_id, number in (
        (other.actor, NEW.transaction_id, None),
        (client.actor, b"another transaction", None),
        (client.actor, NEW.transaction_id, 7),
    ):
        with refuses(ctx, Conflict, "cmp.transaction_unknown"):
            find_transaction(ctx, actor, transaction_id, number, NONCE)
    with refuses(ctx, InvalidInput, "cmp.recipient_nonce"):
        find_transaction(ctx, client.actor, NEW.transaction_id, None, b"another nonce")


def test_a_certificate_is_revoked_when_the_time_to_confirm_it_is_over(ctx: Context, clock: FrozenClock) -> None:
    issued = get_issued(begin(ctx, client_of(ctx, credential(ctx, CMP))))
    clock.advance(CONFIRM_WAIT - timedelta(seconds=1))
    with records(ctx):
        revoke_overdue(ctx, WORKER)
    clock.advance(timedelta(seconds=1))
    with records(ctx, "certificate.revoked"):
        revoke_overdue(ctx, WORKER)
        revoke_overdue(ctx, WORKER)
    assert show_certificate(ctx, ADMIN, issued.id).revocation is not None


def test_an_implicit_confirmation_is_never_overdue(ctx: Context, clock: FrozenClock) -> None:
    begin(ctx, client_of(ctx, credential(ctx, CMP)), implicit_confirm=True)
    clock.advance(COLLECT_WAIT)
    with records(ctx):
        revoke_overdue(ctx, WORKER)


def test_a_request_that_waits_for_approval_stays_open(ctx: Context, clock: FrozenClock) -> None:
    client = client_of(ctx, credential(ctx, CMP, role=Role.REQUESTER))
    begin(ctx, client)
    clock.advance(timedelta(hours=2))
    with records(ctx):
        revoke_overdue(ctx, WORKER)
    found = find_transaction(ctx, client.actor, NEW.transaction_id, None, NONCE)
    assert (found.state, found.expires_at > clock.now()) == (CmpState.PENDING, True)
