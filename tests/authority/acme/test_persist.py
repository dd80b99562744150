"""dns-persist-01 with a real DNS server: who is let in by a record that stays, until when, and who is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from pki_manager.authority.acme.authorizations import get_authorization
from pki_manager.domain.acme.orders import Challenge, ChallengeKind, OrderState
from pki_manager.domain.errors import NameUnresolved
from pki_manager.policy.acme_persist import PersistentAccount, build_record_hint
from tests.authority.acme.looks import answered, events, look, real, shown, with_validation
from tests.fakes.clock import FrozenClock
from tests.fakes.validation import FakeValidation
from tests.services.dns import DnsServer, dns_server
from tests.support.acme_clients import Client

KIND = ChallengeKind.DNS_PERSIST_01
ISSUER, DOMAIN = "ca.example", "www.example.com"
OWNER = f"_validation-persist.{DOMAIN}"


@pytest.fixture
def names() -> Iterator[DnsServer]:
    with dns_server() as one:
        yield one


def offering(client: Client, *issuers: str) -> Client:
    return replace(client, ctx=replace(client.ctx, config=replace(client.ctx.config, acme_persist_issuers=issuers)))


@pytest.fixture
def asking(client: Client, names: DnsServer) -> Client:
    return offering(real(client, names), ISSUER)


def record(client: Client, *more: str, issuer: str = ISSUER, domain: str = DOMAIN) -> str:
    """The value that the server asks for, and further parameters."""
    account = PersistentAccount(
        client.ctx.config.acme_urls, f"/acme/accounts/{client.account.id}", client.account.thumbprint
    )
    identifier = answered(client, domain, ChallengeKind.DNS_01)
    name = get_authorization(client.ctx, client.account, identifier.authorization_id).authorization.identifier
    value = build_record_hint(name, issuer, account).split('"')[1]
    return "; ".join((value, *more))


def publish(names: DnsServer, *values: str) -> None:
    """As a zone has them: in strings of at most 255 octets."""
    parts = [[value[at : at + 255] for at in range(0, len(value), 255)] for value in values]
    names.records[OWNER, "TXT"] = [" ".join(f'"{one}"' for one in strings) for strings in parts]


def detail(client: Client, challenge: Challenge) -> str:
    problem = shown(client, challenge)[0].problem
    assert problem is not None
    return problem.detail


def kinds(client: Client, name: str) -> list[str]:
    (one,) = client.order(name).authorizations
    return [each.kind for each in get_authorization(client.ctx, client.account, one.id).challenges]


def test_it_is_offered_only_where_the_ca_has_a_name_for_it(client: Client) -> None:
    assert KIND not in kinds(client, DOMAIN)
    offered = offering(client.sibling(), ISSUER)
    assert KIND in kinds(offered, DOMAIN)
    assert kinds(offered, "*.example.com") == ["dns-01", "dns-persist-01"]
    assert KIND not in kinds(offered, "ip:192.0.2.1")


def test_a_record_permits_name_after_name(asking: Client, names: DnsServer, clock: FrozenClock) -> None:
    publish(names, "v=other", record(asking))
    challenge = answered(asking, "*.www.example.com", KIND)
    assert look(asking, challenge) == "unauthorized"
    publish(names, record(asking, "policy=wildcard"))
    for _ in range(2):
        challenge = answered(asking, "*.www.example.com", KIND)
        assert look(asking, challenge) == "valid"
        proved = get_authorization(asking.ctx, asking.account, challenge.authorization_id).authorization
        assert proved.expires_at == clock.now() + asking.ctx.config.acme_authorization_validity
        clock.advance(timedelta(days=8))
    assert events(asking)[0]["details"]["challenge"] == "dns-persist-01"


def test_the_record_of_another_account_permits_nothing(asking: Client, names: DnsServer) -> None:
    publish(names, record(asking))
    stranger = asking.sibling()
    challenge = answered(stranger, DOMAIN, KIND)
    assert look(stranger, challenge) == "unauthorized"
    assert "another account" in detail(stranger, challenge)
    assert record(stranger) in detail(stranger, challenge)


def test_a_proof_ends_with_its_record(asking: Client, names: DnsServer, clock: FrozenClock) -> None:
    end = clock.now() + timedelta(hours=2)
    publish(names, record(asking, f"persistUntil={int(end.timestamp())}"))
    order = asking.order(DOMAIN)
    challenge = answered(asking, DOMAIN, KIND)
    assert look(asking, challenge) == "valid"
    proved = get_authorization(asking.ctx, asking.account, challenge.authorization_id).authorization
    assert proved.expires_at == end.replace(microsecond=0)
    ready = asking.order(DOMAIN)
    assert ready.state is OrderState.READY
    clock.advance(timedelta(hours=2))
    assert asking.show(ready).state is OrderState.INVALID
    late = answered(asking, DOMAIN, KIND)
    assert look(asking, late) == "unauthorized"
    assert "has expired" in detail(asking, late)
    assert asking.show(order).state is not OrderState.READY


def test_of_two_records_one_is_enough(asking: Client, names: DnsServer) -> None:
    good = record(asking)
    publish(names, f"{good}; persistUntil=1", good.replace(ISSUER, "other.example", 1), good)
    assert look(asking, answered(asking, DOMAIN, KIND)) == "valid"


def test_a_record_for_another_ca_permits_nothing(asking: Client, names: DnsServer) -> None:
    publish(names, record(asking, issuer="other.example"))
    challenge = answered(asking, DOMAIN, KIND)
    assert look(asking, challenge) == "unauthorized"
    assert "no TXT record for this CA, but 1 for others" in detail(asking, challenge)


def test_a_record_that_is_too_large_permits_nothing(asking: Client, names: DnsServer) -> None:
    publish(names, record(asking, f"filler={'x' * 30_000}"))
    challenge = answered(asking, DOMAIN, KIND)
    assert look(asking, challenge) == "malformed"
    assert "At most 2048" in detail(asking, challenge)
    assert len(detail(asking, challenge)) < 600


def test_the_lookup_is_that_of_dns_01(asking: Client, names: DnsServer) -> None:
    names.broken.add(OWNER)
    challenge = answered(asking, DOMAIN, KIND)
    with pytest.raises(NameUnresolved, match=r"The DNS lookup of _validation-persist\.www\.example\.com failed"):
        look(asking, challenge, is_last=False)
    assert look(asking, challenge) == "dns"


def test_caa_counts_as_for_every_method(client: Client) -> None:
    there = FakeValidation()
    asking = offering(with_validation(client, there, identities=["ca.example"]), ISSUER)
    there.texts[OWNER] = [record(asking).encode()]
    assert look(asking, answered(asking, DOMAIN, KIND)) == "valid"
    assert f"CAA {DOMAIN}" in there.asked


def test_where_it_is_switched_off_meanwhile_the_record_is_not_looked_up(asking: Client, names: DnsServer) -> None:
    publish(names, record(asking))
    challenge = answered(asking, DOMAIN, KIND)
    off = offering(asking)
    names.asked.clear()
    assert look(off, challenge) == "unauthorized"
    assert "no longer offered" in detail(off, challenge)
    assert names.asked == []
