"""ACME orders, from the names to the certificate."""

from __future__ import annotations

import pytest

from pki_manager.authority.acme.authorizations import deactivate_authorization, get_authorization, get_challenge
from pki_manager.authority.acme.orders import get_order, list_orders
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.acme.orders import AuthorizationState, OrderState
from pki_manager.domain.errors import Forbidden, NotFound
from tests.support.acme import acme_account, eab_key
from tests.support.acme_clients import Client, make_client
from tests.support.memory.events import records, refuses


@pytest.fixture
def client(ctx: Context) -> Client:
    return make_client(ctx)


def test_an_order_belongs_to_its_account(ctx: Context, client: Client) -> None:
    placed = client.order("www.example.com")
    shown = get_order(ctx, client.account, placed.order.id)
    assert (shown.order.id, shown.state) == (placed.order.id, OrderState.PENDING)
    assert [one.id for one in list_orders(ctx, client.account, None, 10).items] == [placed.order.id]
    stranger = acme_account(ctx, eab_key(ctx), 7)
    with refuses(ctx, Forbidden, "account"):
        get_order(ctx, stranger, placed.order.id)
    with refuses(ctx, NotFound, "not found"):
        get_order(ctx, client.account, ctx.new_id())


def test_an_authorization_can_be_given_up(ctx: Context, client: Client) -> None:
    (needed,) = client.order("www.example.com").authorizations
    view = get_authorization(ctx, client.account, needed.id)
    one, its_authorization = get_challenge(ctx, client.account, view.challenges[0].id)
    assert (one, its_authorization) == (view.challenges[0], view)
    with records(ctx, "acme_authorization.deactivated"):
        given_up = deactivate_authorization(ctx, client.actor, client.account, needed.id)
    assert given_up.authorization.state is AuthorizationState.DEACTIVATED
    stranger = acme_account(ctx, eab_key(ctx), 7)
    with refuses(ctx, Forbidden, "account"):
        get_authorization(ctx, stranger, needed.id)
    with refuses(ctx, NotFound, "not found"):
        get_challenge(ctx, client.account, ctx.new_id())
