"""Two hosts on one database: whoever leads, neither says anything of a certificate that is no longer true."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path
from uuid import UUID

import pytest

from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.installation.nodes import (
    IS_PRESENT,
    NodeState,
    find_leader,
    list_nodes,
    list_setting_notices,
)
from pki_manager.authority.status.hold import hold, release
from pki_manager.authority.status.presence import REPORT_EVERY
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.ca import IssuerKey
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import StorageUnavailable
from pki_manager.domain.revocation import RevocationReason
from pki_manager.ports.status_log import StoreReport
from pki_manager.storage.repositories.status_log import SqlStatusLog
from pki_manager.x509.ocsp.response import CertStatus
from tests.fakes.clock import FrozenClock
from tests.services.postgresql import PostgresServer
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, initialized
from tests.support.two_hosts import Host

Start = Callable[[str], Host]


@pytest.fixture
def start(tmp_path: Path, postgresql_url: str, clock: FrozenClock) -> Iterator[Start]:
    """`start(name)` starts the host of that name, for the first time or again."""
    running: list[Host] = []

    def start_one(name: str) -> Host:
        signers = running[0].ctx.ports.signers if running else None
        host = Host.start(tmp_path / name, postgresql_url, clock, signers=signers)
        if not running:
            initialized(host.ctx)
        running.append(host)
        return host

    yield start_one
    for host in running:
        host.stop()


def issue(host: Host, name: str) -> Certificate:
    certificate, _ = enroll(host.ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr(name)))
    return certificate


def key_of(host: Host) -> IssuerKey:
    return show_ca(host.ctx, ADMIN, "Issuing CA").keys[0].key


def settle(clock: FrozenClock, *hosts: Host) -> None:
    """Let the hosts run until everything is done, the first of them first."""
    for _ in range(4):
        for host in hosts:
            host.worker.tick()
        clock.advance(timedelta(seconds=2))


def start_two(start: Start, clock: FrozenClock) -> tuple[Host, Host]:
    """Start two hosts, the first of which leads, and let both fill their stores and report that."""
    one, other = start("hosta"), start("hostb")
    settle(clock, one, other)
    settle(clock, one, other)
    return one, other


def cut_sessions(server: PostgresServer) -> None:
    with server.connect() as connection:
        others = "pid <> pg_backend_pid() AND datname LIKE 'test%'"
        # With the timeout, it waits until each session has ended and its locks are free.
        connection.execute(f"SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity WHERE {others}")


@pytest.mark.parametrize("moves", list(product(("resign", "cut"), ("other", "same"), ("resign", "cut"))), ids="-".join)
def test_rev_01_neither_host_says_good_of_a_revoked_certificate_whoever_leads(
    start: Start, clock: FrozenClock, postgresql: PostgresServer, moves: tuple[str, str, str]
) -> None:
    one, other = start("hosta"), start("hostb")
    leaves = [issue(one, f"{number}.example.com") for number in range(3)]
    settle(clock, one, other)
    key = key_of(one)
    assert all(host.ocsp(key, leaf) == {CertStatus.GOOD} for host in (one, other) for leaf in leaves)
    numbers = [0]
    leading, following = one, other
    first, whose, second = moves
    for step, move in enumerate((first, second)):
        if move == "resign":
            leading.lock.resign()
        else:
            cut_sessions(postgresql)
        if step == 0 or whose == "other":
            leading, following = following, leading
        # Revoked at the host that does not lead any more, before either host has noticed anything else.
        revoke(following.ctx, ADMIN, leaves[step].id, RevocationReason.KEY_COMPROMISE)
        settle(clock, leading, following)
        assert (leading.worker.state.leading, following.worker.state.leading) == (True, False)
        for host in (one, other):
            for leaf in leaves[: step + 1]:
                assert host.ocsp(key, leaf) == {CertStatus.REVOKED}
            assert host.ocsp(key, leaves[2]) == {CertStatus.GOOD}
        crls = [host.crl(key) for host in (one, other)]
        assert crls[0] == crls[1] is not None
        assert {leaf.serial for leaf in leaves[: step + 1]} <= set(crls[1].serials)
        assert crls[1].number is not None
        numbers.append(crls[1].number)
    assert numbers == sorted(set(numbers))


def test_rev_01_a_host_that_comes_back_serves_nothing_from_before_until_it_has_compared(
    start: Start, clock: FrozenClock
) -> None:
    one, other = start("hosta"), start("hostb")
    leaf = issue(one, "www.example.com")
    settle(clock, one, other)
    key = key_of(one)
    before = one.crl(key)
    assert one.ocsp(key, leaf) == {CertStatus.GOOD}
    one.stop()
    revoke(other.ctx, ADMIN, leaf.id, RevocationReason.KEY_COMPROMISE)
    settle(clock, other)
    back = start("hosta")
    assert back.crl(key) is None
    assert back.ocsp(key, leaf) == {CertStatus.REVOKED}
    back.follower.follow()
    assert back.ocsp(key, leaf) == {CertStatus.REVOKED}
    after = back.crl(key)
    assert after is not None
    assert before is not None
    assert leaf.serial in after.serials
    assert (after.number or 0) > (before.number or 0)


def test_rev_01_a_host_that_cannot_ask_the_database_serves_no_status_from_its_store_for_long(
    start: Start, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when it was frozen, or the network is divided: another host may have published something else meanwhile."""
    one, other = start("hosta"), start("hostb")
    leaf = issue(one, "www.example.com")
    settle(clock, one, other)
    key = key_of(one)
    assert one.ocsp(key, leaf) == {CertStatus.GOOD}
    assert one.crl(key) is not None
    revoke(other.ctx, ADMIN, leaf.id, RevocationReason.KEY_COMPROMISE)
    clock.advance(timedelta(seconds=20))
    assert one.ocsp(key, leaf) == {CertStatus.REVOKED}, "answered from the database"
    assert one.crl(key) is None
    one.follower.follow()
    assert one.ocsp(key, leaf) == {CertStatus.REVOKED}
    assert one.crl(key) is not None


