"""Requests that wait for approval: the client polls."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from pki_manager.authority.cmp import transactions
from pki_manager.authority.requests import approvals, issue_approved, requests
from pki_manager.domain.rights.actor import Role, build_system_actor
from pki_manager.x509.cmp.identifiers import FailureInfo
from tests.protocols.cmp.client import CmpClient, Endpoint, new_client, unique
from tests.protocols.cmp.test_enroll import end_all, stored
from tests.protocols.rest.door import House
from tests.support import cmp_messages as cmp
from tests.support.factories import ADMIN


@pytest.fixture
def requester(endpoint: Endpoint) -> CmpClient:
    return new_client(endpoint, role=Role.REQUESTER)


def transaction_of(client: CmpClient):
    assert client.last is not None
    with client.ctx.ports.storage.read() as reader:
        found = reader.cmp.find(client.actor_id, client.last.transaction_id or b"")
        assert found is not None
        return found


def test_a_request_that_needs_approval_waits(requester: CmpClient) -> None:
    response = requester.enroll()
    assert (response.kind, int(response.status["status"])) == ("ip", 3)
    polled = requester.follow(response, cmp.POLL_REQ, cmp.poll())
    assert polled.kind == "pollRep"
    assert 5 <= int(polled.content[0]["checkAfter"]) <= 300


def override(client: CmpClient) -> None:
    """Have the request issued, as after approval."""
    request_id = transaction_of(client).enrollment_id
    approval_id = requests.get_approval_id(client.ctx, ADMIN, request_id)
    sha256 = approvals.show_approval(client.ctx, ADMIN, approval_id).sha256
    approvals.override(client.ctx, ADMIN, approval_id, sha256, "a test")
    issue_approved.proceed(client.ctx, build_system_actor("worker"), request_id)


def test_after_approval_polling_returns_the_certificate_to_be_confirmed(requester: CmpClient, house: House) -> None:
    name = unique()
    response = requester.enroll(name)
    override(requester)
    delivered = requester.follow(response, cmp.POLL_REQ, cmp.poll())
    assert (delivered.kind, int(delivered.status["status"])) == ("ip", 0)
    assert requester.confirm(delivered).kind == "pkiconf"
    end_all(house)
    assert stored(requester, delivered.certificate).revocation is None


def test_a_polled_certificate_that_is_not_confirmed_is_revoked(requester: CmpClient, house: House) -> None:
    response = requester.enroll()
    override(requester)
    delivered = requester.follow(response, cmp.POLL_REQ, cmp.poll())
    end_all(house)
    assert stored(requester, delivered.certificate).revocation is not None


def test_a_polled_certificate_can_be_confirmed_implicitly(requester: CmpClient, house: House) -> None:
    response = requester.enroll(implicit_confirm=True)
    override(requester)
    delivered = requester.follow(response, cmp.POLL_REQ, cmp.poll(), implicit_confirm=False)
    assert delivered.information == {cmp.IMPLICIT_CONFIRM}
    end_all(house)
    assert stored(requester, delivered.certificate).revocation is None


def test_a_certificate_is_delivered_once(requester: CmpClient) -> None:
    response = requester.enroll()
    override(requester)
    delivered = requester.follow(response, cmp.POLL_REQ, cmp.poll())
    assert requester.follow(delivered, cmp.POLL_REQ, cmp.poll()).failures == {FailureInfo.CERT_CONFIRMED}


def test_a_rejected_request_ends_the_polling_with_the_reason(requester: CmpClient) -> None:
    response = requester.enroll()
    request_id = transaction_of(requester).enrollment_id
    approval_id = requests.get_approval_id(requester.ctx, ADMIN, request_id)
    approvals.cancel(requester.ctx, ADMIN, approval_id)
    answer = requester.follow(response, cmp.POLL_REQ, cmp.poll())
    assert answer.failures == {FailureInfo.BAD_REQUEST}
    assert "cancelled" in answer.text


def test_polling_must_answer_the_last_response_of_its_own_transaction(requester: CmpClient) -> None:
    response = requester.enroll()
    assert requester.follow(response, cmp.POLL_REQ, cmp.poll(7)).failures == {FailureInfo.BAD_REQUEST}
    polled = requester.follow(response, cmp.POLL_REQ, cmp.poll())
    assert polled.kind == "pollRep"
    assert requester.follow(response, cmp.POLL_REQ, cmp.poll()).failures == {FailureInfo.BAD_RECIPIENT_NONCE}
    assert requester.follow(polled, cmp.POLL_REQ, cmp.poll()).kind == "pollRep"


def test_a_waiting_request_outlasts_the_time_to_confirm(requester: CmpClient, house: House) -> None:
    response = requester.enroll()
    for _ in range(3):
        house.clock.set(house.clock.now() + transactions.RECHECK)
        transactions.revoke_overdue(house.ctx, build_system_actor("worker"))
    assert requester.follow(response, cmp.POLL_REQ, cmp.poll()).kind == "pollRep"


def test_a_certificate_that_nobody_collects_is_revoked(requester: CmpClient, house: House) -> None:
    requester.enroll()
    override(requester)
    enrollment_id = transaction_of(requester).enrollment_id
    now = house.clock.now()
    try:
        for wait in (transactions.RECHECK, transactions.COLLECT_WAIT):
            house.clock.set(house.clock.now() + wait + timedelta(seconds=1))
            transactions.revoke_overdue(house.ctx, build_system_actor("worker"))
    finally:
        house.clock.set(now)
    with house.ctx.ports.storage.read() as reader:
        certificate_id = reader.enrollments.get(enrollment_id).certificate_id
        assert isinstance(certificate_id, UUID)
        assert reader.certificates.get(certificate_id).revocation is not None
