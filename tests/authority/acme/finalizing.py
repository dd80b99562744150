"""Finalization of orders, and the certificates that it issued."""

from __future__ import annotations

from pki_manager.authority.acme.finalize import finalize
from pki_manager.authority.acme.orders import OrderView
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.acme.orders import AccountState
from pki_manager.domain.certificate import Certificate
from pki_manager.ports.certificates import CertificateFilter
from tests.support.acme_clients import Client


def certificates(ctx: Context) -> tuple[Certificate, ...]:
    """Those that clients were given."""
    with ctx.ports.storage.read() as reader:
        page = reader.certificates.page(CertificateFilter(profile="tls-server"), ctx.ports.clock.now(), None, 50)
    return page.items


def finish(client: Client, view: OrderView, der: bytes) -> OrderView:
    return finalize(client.ctx, client.actor, client.account, view.order.id, der)


def revoke_account(client: Client) -> None:
    with client.ctx.ports.storage.housekeep() as uow:
        uow.acme.accounts.set_state(client.account.id, AccountState.REVOKED, client.ctx.ports.clock.now())
