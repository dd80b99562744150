"""Changes that share a commit, and what is read and used for several requests together."""

from __future__ import annotations

import pytest

from pki_manager.authority.acme.accounts import find_accounts
from pki_manager.authority.acme.authorizations import get_authorization, prepare_response_to_challenge
from pki_manager.authority.acme.change import AcmeChange, store_change, store_changes
from pki_manager.authority.acme.nonces import create_nonce, use_nonce, use_nonces
from pki_manager.authority.acme.orders import NewOrder, OrderView, get_order, prepare_order
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.acme.orders import ChallengeState
from pki_manager.domain.errors import BadNonce, Conflict
from pki_manager.ports.unit_of_work import UnitOfWork
from tests.support.acme_clients import Client, make_client
from tests.support.memory.events import refuses


@pytest.fixture
def client(ctx: Context) -> Client:
    return make_client(ctx)


def new_order(name: str) -> NewOrder:
    return NewOrder(ca="Issuing CA", profile="tls-server", identifiers=(("dns", name),))


def test_each_change_is_kept_or_undone_by_itself(ctx: Context, client: Client) -> None:
    def fail(_: UnitOfWork) -> OrderView:
        raise Conflict("Too late.")

    failing = AcmeChange(client.actor, fail)
    orders = [prepare_order(ctx, client.actor, client.account, new_order(f"{name}.example.com")) for name in "ab"]
    first, failed, last = store_changes(ctx, [orders[0], failing, orders[1]])
    assert isinstance(failed, Conflict)
    for view in (first, last):
        assert isinstance(view, OrderView)
        assert get_order(ctx, client.account, view.order.id) == view


def test_a_challenge_that_another_request_answered_is_stored_once(ctx: Context, client: Client) -> None:
    (needed,) = client.order("www.example.com").authorizations
    one = get_authorization(ctx, client.account, needed.id).challenges[0]
    prepared = [prepare_response_to_challenge(ctx, client.actor, client.account, one.id) for _ in range(2)]
    for change in prepared:
        assert isinstance(change, AcmeChange)
        assert store_change(ctx, change).state is ChallengeState.PROCESSING


def test_accounts_are_read_and_nonces_used_together(ctx: Context, client: Client) -> None:
    assert find_accounts(ctx, [client.account.id, ctx.new_id()])[client.account.id].account == client.account
    nonce = create_nonce(ctx)
    assert [one is None for one in use_nonces(ctx, [nonce, nonce, "x", create_nonce(ctx)])] == [
        True,
        False,
        False,
        True,
    ]
    another = create_nonce(ctx)
    use_nonce(ctx, another)
    for useless, words in ((another, "already used"), (another[::-1], "not issued")):
        with refuses(ctx, BadNonce, words):
            use_nonce(ctx, useless)
