"""CAA once more before issuing: it may forbid by now what it did not when the names were proved."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta

import pytest

from pki_manager.authority.acme import caa as module
from pki_manager.authority.acme.caa import RECENT
from pki_manager.authority.acme.finalize import finalize
from pki_manager.authority.acme.orders import OrderView
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.requests.issue_approved import proceed
from pki_manager.domain.acme.orders import OrderState
from pki_manager.domain.acme.proof import CaaRecord
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.errors import NameUnresolved, OutboundFailed, PolicyRefused
from pki_manager.domain.rights.actor import build_system_actor
from tests.fakes.clock import FrozenClock
from tests.fakes.validation import FakeValidation
from tests.support.acme_clients import Client, approved, make_client, request_of
from tests.support.acme_csrs import csr
from tests.support.factories import with_ports
from tests.support.issuing import actions

NAMES = ("a.example.com", "b.example.com", "c.example.com")
WORKER = build_system_actor("worker")
SECOND = timedelta(seconds=1)


@pytest.fixture
def dns() -> FakeValidation:
    return FakeValidation()


@pytest.fixture
def client(ctx: Context, dns: FakeValidation) -> Client:
    config = replace(ctx.config, acme_caa_identities=frozenset({"ca.example"}))
    return make_client(with_ports(replace(ctx, config=config), validation=dns))


def issue(domain: str, value: str, tag: str = "issue") -> list[CaaRecord]:
    return [CaaRecord(domain=domain, is_critical=False, tag=tag, value=value)]


def finish(client: Client, view: OrderView) -> OrderView:
    der = csr(*(one.value for one in view.order.identifiers if one.san().kind == "DNS"))
    return finalize(client.ctx, client.actor, client.account, view.order.id, der)


def test_acm_04_a_name_that_caa_forbids_by_now_is_refused_and_each_is_asked_for_once(
    client: Client, dns: FakeValidation, clock: FrozenClock
) -> None:
    names = (*NAMES, "*.c.example.com")
    client.ready(*names)
    clock.advance(RECENT + SECOND)
    ready = client.order(*names)
    dns.caas["c.example.com"] = issue("c.example.com", "other.example")
    with pytest.raises(PolicyRefused) as caught:
        finish(client, ready)
    told = [(error.rule, error.message.partition(": ")[0]) for error in caught.value.errors]
    assert told == [("acme.caa", "dns:c.example.com"), ("acme.caa", "dns:*.c.example.com")]
    assert sorted(dns.asked) == [f"CAA {name}" for name in NAMES]
    assert client.show(ready).state is OrderState.READY
    assert actions(client.ctx)[0] == "certificate.issue_refused"
    dns.caas["c.example.com"] = issue("c.example.com", "ca.example")
    assert finish(client, ready).state is OrderState.VALID


def test_what_was_looked_at_within_8_hours_counts(client: Client, dns: FakeValidation, clock: FrozenClock) -> None:
    client.ready(*NAMES)
    clock.advance(RECENT)
    dns.caas[NAMES[0]] = issue(NAMES[0], ";")
    assert finish(client, client.order(*NAMES)).state is OrderState.VALID
    assert dns.asked == []


def test_dns_that_does_not_answer_is_no_permission(client: Client, dns: FakeValidation, clock: FrozenClock) -> None:
    client.ready(*NAMES)
    clock.advance(RECENT + SECOND)
    ready = client.order(*NAMES)
    dns.caas[NAMES[0]] = NameUnresolved("SERVFAIL")
    with pytest.raises(NameUnresolved, match="SERVFAIL"):
        finish(client, ready)
    assert client.show(ready).state is OrderState.READY


def test_dns_that_is_slow_does_not_hold_anybody_for_ever(
    client: Client, dns: FakeValidation, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.ready(*NAMES)
    clock.advance(RECENT + SECOND)
    ready = client.order(*NAMES)
    answer = dns.find_caa_records

    def slow(domain: str) -> Sequence[CaaRecord]:
        clock.advance(11 * SECOND)
        return answer(domain)

    monkeypatch.setattr(dns, "find_caa_records", slow)
    monkeypatch.setattr(module, "MAX_PARALLEL_LOOKUPS", 1)
    with pytest.raises(OutboundFailed, match="timed out"):
        finish(client, ready)
    assert len(dns.asked) == 2
    assert client.show(ready).state is OrderState.READY


def test_only_domains_are_asked_about_and_only_where_we_go_by_a_name(
    client: Client, ctx: Context, dns: FakeValidation, clock: FrozenClock
) -> None:
    nameless = make_client(with_ports(ctx, validation=dns))
    ready = client.ready("ip:192.0.2.1"), nameless.ready(*NAMES)
    clock.advance(RECENT + SECOND)
    for who, view in zip((client, nameless), ready, strict=True):
        der = csr(*("ip:192.0.2.1",) if who is client else NAMES)
        assert finalize(who.ctx, who.actor, who.account, view.order.id, der).state is OrderState.VALID
    assert dns.asked == []


@pytest.mark.parametrize(
    ("parameters", "is_permitted"),
    [
        ("accounturi={account}; validationmethods=http-01", True),
        ("accounturi={account}1", False),
        ("validationmethods=dns-01", False),
    ],
)
def test_the_account_and_how_it_proved_the_name_count(
    client: Client, dns: FakeValidation, clock: FrozenClock, parameters: str, is_permitted: bool
) -> None:
    client.ready("a.example.com")
    clock.advance(RECENT + SECOND)
    account = f"{client.ctx.config.acme_urls[0]}/acme/accounts/{client.account.id}"
    dns.caas["a.example.com"] = issue("a.example.com", f"ca.example; {parameters.format(account=account)}")
    with nullcontext() if is_permitted else pytest.raises(PolicyRefused):
        finish(client, client.order("a.example.com"))


def test_what_has_waited_for_approval_is_asked_about_again(
    ctx: Context, dns: FakeValidation, clock: FrozenClock
) -> None:
    config = replace(ctx.config, acme_caa_identities=frozenset({"ca.example"}))
    client = make_client(with_ports(replace(ctx, config=config), validation=dns), "requester")
    first, second = (finish(client, client.ready(name)) for name in NAMES[:2])
    assert dns.asked == []
    clock.advance(RECENT + SECOND)
    dns.caas[NAMES[0]] = issue(NAMES[0], ";")
    assert approved(client.ctx, first) is EnrollmentState.REFUSED
    dns.caas[NAMES[1]] = NameUnresolved("SERVFAIL")
    with pytest.raises(NameUnresolved, match="SERVFAIL"):
        approved(client.ctx, second)
    dns.caas[NAMES[1]] = []
    proceed(client.ctx, WORKER, request_of(second))
    assert client.show(second).state is OrderState.VALID