def test_a_hold_and_its_release_are_the_same_at_both_hosts(start: Start, clock: FrozenClock) -> None:
    one, other = start("hosta"), start("hostb")
    leaf = issue(one, "www.example.com")
    settle(clock, one, other)
    key = key_of(one)
    hold(other.ctx, ADMIN, leaf.id)
    settle(clock, one, other)
    assert [host.ocsp(key, leaf) for host in (one, other)] == [{CertStatus.REVOKED}] * 2
    one.lock.resign()
    release(one.ctx, ADMIN, leaf.id)
    settle(clock, other, one)
    assert [host.ocsp(key, leaf) for host in (one, other)] == [{CertStatus.GOOD}] * 2
    crls = [host.crl(key) for host in (one, other)]
    assert crls[0] == crls[1]
    assert crls[0] is not None
    assert leaf.serial not in crls[0].serials


def test_each_host_shows_every_host_and_who_leads(start: Start, clock: FrozenClock, postgresql: PostgresServer) -> None:
    one, other = start_two(start, clock)
    for host in (one, other):
        assert {node.name: node.leader for node in host.nodes().values()} == {"hosta": True, "hostb": False}
        assert find_leader(host.ctx) == "hosta"
        assert {node.published_lag_seconds for node in host.nodes().values()} == {0}
        assert all(clock.now() - node.last_seen < IS_PRESENT for node in host.nodes().values())
    one.lock.resign()
    settle(clock, other, one)
    assert [find_leader(host.ctx) for host in (one, other)] == ["hostb"] * 2
    assert not one.nodes()["hosta"].leader
    cut_sessions(postgresql)
    settle(clock, one, other)
    assert [find_leader(host.ctx) for host in (one, other)] == ["hosta"] * 2


def test_a_leader_that_dies_leads_no_longer_after_its_last_report_is_old(start: Start, clock: FrozenClock) -> None:
    _, other = start_two(start, clock)
    last = other.nodes()["hosta"].last_seen
    clock.advance(IS_PRESENT)
    other.follower.follow()
    assert other.nodes()["hosta"] == NodeState(name="hosta", leader=False, last_seen=last, published_lag_seconds=0)
    assert find_leader(other.ctx) is None


def test_a_host_that_ends_says_that_it_leads_no_longer(start: Start, clock: FrozenClock) -> None:
    one, other = start_two(start, clock)
    one.worker.start()
    assert one.worker.stop(20)
    assert find_leader(other.ctx) is None
    assert not other.nodes()["hosta"].leader


