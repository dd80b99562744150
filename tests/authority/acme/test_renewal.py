"""Renewal information, and orders that say which certificate they replace (RFC 9773)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pki_manager.authority.acme.finalize import finalize
from pki_manager.authority.acme.orders import OrderView
from pki_manager.authority.acme.renewal import Window, get_renewal_window
from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.certificates.queries import show_certificate
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.hold import hold
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.acme.orders import OrderState
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from pki_manager.domain.revocation import RevocationReason
from tests.fakes.clock import FrozenClock
from tests.support.acme_clients import Client, make_client
from tests.support.acme_csrs import csr
from tests.support.factories import ADMIN
from tests.support.issuing import issue_one

NAMES = ("a.example.com", "b.example.com")


def finish(client: Client, view: OrderView) -> Certificate:
    names = [one.value for one in view.order.identifiers]
    done = finalize(client.ctx, client.actor, client.account, view.order.id, csr(*names))
    assert done.certificate_id is not None
    return show_certificate(client.ctx, ADMIN, done.certificate_id)


def certify(client: Client, *names: str) -> Certificate:
    return finish(client, client.ready(*(names or NAMES)))


def named(ctx: Context, certificate: Certificate) -> tuple[bytes, int]:
    key = show_ca(ctx, ADMIN, "Issuing CA").keys[0].key
    return key.subject_key_identifier, certificate.serial


def window(ctx: Context, certificate: Certificate) -> Window:
    return get_renewal_window(ctx, *named(ctx, certificate))


def test_a_certificate_is_renewed_in_the_last_third_of_its_life_and_before_its_end(
    client: Client, ctx: Context
) -> None:
    certificate = certify(client)
    told, life = window(ctx, certificate), certificate.validity
    whole = life.not_after - life.not_before
    assert life.not_before + whole * 0.66 < told.start < told.end < life.not_after - whole * 0.16
    assert told.end - told.start > whole * 0.16
    assert told.start.microsecond == told.end.microsecond == 0
    assert told.retry_after_seconds == 6 * 3600


def test_a_revoked_certificate_is_renewed_at_once_and_a_held_one_is_not(
    client: Client, ctx: Context, clock: FrozenClock
) -> None:
    revoked, held = certify(client), certify(client)
    hold(ctx, ADMIN, held.id)
    revoke(ctx, ADMIN, revoked.id, RevocationReason.KEY_COMPROMISE)
    told = window(ctx, revoked)
    assert told.start < told.end <= clock.now()
    assert window(ctx, held).start > clock.now() + timedelta(days=10)


def test_a_certificate_that_is_not_ours_has_no_window(client: Client, ctx: Context) -> None:
    identifier, serial = named(ctx, certify(client))
    for key, number in ((identifier, serial + 1), (identifier[::-1], serial), (b"", serial), (identifier, 1 << 200)):
        with pytest.raises(NotFound, match="The certificate was not found"):
            get_renewal_window(ctx, key, number)


def test_an_order_follows_the_certificate_that_it_replaces(client: Client, ctx: Context) -> None:
    old = certify(client)
    replacing = client.order(NAMES[0], "c.example.com", replaces=named(ctx, old))
    assert replacing.order.replaces == old.id
    new = finish(client, client.prove(replacing))
    assert new.renews == old.id
    assert show_certificate(ctx, ADMIN, old.id).renewed_by == new.id


def test_a_certificate_is_replaced_once_unless_that_came_to_nothing(
    client: Client, ctx: Context, clock: FrozenClock
) -> None:
    old = named(ctx, certify(client))
    client.order(NAMES[0], replaces=old)
    with pytest.raises(Conflict) as caught:
        client.order(NAMES[1], replaces=old)
    assert caught.value.errors[0].rule == "acme.already_replaced"
    clock.advance(timedelta(days=2))
    finish(client, client.ready(NAMES[0], replaces=old))
    with pytest.raises(Conflict, match="The certificate is already replaced by another order"):
        client.order(NAMES[0], replaces=old)


def test_what_is_replaced_has_a_name_of_the_order(client: Client, ctx: Context) -> None:
    old = named(ctx, certify(client))
    for wrong in ((b"", old[1]), (old[0], old[1] + 1)):
        with pytest.raises(InvalidInput) as caught:
            client.order(*NAMES, replaces=wrong)
        assert caught.value.errors[0].rule == "acme.replaces"
    with pytest.raises(InvalidInput, match="replaces: must be a certificate issued by this installation"):
        client.order("c.example.com", replaces=old)


def test_what_is_replaced_is_ones_own(client: Client, ctx: Context) -> None:
    old = named(ctx, certify(client))
    with pytest.raises(Forbidden, match="The certificate to replace belongs to another account"):
        make_client(ctx).order(*NAMES, replaces=old)
    with pytest.raises(Forbidden, match="The certificate to replace belongs to another account"):
        client.order("www.example.com", replaces=named(ctx, issue_one(ctx)))


def test_what_is_on_hold_is_not_got_round(client: Client, ctx: Context) -> None:
    first, second = certify(client), certify(client)
    ready = client.ready(*NAMES, replaces=named(ctx, first))
    for one in (first, second):
        hold(ctx, ADMIN, one.id)
    with pytest.raises(Conflict, match="on hold"):
        client.order(*NAMES, replaces=named(ctx, second))
    with pytest.raises(Conflict, match="on hold"):
        finish(client, ready)
    assert client.show(ready).state is OrderState.READY
