"""Finalization of ACME orders, and the certificates that clients download."""

from __future__ import annotations

import pytest
from cryptography import x509

from pki_manager.authority.acme.finalize import finalize, get_certificate_chains
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.acme.orders import OrderState
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput
from tests.support.acme_clients import Client, make_client
from tests.support.acme_csrs import csr
from tests.support.memory.events import refuses

NAME = "www.example.com"


@pytest.fixture
def client(ctx: Context) -> Client:
    return make_client(ctx)


def test_a_ready_order_becomes_a_certificate_with_its_chain(ctx: Context, client: Client) -> None:
    ready = client.ready(NAME)
    with refuses(ctx, Conflict, "is ready"):
        get_certificate_chains(ctx, client.account, ready.order.id)
    done = finalize(ctx, client.actor, client.account, ready.order.id, csr(NAME))
    assert done.state is OrderState.VALID
    (chain,) = get_certificate_chains(ctx, client.account, ready.order.id).chains
    leaf, issuer = x509.load_pem_x509_certificates(chain.encode())
    leaf.verify_directly_issued_by(issuer)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [NAME]


def test_an_order_is_finalized_when_ready_for_its_names_by_its_account(ctx: Context, client: Client) -> None:
    pending = client.order("new.example.com")
    with refuses(ctx, Conflict, "pending"):
        finalize(ctx, client.actor, client.account, pending.order.id, csr("new.example.com"))
    ready = client.ready(NAME)
    with refuses(ctx, InvalidInput, "acme.csr_names"):
        finalize(ctx, client.actor, client.account, ready.order.id, csr("other.example.com"))
    stranger = client.sibling()
    with refuses(ctx, Forbidden, "account"):
        finalize(ctx, stranger.actor, stranger.account, ready.order.id, csr(NAME))
    with refuses(ctx, Forbidden, "account"):
        get_certificate_chains(ctx, stranger.account, ready.order.id)
