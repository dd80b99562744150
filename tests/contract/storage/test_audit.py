"""The audit chains."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta

from pki_manager.domain.events.audit import GENESIS_HASH, Outcome
from pki_manager.domain.events.rights import TokenCreated, TokenRevoked
from pki_manager.domain.people.user import User, UserState
from pki_manager.domain.rights.actor import Actor, ActorKind, Role
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.storage.storage import SqlStorage
from tests.conftest import CHAIN, MAC_KEY, OpenStorage
from tests.contract.storage.values import ACTOR, EVENT, new_id
from tests.fakes.clock import START, FrozenClock

ALICE = Actor(kind=ActorKind.LOCAL, id="local:alice", name="Alice", via="cli", peer="::1", rule="role:clerk")


def test_a_chain_links_every_record_and_seals_it_with_the_key(storage: SqlStorage) -> None:
    for number in range(3):
        with storage.begin(ALICE) as unit:
            unit.record(TokenRevoked(object_id=str(number)))
            unit.record(EVENT)
    previous = GENESIS_HASH
    with storage.read() as reader:
        events = list(reader.audit.iterate_chain(CHAIN))
        (head,) = reader.audit.list_heads()
        assert [event.seq for event in reader.audit.iterate_chain(CHAIN, after_seq=4)] == [5, 6]
    for number, event in enumerate(events, 1):
        assert event.seq == number
        assert event.hash == hashlib.sha256(previous + event.body).digest()
        assert event.mac == hmac.digest(MAC_KEY, event.hash, "sha256")
        previous = event.hash
    assert (head.chain, head.seq, head.hash) == (CHAIN, 6, previous)


def test_a_record_says_who_what_when_and_where(storage: SqlStorage) -> None:
    with storage.begin(ALICE) as unit:
        unit.record(TokenCreated(object_id="t1", name="ci", role="requester", owner="local:alice", expires="2027"))
    with storage.read() as reader:
        (event,) = reader.audit.iterate_chain(CHAIN)
    body = json.loads(event.body)
    assert (body["seq"], body["node"], body["time"]) == (1, CHAIN, "2026-11-24T12:00:00.000000Z")
    assert body["actor"] == {"kind": "local", "id": "local:alice", "name": "Alice", "via": "cli", "rule": "role:clerk"}
    assert (body["action"], body["object"], body["peer"]) == ("token.created", {"kind": "token", "id": "t1"}, "::1")


def test_each_process_has_a_chain_of_its_own(open_storage: OpenStorage) -> None:
    for chain in ("host/worker-1", "host/cli"):
        with open_storage(chain).begin(ACTOR) as unit:
            unit.record(EVENT)
    with open_storage().read() as reader:
        assert [(head.chain, head.seq) for head in reader.audit.list_heads()] == [("host/cli", 1), ("host/worker-1", 1)]


def test_two_processes_on_one_chain_go_on_where_the_other_stopped(open_storage: OpenStorage) -> None:
    for storage in (open_storage(), open_storage(), open_storage()):
        with storage.begin(ACTOR) as unit:
            unit.record(EVENT)
    with open_storage().read() as reader:
        assert [event.seq for event in reader.audit.iterate_chain(CHAIN)] == [1, 2, 3]


def test_events_are_found_newest_first_by_action_actor_object_and_time(storage: SqlStorage, clock: FrozenClock) -> None:
    for number in range(4):
        with storage.begin(ALICE if number % 2 else ACTOR) as unit:
            unit.record(TokenRevoked(object_id=str(number)))
            unit.record(EVENT)
        clock.advance(timedelta(minutes=1))

    def found(**where: object) -> list[int]:
        with storage.read() as reader:
            return [event.seq for event in reader.audit.page(AuditFilter(**where), None, 50).items]

    assert found() == [8, 7, 6, 5, 4, 3, 2, 1]
    assert found(action="token.revoked") == [7, 5, 3, 1]
    assert found(actor="local:alice") == [8, 7, 4, 3]
    assert found(object_id="2") == [5]
    assert found(since=START + timedelta(minutes=3)) == [8, 7]
    assert found(until=START) == [2, 1]
    assert found(action="token.revoked", actor="local:alice", since=START + timedelta(minutes=2)) == [7]


def test_audit_pages_are_stable_while_events_arrive(open_storage: OpenStorage) -> None:
    one, two = open_storage("host/worker-1"), open_storage("host/worker-2")
    for storage in (one, two, one, two, one):
        with storage.begin(ACTOR) as unit:
            unit.record(EVENT)
    seen: list[tuple[str, int]] = []
    cursor = None
    for _ in range(3):
        with one.read() as reader:
            page = reader.audit.page(AuditFilter(), cursor, 2)
        seen += [(event.chain, event.seq) for event in page.items]
        cursor = page.next_cursor
        with two.begin(ACTOR) as unit:
            unit.record(EVENT)
    assert cursor is not None or len(seen) == 5
    assert len(set(seen)) == len(seen)
    assert {("host/worker-1", 1), ("host/worker-1", 2), ("host/worker-1", 3)} <= set(seen)


def test_events_are_found_by_the_words_that_a_list_of_them_shows(storage: SqlStorage) -> None:
    carol = User(
        id=new_id(1),
        login="carol",
        display_name="Carol Lindqvist",
        email=None,
        state=UserState.ACTIVE,
        role=Role.AUDITOR,
        created_by="local:alice",
        created_at=START,
        last_sign_in_at=None,
    )
    by_carol = Actor(kind=ActorKind.USER, id=carol.actor_id, name=carol.login, via="rest")
    with storage.begin(ACTOR) as unit:
        unit.users.add(carol)
        unit.record(TokenCreated(object_id="ab12", name="ci", role="requester", owner="local:alice", expires="2027"))
    with storage.begin(by_carol) as unit:
        unit.record(TokenRevoked(object_id="ab34"))
        unit.record(TokenRevoked(object_id="cd56", outcome=Outcome.REFUSED))
    with storage.begin(ALICE) as unit:
        unit.record(TokenRevoked(object_id="ab_4"))

    def found(query: str) -> list[str]:
        with storage.read() as reader:
            page = reader.audit.page(AuditFilter(query=query), None, 50)
        return [json.loads(event.body)["object"]["id"] for event in page.items]

    assert found("Token revoked") == ["ab_4", "cd56", "ab34"]
    assert found("revoked CAROL") == found("lindqvist") == ["cd56", "ab34"]
    assert found("refused") == ["cd56"]
    assert found("alice") == ["ab_4"]
    assert found("ab") == ["ab_4", "ab34", "ab12"]
    assert found("created|refused") == ["cd56", "ab12"]
    assert found("ab%") == found("a_ice") == found("nothing") == []
    assert len(found(" ")) == len(found("|")) == 4
