"""DNS as it is asked: what is told, what is not, and how long that takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pki_manager.domain.acme.proof import CaaRecord
from pki_manager.domain.errors import NameUnresolved
from pki_manager.outbound.dns import Dns
from pki_manager.system import SystemClock
from tests.services.dns import DnsServer, dns_server

LONG = 10.0


@pytest.fixture
def server() -> Iterator[DnsServer]:
    with dns_server() as one:
        yield one


@pytest.fixture
def dns(server: DnsServer) -> Dns:
    return Dns(clock=SystemClock(), servers=(server.server,))


def test_addresses_are_those_of_both_kinds(server: DnsServer, dns: Dns) -> None:
    server.records["www.example.com", "AAAA"] = ["2001:db8::1"]
    server.records["www.example.com", "A"] = ["192.0.2.1", "192.0.2.2"]
    found = dns.addresses("www.example.com", 80, LONG)
    assert (sorted(found[:2]), found[2:]) == (["192.0.2.1", "192.0.2.2"], ["2001:db8::1"])


def test_an_alias_is_followed(server: DnsServer, dns: Dns) -> None:
    server.records["www.example.com", "CNAME"] = ["host.example.net."]
    server.records["host.example.net", "AAAA"] = ["2001:db8::1"]
    assert dns.addresses("www.example.com", 80, LONG) == ["2001:db8::1"]


def test_one_kind_that_is_not_told_does_not_hide_the_other(
    server: DnsServer, dns: Dns, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.records["www.example.com", "A"] = ["192.0.2.1"]
    real = server.answer

    def answer(octets: bytes, *, limit: int | None) -> bytes | None:
        asks_ipv6 = b"\x00\x1c\x00\x01" in octets
        return octets[:2] + b"\x84\x02" + octets[4:] if asks_ipv6 else real(octets, limit=limit)

    monkeypatch.setattr(server, "answer", answer)
    assert dns.addresses("www.example.com", 80, LONG) == ["192.0.2.1"]


@pytest.mark.parametrize("how", ["missing", "elsewhere", "broken", "garbled", "loop"])
def test_a_name_without_an_address_is_unresolved(server: DnsServer, dns: Dns, how: str) -> None:
    name = "www.example.com"
    if how == "elsewhere":
        server.records[name, "TXT"] = ['"here"']
    if how == "loop":
        server.records[name, "CNAME"] = [f"{name}."]
    if how in ("broken", "garbled"):
        getattr(server, how).add(name)
    with pytest.raises(NameUnresolved) as caught:
        dns.addresses(name, 80, 1.0)
    assert name in caught.value.detail
    assert "127.0.0.1" not in caught.value.detail


def test_net_07_a_server_that_is_silent_is_not_waited_for_longer_than_said(server: DnsServer, dns: Dns) -> None:
    server.silent.add("www.example.com")
    for ask in (dns.find_txt_records, dns.find_caa_records):
        with pytest.raises(NameUnresolved, match="timed out"):
            ask("www.example.com", 0.2)
    with pytest.raises(NameUnresolved, match="timed out"):
        dns.addresses("www.example.com", 80, 0.2)


def test_net_07_every_question_has_an_end(server: DnsServer, dns: Dns, monkeypatch: pytest.MonkeyPatch) -> None:
    from dns.resolver import Resolver

    asked: list[float | None] = []
    real = Resolver.resolve

    def resolve(*arguments: Any, lifetime: float | None = None, **named: Any) -> Any:
        asked.append(lifetime)
        return real(*arguments, lifetime=lifetime, **named)

    monkeypatch.setattr(Resolver, "resolve", resolve)
    server.records["www.example.com", "A"] = ["192.0.2.1"]
    dns.addresses("www.example.com", 80, 4.0)
    dns.find_caa_records("www.example.com", 4.0)
    assert len(asked) == 5
    assert all(lifetime is not None and 0 < lifetime <= 4.0 for lifetime in asked)


def test_of_several_servers_one_that_answers_is_enough(server: DnsServer) -> None:
    server.records["a.example", "TXT"] = ['"here"']
    with dns_server() as other:
        other.broken.add("a.example")
        both = Dns(clock=SystemClock(), servers=(other.server, server.server))
        assert both.find_txt_records("a.example", LONG) == [b"here"]


def test_the_strings_of_a_text_are_one(server: DnsServer, dns: Dns) -> None:
    server.records["_acme-challenge.example.com", "TXT"] = ['"ab" "cd"', '"e\\200"']
    assert sorted(dns.find_txt_records("_acme-challenge.example.com", LONG)) == [b"abcd", b"e\xc8"]
    assert list(dns.find_txt_records("_acme-challenge.other.example", LONG)) == []
    assert list(dns.find_txt_records("example.com", LONG)) == []


def test_a_long_answer_comes_whole(server: DnsServer, dns: Dns) -> None:
    server.records["long.example", "TXT"] = [f'"{number:0>250}"' for number in range(40)]
    assert len(dns.find_txt_records("long.example", LONG)) == 40


def test_a_name_that_dns_cannot_have_is_unresolved(dns: Dns) -> None:
    for name in (f"{'a' * 64}.example", ".".join(["a" * 49] * 6), "a..example"):
        with pytest.raises(NameUnresolved, match=r"The DNS lookup of .* failed"):
            dns.find_txt_records(name, LONG)


def test_caa_of_the_nearest_name_that_has_any(server: DnsServer, dns: Dns) -> None:
    server.records["example.com", "CAA"] = ['0 ISSUE "ca.example"', '128 tbs "x"']
    server.records["www.example.com", "A"] = ["192.0.2.1"]
    found = dns.find_caa_records("a.www.example.com", LONG)
    assert set(found) == {
        CaaRecord("example.com", False, "issue", "ca.example"),
        CaaRecord("example.com", True, "tbs", "x"),
    }
    assert server.asked == [("a.www.example.com", "CAA"), ("www.example.com", "CAA"), ("example.com", "CAA")]


def test_caa_of_a_name_of_which_nothing_is_said(server: DnsServer, dns: Dns) -> None:
    assert dns.find_caa_records("www.example.com", LONG) == ()
    assert [name for name, _ in server.asked] == ["www.example.com", "example.com", "com"]


def test_caa_follows_aliases(server: DnsServer, dns: Dns) -> None:
    server.records["www.example.com", "CNAME"] = ["host.example.net."]
    server.records["host.example.net", "CAA"] = ['0 issue ";"']
    server.records["example.com", "CAA"] = ['0 issue "ca.example"']
    assert dns.find_caa_records("www.example.com", LONG) == [CaaRecord("www.example.com", False, "issue", ";")]


@pytest.mark.parametrize(("how", "reason"), [("broken", "failed"), ("garbled", "timed out")])
def test_a_failed_lookup_of_caa_records_is_not_an_empty_one(server: DnsServer, dns: Dns, how: str, reason: str) -> None:
    """RFC 8659 §3: a CA that gets no answer must not issue."""
    getattr(server, how).add("example.com")
    with pytest.raises(NameUnresolved, match=f"The DNS lookup of example.com {reason}"):
        dns.find_caa_records("www.example.com", 1.0)


def test_caa_in_no_ascii_means_nobody(server: DnsServer, dns: Dns) -> None:
    server.records["example.com", "CAA"] = ['0 issue "ca.ex\\228mple"']
    assert dns.find_caa_records("example.com", LONG) == [
        CaaRecord("example.com", False, "issue", "ca.ex\N{REPLACEMENT CHARACTER}mple")
    ]


def test_without_servers_those_of_the_system_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    import dns.resolver

    made: list[bool] = []

    class Configured(dns.resolver.Resolver):
        def __init__(self, *, configure: bool) -> None:
            made.append(configure)
            raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver, "Resolver", Configured)
    with pytest.raises(NameUnresolved, match=r"The DNS lookup of a\.example failed"):
        Dns(clock=SystemClock()).find_txt_records("a.example", 1.0)
    assert made == [True]
