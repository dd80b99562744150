"""ACME orders whose certificate an approver must approve first."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from pki_manager.authority.acme.authorizations import deactivate_authorization
from pki_manager.authority.acme.finalize import finalize, get_certificate_chains
from pki_manager.authority.acme.orders import OrderView
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.requests.edit_request import Edit, edit_request
from pki_manager.authority.requests.requests import cancel_request
from pki_manager.authority.rights.tokens import revoke_token
from pki_manager.domain.acme.orders import OrderState
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.errors import (
    Conflict,
)
from pki_manager.domain.names import AlternativeName
from tests.authority.acme.finalizing import certificates, finish, revoke_account
from tests.fakes.clock import FrozenClock
from tests.support.acme_clients import EDITOR, VALIDITY, Client, approved, make_client, request_of
from tests.support.acme_csrs import csr
from tests.support.factories import ADMIN
from tests.support.issuing import actions

NAMES = ("a.example.com", "b.example.com")


class TestThroughTheQueue:
    """A client whose token may only ask."""

    @pytest.fixture
    def client(self, ctx: Context) -> Client:
        return make_client(ctx, "requester")

    @pytest.fixture
    def waiting(self, client: Client) -> OrderView:
        return finish(client, client.ready(*NAMES), csr(*NAMES))

    def test_the_order_is_processing_until_others_have_approved_it(
        self, client: Client, ctx: Context, waiting: OrderView
    ) -> None:
        assert waiting.state is OrderState.PROCESSING
        assert certificates(ctx) == ()
        assert actions(ctx)[:2] == ["acme_order.finalized", "request.submitted"]
        with pytest.raises(Conflict, match="is processing"):
            get_certificate_chains(ctx, client.account, waiting.order.id)
        assert approved(ctx, waiting) is EnrollmentState.ISSUED
        (made,) = certificates(ctx)
        assert client.show(waiting).certificate_id == made.id

    def test_acm_19_twenty_finalizations_at_once_file_one_request(
        self, client: Client, ctx: Context, meanwhile: Callable[[Callable[[], object]], None]
    ) -> None:
        ready, der, actor = client.ready(*NAMES), csr(*NAMES), client.actor
        meanwhile(Barrier(20).wait)
        with ThreadPoolExecutor(20) as pool:
            came = list(pool.map(lambda _: finalize(ctx, actor, client.account, ready.order.id, der), range(20)))
        assert {view.order.enrolment_id for view in came} == {request_of(client.show(ready))}
        assert actions(ctx).count("request.submitted") == 1

    @pytest.mark.parametrize("end", ["given up", "expired", "account", "token"])
    def test_what_is_not_the_accounts_any_more_is_refused_after_approval(
        self, client: Client, ctx: Context, waiting: OrderView, clock: FrozenClock, end: str
    ) -> None:
        if end == "given up":
            deactivate_authorization(ctx, client.actor, client.account, waiting.authorizations[0].id)
        elif end == "expired":
            clock.advance(VALIDITY)
        elif end == "account":
            revoke_account(client)
        else:
            revoke_token(ctx, ADMIN, client.token.id)
        assert approved(ctx, waiting) is EnrollmentState.REFUSED
        assert certificates(ctx) == ()
        assert client.show(waiting).state is OrderState.INVALID

    def test_a_name_that_was_proved_anew_meanwhile_is_still_the_accounts(
        self, client: Client, ctx: Context, waiting: OrderView, clock: FrozenClock
    ) -> None:
        clock.advance(VALIDITY)
        client.ready(*NAMES)
        assert approved(ctx, waiting) is EnrollmentState.ISSUED

    def test_a_name_that_somebody_adds_to_the_request_is_not_issued(self, ctx: Context, waiting: OrderView) -> None:
        more = tuple(AlternativeName.parse(f"DNS:{name}") for name in (*NAMES, "c.example.com"))
        with ctx.ports.storage.read() as reader:
            before = reader.enrollments.get(request_of(waiting)).plan_sha256
        edit_request(ctx, EDITOR, request_of(waiting), Edit(before=before, sans=more))
        assert approved(ctx, waiting) is EnrollmentState.REFUSED
        assert certificates(ctx) == ()

    def test_a_request_that_is_cancelled_ends_its_order(self, client: Client, ctx: Context, waiting: OrderView) -> None:
        cancel_request(ctx, client.actor, request_of(waiting))
        shown = client.show(waiting)
        assert shown.state is OrderState.INVALID
        assert shown.problem is not None
        assert "cancelled" in shown.problem.detail
