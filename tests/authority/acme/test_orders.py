"""Orders at the level of the authority: what can be ordered, by whom, and who sees it."""

from __future__ import annotations

from pki_manager.authority.acme.authorizations import authorization
from pki_manager.authority.context import Authority
from pki_manager.domain.acme import ChallengeKind, OrderState
from tests.acme_clients import Client
from tests.issuing import actions


def test_an_order_waits_for_its_names_to_be_proved_and_is_ready_then(client: Client, authority: Authority) -> None:
    made = client.order("WWW.example.com", "*.example.com", "ip:10.0.0.1")
    assert made.state is OrderState.PENDING
    assert [str(one) for one in made.order.identifiers] == ["dns:www.example.com", "dns:*.example.com", "ip:10.0.0.1"]
    assert [one.identifier for one in made.authorizations] == list(made.order.identifiers)
    kinds = [
        {one.kind for one in authorization(authority, client.account, needed.id).challenges}
        for needed in made.authorizations
    ]
    assert kinds == [set(ChallengeKind), {ChallengeKind.DNS_01}, {ChallengeKind.HTTP_01, ChallengeKind.TLS_ALPN_01}]
    assert actions(authority)[0] == "acme_order.created"
    assert client.prove(made).state is OrderState.READY
