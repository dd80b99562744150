"""CMP transactions: found by client and transactionID, changed by one message at a time, and deleted when they end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from pki_manager.domain.protocols.cmp import CmpState, CmpTransaction
from pki_manager.storage.storage import SqlStorage
from tests.contract.storage.values import new_id
from tests.fakes.clock import START

MINUTE = timedelta(minutes=1)


def transaction(number: int, client: str = "token:a", **changes: object) -> CmpTransaction:
    made = CmpTransaction(
        id=new_id(number),
        client=client,
        transaction_id=bytes([number]) * 16,
        body_type=0,
        request_number=-1,
        enrollment_id=new_id(100 + number),
        state=CmpState.DELIVERED,
        implicit_confirm=False,
        nonce=b"nonce" * 4,
        created_at=START,
        expires_at=START + MINUTE,
    )
    return replace(made, **changes)


def add(storage: SqlStorage, *transactions: CmpTransaction) -> list[bool]:
    with storage.housekeep() as unit:
        return [unit.cmp.add(one) for one in transactions]


def test_a_transaction_is_found_by_its_client_and_id_alone(storage: SqlStorage) -> None:
    one = transaction(1)
    assert add(storage, one) == [True]
    with storage.read() as reader:
        assert reader.cmp.find("token:a", one.transaction_id) == one
        assert reader.cmp.find("token:b", one.transaction_id) is None
        assert reader.cmp.find("token:a", b"x" * 16) is None


def test_a_client_uses_a_transaction_id_once(storage: SqlStorage) -> None:
    one = transaction(1)
    again = replace(transaction(2), transaction_id=one.transaction_id)
    assert add(storage, one, again) == [True, False]
    assert add(storage, replace(again, client="token:b")) == [True]


def test_of_two_messages_one_changes_the_transaction(storage: SqlStorage) -> None:
    one = transaction(1)
    add(storage, one)
    ended = replace(one, state=CmpState.ENDED, nonce=b"another nonce   ", expires_at=START + 2 * MINUTE)
    with storage.housekeep() as unit:
        assert unit.cmp.change(one, ended)
        assert not unit.cmp.change(one, replace(one, state=CmpState.PENDING))
    with storage.read() as reader:
        assert reader.cmp.find("token:a", one.transaction_id) == ended


def test_open_transactions_whose_time_is_over_are_overdue_oldest_first(storage: SqlStorage) -> None:
    late = transaction(1, expires_at=START + 2 * MINUTE)
    early = transaction(2, state=CmpState.PENDING)
    add(storage, late, early, transaction(3, state=CmpState.ENDED), transaction(4, expires_at=START + 9 * MINUTE))
    with storage.read() as reader:
        assert list(reader.cmp.list_overdue(START + 2 * MINUTE, 10)) == [early, late]
        assert list(reader.cmp.list_overdue(START + 2 * MINUTE, 1)) == [early]


def test_open_transactions_are_counted_by_client(storage: SqlStorage) -> None:
    add(storage, transaction(1), transaction(2, state=CmpState.PENDING), transaction(3, state=CmpState.ENDED))
    add(storage, transaction(4, client="token:b"))
    with storage.read() as reader:
        assert (reader.cmp.count_open("token:a"), reader.cmp.count_open("token:c")) == (2, 0)


def test_ended_transactions_are_deleted_when_their_time_is_over(storage: SqlStorage) -> None:
    add(storage, transaction(1, state=CmpState.ENDED), transaction(2), transaction(3, state=CmpState.ENDED))
    with storage.housekeep() as unit:
        assert unit.cmp.prune(START) == 0
        assert unit.cmp.prune(START + MINUTE) == 2
    with storage.read() as reader:
        assert reader.cmp.find("token:a", transaction(2).transaction_id) is not None
