"""Which URLs relying parties on other machines cannot reach, and which status URLs CA certificates may have."""

from __future__ import annotations

import pytest

from pki_manager.policy.status_urls import StatusUrlRule, is_local_url, normalize_base_url

LOCAL = (
    *("localhost", "LOCALHOST", "localhost.", "LocalHost.LocalDomain", "a.localhost", "a.localhost.", "ip6-localhost"),
    *("ip6-loopback", "localhost4", "localhost6.localdomain6"),
    *("127.0.0.1", "127.255.255.254", "127.1", "0x7f.0.0.1", "0X7F000001", "0177.0.0.1", "2130706433", "127.0.0.1."),
    *("0.0.0.0", "0", "0.1.2.3", "169.254.1.2"),
    *("[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[fe80::1]", "[FE80::1%25eth0]", "[::ffff:127.0.0.1]", "[::127.0.0.1]"),
)
REACHABLE = (
    *("status.example.com", "localhost.example.com", "notlocalhost", "10.0.0.1", "192.168.1.1", "128.0.0.1", "1.127"),
    *("[2001:db8::1]", "[fc00::1]", "[::ffff:10.0.0.1]", "08.1", "256.0.0.1", "1.2.3.4.5", "0xzz"),
)


@pytest.mark.parametrize("host", LOCAL)
@pytest.mark.parametrize("form", ["http://{}", "http://{}:8081", "HTTP://{}/pki/", "http://user:word@{}:80"])
def test_a_url_that_leads_to_the_machine_that_uses_it_is_local(host: str, form: str) -> None:
    assert is_local_url(form.format(host))


@pytest.mark.parametrize("host", REACHABLE)
def test_a_url_of_another_machine_is_not_local(host: str) -> None:
    assert not is_local_url(f"http://{host}:8081")


def test_a_url_that_cannot_be_read_is_not_local() -> None:
    assert not is_local_url("http://[::1")


def test_base_urls_are_equal_in_every_spelling() -> None:
    spellings = ("http://Status.Example.com/", "http://status.example.com:80", "HTTP://status.example.com.")
    assert {normalize_base_url(url) for url in spellings} == {"http://status.example.com"}
    assert normalize_base_url("http://[2001:DB8::1]:8081/pki/") == "http://[2001:db8::1]:8081/pki"


PUBLIC = "http://status.example.com"
HERE = "http://localhost:8081"


def test_in_a_local_trial_every_status_url_may_be_used() -> None:
    rule = StatusUrlRule(base=HERE)
    assert rule.find_fault(HERE) is None
    assert rule.find_fault("http://localhost:9081") is None


@pytest.mark.parametrize(
    ("rule", "url", "fault"),
    [
        (StatusUrlRule(base=HERE, is_public=True), HERE, "leads to the machine"),
        (StatusUrlRule(base=PUBLIC), HERE, "leads to the machine"),
        (StatusUrlRule(base=PUBLIC), "http://other.example.com", "is not public_status_url"),
        (StatusUrlRule(base=PUBLIC, is_public=True), "http://status.example.com:8081", "is not public_status_url"),
    ],
)
def test_a_status_url_that_clients_cannot_reach_is_a_fault(rule: StatusUrlRule, url: str, fault: str) -> None:
    assert fault in (rule.find_fault(url) or "")


def test_a_status_url_in_force_or_accepted_is_no_fault() -> None:
    assert StatusUrlRule(base=PUBLIC, is_public=True).find_fault("http://STATUS.example.com/") is None
    rule = StatusUrlRule(base=PUBLIC, is_public=True, accepted=frozenset({"http://old.example.com", HERE}))
    assert rule.find_fault("http://old.example.com") is None
    assert rule.find_fault(HERE) is None
