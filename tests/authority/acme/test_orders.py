"""Orders at the level of the authority: what can be ordered, by whom, and who sees it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pki_manager.authority.acme import orders as module
from pki_manager.authority.acme.authorizations import LIFETIME, deactivate_authorization, get_authorization
from pki_manager.authority.acme.orders import MAX_IDENTIFIERS, NewOrder, create_order, list_orders
from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.cas.suspend_ca import suspend_ca
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.scope_request import ScopeRequest
from pki_manager.domain.acme.orders import AcmeProblem, AuthorizationState, ChallengeKind, OrderState
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, PolicyRefused, TooManyAttempts
from tests.fakes.clock import START, FrozenClock
from tests.support.acme import acme_account, eab_key
from tests.support.acme_clients import VALIDITY, Client, make_client
from tests.support.factories import ADMIN
from tests.support.issuing import actions


def test_an_order_waits_for_its_names_to_be_proved_and_is_ready_then(client: Client, ctx: Context) -> None:
    made = client.order("WWW.example.com", "*.example.com", "ip:10.0.0.1")
    assert made.state is OrderState.PENDING
    assert [str(one) for one in made.order.identifiers] == ["dns:www.example.com", "dns:*.example.com", "ip:10.0.0.1"]
    assert [one.identifier for one in made.authorizations] == list(made.order.identifiers)
    kinds = [
        {one.kind for one in get_authorization(ctx, client.account, needed.id).challenges}
        for needed in made.authorizations
    ]
    offered = set(ChallengeKind) - {ChallengeKind.DNS_PERSIST_01}
    assert kinds == [offered, {ChallengeKind.DNS_01}, {ChallengeKind.HTTP_01, ChallengeKind.TLS_ALPN_01}]
    assert actions(ctx)[0] == "acme_order.created"
    assert client.prove(made).state is OrderState.READY


def test_every_challenge_has_a_token_of_256_random_bits_for_itself(client: Client, ctx: Context) -> None:
    made = client.order("a.example.com", "b.example.com")
    tokens = [
        one.token
        for needed in made.authorizations
        for one in get_authorization(ctx, client.account, needed.id).challenges
    ]
    assert len(set(tokens)) == 6
    assert {len(token) for token in tokens} == {43}


def test_a_name_counts_once_however_it_is_written(client: Client) -> None:
    made = client.order("a.example.com", "A.EXAMPLE.com", "ip:2001:db8::1", "ip:2001:DB8:0::1")
    assert [str(one) for one in made.order.identifiers] == ["dns:a.example.com", "ip:2001:db8::1"]


def test_acm_29_101_identifiers_are_refused(client: Client, ctx: Context) -> None:
    names = [f"host-{number}.example.com" for number in range(MAX_IDENTIFIERS + 1)]
    for asked in (names, [], ["a.example.com"] * (MAX_IDENTIFIERS + 1)):
        with pytest.raises(InvalidInput) as caught:
            client.order(*asked)
        assert caught.value.errors[0].rule == "acme.identifier_count"
    assert "acme_order.created" not in actions(ctx)
    assert len(client.order(*names[:-1]).authorizations) == MAX_IDENTIFIERS


@pytest.mark.parametrize("kind", ["email", ""])
def test_what_is_no_identifier_is_refused(client: Client, ctx: Context, kind: str) -> None:
    wish = NewOrder(ca="Issuing CA", profile="tls-server", identifiers=((kind, "_a..example"),))
    with pytest.raises(InvalidInput, match="must be dns or ip"):
        create_order(ctx, client.actor, client.account, wish)


def test_a_name_that_no_certificate_can_have_is_refused_by_the_profile(client: Client) -> None:
    with pytest.raises(PolicyRefused) as caught:
        client.order("fine.example.com", "_a..example")
    assert [(one.field, one.rule) for one in caught.value.errors] == [("identifiers.1", "san.dns.length")]


def test_a_name_that_was_proved_is_not_proved_again_while_it_is_believed(
    client: Client, ctx: Context, clock: FrozenClock
) -> None:
    first = client.ready("a.example.com")
    second = client.order("a.example.com", "b.example.com")
    assert second.authorizations[0].id == first.authorizations[0].id
    assert [one.state for one in second.authorizations] == [AuthorizationState.VALID, AuthorizationState.PENDING]
    assert make_client(ctx).order("a.example.com").state is OrderState.PENDING
    clock.advance(VALIDITY - timedelta(hours=2))
    third = client.order("a.example.com")
    assert third.state is OrderState.READY
    assert third.order.expires_at == START + VALIDITY
    clock.advance(timedelta(hours=1))
    assert client.order("a.example.com").state is OrderState.PENDING


def test_a_name_that_was_given_up_is_proved_again(client: Client, ctx: Context) -> None:
    first = client.ready("a.example.com")
    deactivate_authorization(ctx, client.actor, client.account, first.authorizations[0].id)
    assert client.show(first).state is OrderState.INVALID
    assert client.order("a.example.com").state is OrderState.PENDING


def test_an_order_that_nobody_finalizes_expires_and_tells_so(client: Client, clock: FrozenClock) -> None:
    pending, ready = client.order("a.example.com"), client.ready("b.example.com")
    clock.advance(LIFETIME)
    for one, kind in ((pending, "unauthorized"), (ready, "malformed")):
        shown = client.show(one)
        assert shown.state is OrderState.INVALID
        assert shown.problem is not None
        assert (shown.problem.kind, "expired" in shown.problem.detail) == (kind, True)


def test_an_order_tells_which_of_its_names_came_to_nothing(client: Client, ctx: Context) -> None:
    made = client.order("a.example.com", "b.example.com")
    with ctx.ports.storage.housekeep() as uow:
        failed = made.authorizations[1].id
        uow.acme.authorizations.move(failed, (AuthorizationState.PENDING,), AuthorizationState.INVALID)
    shown = client.show(made)
    assert shown.state is OrderState.INVALID
    assert shown.problem == AcmeProblem(
        "unauthorized", "The order has authorizations that are not valid: dns:b.example.com is invalid."
    )


class TestWhatCouldNeverBeIssued:
    def test_by_the_profile_is_refused_and_audited(self, client: Client, ctx: Context) -> None:
        with pytest.raises(PolicyRefused) as caught:
            client.order("a.example.com", profile="ocsp-responder")
        assert caught.value.errors
        assert actions(ctx)[0] == "certificate.issue_refused"

    def test_for_the_token_is_forbidden(self, ctx: Context) -> None:
        client = make_client(ctx, scope=ScopeRequest(names=("DNS:example.com",)))
        assert client.order("a.example.com").state is OrderState.PENDING
        with pytest.raises(Forbidden, match="certificate:issue"):
            client.order("a.example.com", "a.example.org")

    def test_by_a_profile_that_is_not_the_tokens_is_forbidden(self, ctx: Context) -> None:
        client = make_client(ctx, scope=ScopeRequest(profiles=("tls-client",)))
        with pytest.raises(Forbidden, match="Requires the permission `certificate:issue`"):
            client.order("a.example.com")

    def test_by_a_ca_that_is_not_the_tokens_is_not_there(self, ctx: Context) -> None:
        create_ca(ctx, ADMIN, CreateCa(name="Other CA", subject="CN=Other", key_type="ECDSA-P256", parent="Root CA"))
        client = make_client(ctx, scope=ScopeRequest(cas=("Other CA",)))
        for ca in ("Issuing CA", "No CA"):
            with pytest.raises(NotFound, match=r"CA .* not found"):
                client.order("a.example.com", ca=ca)

    def test_by_a_ca_that_is_stopped_is_a_conflict(self, client: Client, ctx: Context) -> None:
        suspend_ca(ctx, ADMIN, "Issuing CA")
        with pytest.raises(Conflict, match=r"CA .* is suspended and cannot issue certificates"):
            client.order("a.example.com")

    def test_by_a_profile_that_is_not_there_is_not_found(self, client: Client) -> None:
        with pytest.raises(NotFound, match=r"Profile .* not found"):
            client.order("a.example.com", profile="none")

    def test_for_so_long_is_refused(self, client: Client, clock: FrozenClock) -> None:
        with pytest.raises(PolicyRefused, match=r"validity\.not_after: "):
            client.order("a.example.com", not_after=clock.now() + timedelta(days=5000))


def test_an_account_has_so_many_open_orders_at_most(
    client: Client, ctx: Context, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_OPEN", 2)
    client.order("a.example.com")
    client.order("b.example.com")
    with pytest.raises(TooManyAttempts, match="has 2 open orders, which is the limit"):
        client.order("c.example.com")
    make_client(ctx).order("c.example.com")
    clock.advance(LIFETIME)
    client.order("c.example.com")


def test_an_account_of_an_open_key_has_fewer_open_orders(
    client: Client, ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_OPEN", 3)
    monkeypatch.setattr(module, "MAX_OPEN_UNBOUND", 1)
    key = eab_key(ctx, is_open=True)
    stranger = Client(ctx, acme_account(ctx, key, 77), key)
    for one, most in ((client, 3), (stranger, 1)):
        for number in range(most):
            one.order(f"a{number}.example.com")
        with pytest.raises(TooManyAttempts, match=f"^The account has {most} open orders"):
            one.order("b.example.com")


def test_an_account_lists_its_own_orders(client: Client, ctx: Context) -> None:
    mine = [client.order(name).order for name in ("a.example.com", "b.example.com")]
    make_client(ctx).order("a.example.com")
    assert list_orders(ctx, client.account, None, 10).items == (mine[1], mine[0])