def test_the_lag_of_a_host_is_the_age_of_what_it_has_not_published(start: Start, clock: FrozenClock) -> None:
    one, other = start_two(start, clock)
    leaf = issue(one, "www.example.com")
    settle(clock, one, other)
    clock.advance(timedelta(seconds=4))
    revoke(one.ctx, ADMIN, leaf.id, RevocationReason.KEY_COMPROMISE)
    for _ in range(20):
        clock.advance(timedelta(seconds=2))
        one.worker.tick()
    lags = {node.name: node.published_lag_seconds for node in one.nodes().values()}
    assert lags == {"hosta": 0, "hostb": 40}, "the other host has stopped"
    settle(clock, other)
    assert other.nodes()["hostb"].published_lag_seconds == 0


def test_a_host_whose_store_cannot_be_written_shows_its_lag_although_it_reports(
    start: Start, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = start_two(start, clock)
    leaf = issue(one, "www.example.com")
    settle(clock, one, other)
    revoke(one.ctx, ADMIN, leaf.id, RevocationReason.KEY_COMPROMISE)

    def fail(_: object) -> None:
        raise StorageUnavailable("The disk is full.")

    with monkeypatch.context() as broken:
        broken.setattr(other.ctx.ports.published, "withdraw", fail)
        settle(clock, one, other)
        settle(clock, one, other)
        shown = one.nodes()["hostb"]
        assert clock.now() - shown.last_seen < IS_PRESENT
        assert shown.published_lag_seconds is not None
        assert shown.published_lag_seconds >= 4
    settle(clock, one, other)
    assert one.nodes()["hostb"].published_lag_seconds == 0


def test_a_host_with_a_new_data_directory_replaces_its_old_entry(start: Start, clock: FrozenClock) -> None:
    one, other = start_two(start, clock)
    with other.ctx.ports.storage.housekeep() as uow:
        uow.status_log.note_store(
            StoreReport(
                store=UUID(int=1),
                node="hostb/worker-1",
                seen_at=clock.now() - timedelta(hours=2),
                revision=None,
                term=None,
            )
        )
    assert [node.name for node in list_nodes(one.ctx, ADMIN)] == ["hosta", "hostb"]


def test_hosts_with_the_same_name_are_both_shown(start: Start, clock: FrozenClock) -> None:
    one, other = start_two(start, clock)
    with other.ctx.ports.storage.housekeep() as uow:
        uow.status_log.note_store(
            StoreReport(store=UUID(int=1), node="hostb/worker-1", seen_at=clock.now(), revision=None, term=None)
        )
    shown = [(node.name, node.published_lag_seconds) for node in list_nodes(one.ctx, ADMIN)]
    assert sorted(shown, key=str) == [("hosta", 0), ("hostb", 0), ("hostb", None)]


def test_reports_are_few(start: Start, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> None:
    one = start("hosta")
    settle(clock, one)
    reports = []
    monkeypatch.setattr(SqlStatusLog, "note_store", lambda _, report: reports.append(report))
    for number in range(600):
        clock.advance(timedelta(seconds=0.1))
        if number % 3 == 0:
            revoke(one.ctx, ADMIN, issue(one, f"{number}.example.com").id, RevocationReason.SUPERSEDED)
        one.follower.follow(term=1)
    assert len(reports) <= 61
    reports.clear()
    clock.advance(timedelta(seconds=11))
    one.follower.follow(term=1)
    for _ in range(600):
        clock.advance(timedelta(seconds=0.1))
        one.follower.follow(term=1)
    assert 6 <= len(reports) <= 8


def test_settings_that_must_agree_and_do_not_are_named_with_both_hosts(start: Start, clock: FrozenClock) -> None:
    one, other = start("hosta"), start("hostb")
    same = {"crl_validity": "1", "public_url": "2", "ocsp_validity": "3"}
    set_settings(one, same)
    set_settings(other, {**same, "unknown_here": "4"})
    settle(clock, one, other)
    assert list_setting_notices(one.ctx) == ()
    set_settings(other, {**same, "public_url": "5", "crl_validity": "6"})
    clock.advance(timedelta(seconds=REPORT_EVERY))
    settle(clock, one, other)
    for host in (one, other):
        (notice,) = list_setting_notices(host.ctx)
        assert "'hosta' and 'hostb' have different values of crl_validity, public_url." in notice.message
    clock.advance(IS_PRESENT)
    settle(clock, one)
    assert list_setting_notices(one.ctx) == (), "the other host has stopped"


def set_settings(host: Host, settings: dict[str, str]) -> None:
    object.__setattr__(host.ctx.config, "shared_settings", settings)
