"""Admission of connections, and the shares of listeners in a process' descriptors."""

from __future__ import annotations

import logging
import resource
from ipaddress import ip_network

import pytest

from pki_manager.server.connection_gate import Admission, ConnectionGate, Refusals, get_peer
from pki_manager.server.descriptors import RESERVED, compute_connection_limit, raise_descriptors


class Connection:
    def __init__(self, *, is_waiting: bool = True) -> None:
        self.is_waiting = is_waiting
        self.is_ended = False

    def abort(self) -> None:
        self.is_ended = True

    def check(self, now: float) -> None: ...


def admitted(gate: ConnectionGate, address: str, *, is_waiting: bool = True) -> Admission:
    admission = gate.admit(address)
    assert admission is not None
    admission.served = Connection(is_waiting=is_waiting)
    return admission


def test_an_ipv6_network_of_64_bits_is_one_peer() -> None:
    assert get_peer("2001:db8::1") == get_peer("2001:db8::ffff:1") != get_peer("2001:db8:0:1::1")
    assert get_peer("192.0.2.1") == get_peer("::ffff:192.0.2.1") != get_peer("192.0.2.2")
    assert get_peer("fe80::1%lo") == get_peer("fe80::2%lo")


def test_one_peer_is_limited_and_another_is_not() -> None:
    gate = ConnectionGate("status", Refusals(), most=100, most_per_peer=2)
    held = [admitted(gate, f"2001:db8::{number}", is_waiting=False) for number in (1, 2)]
    assert gate.admit("2001:db8::3") is None
    assert gate.admit("2001:db8:0:1::3") is not None
    gate.release(held[0])
    gate.release(held[0])
    assert gate.admit("2001:db8::3") is not None
    assert len(gate) == 3


def test_the_listener_is_limited_whoever_comes() -> None:
    gate = ConnectionGate("status", Refusals(), most=3, most_per_peer=2)
    for number in range(3):
        admitted(gate, f"192.0.2.{number}", is_waiting=False)
    assert gate.admit("192.0.2.9") is None
    assert gate.refusals.counts["status", "connections"] == 1


def test_those_that_wait_give_way_oldest_first_and_those_that_are_answered_stay() -> None:
    gate = ConnectionGate("status", Refusals(), most=20, most_per_peer=20)
    busy = admitted(gate, "192.0.2.1", is_waiting=False)
    waiting = [admitted(gate, "192.0.2.1") for _ in range(19)]
    assert gate.admit("192.0.2.1") is not None
    ended = [one for one in waiting if isinstance(one.served, Connection) and one.served.is_ended]
    assert ended == waiting[:16]
    assert isinstance(busy.served, Connection)
    assert not busy.served.is_ended


def test_a_proxy_brings_the_connections_of_many() -> None:
    gate = ConnectionGate("management", Refusals(), most=5, most_per_peer=1, proxies=[ip_network("10.0.0.0/8")])
    for _ in range(5):
        admitted(gate, "10.1.2.3", is_waiting=False)
    assert gate.admit("10.1.2.3") is None


def test_peers_that_are_gone_are_forgotten() -> None:
    gate = ConnectionGate("status", Refusals(), most=1, most_per_peer=1)
    for number in range(50):
        admitted(gate, f"192.0.2.{number}")
    assert len(gate._by_peer) == 1


def test_a_flood_is_one_line_in_ten_seconds(caplog: pytest.LogCaptureFixture) -> None:
    refusals = Refusals()
    with caplog.at_level(logging.WARNING):
        for now in range(25):
            for _ in range(100):
                refusals.note("status", "connections", "192.0.2.1")
            refusals.log(float(now))
    assert [record.__dict__["count"] for record in caplog.records] == [100, 1000, 1000]


@pytest.mark.parametrize("descriptors", [256, 1024, 4096, 65536])
def test_the_shares_of_the_listeners_leave_descriptors_for_everything_else(descriptors: int) -> None:
    shares = [
        compute_connection_limit(listener, maximum=16384, descriptors=descriptors)
        for listener in ("management", "tls", "status")
    ]
    assert min(shares) >= 16
    assert sum(shares) <= max(descriptors - RESERVED, 48)


def test_the_soft_limit_on_open_files_is_raised_to_the_hard_one() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        raised = raise_descriptors()
        assert raised == resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 256
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_system_that_forbids_it_is_lived_with(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError("not permitted")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (512, 65536))
    monkeypatch.setattr(resource, "setrlimit", forbidden)
    assert raise_descriptors() == 512
