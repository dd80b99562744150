"""Processes that share a SQLCipher database: one writes what the others draft, and no guarantee depends on it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path

import pytest

from pki_manager.authority.audit.audit_log import verify_audit
from pki_manager.authority.cas.suspend_ca import suspend_ca
from pki_manager.authority.certificates.enroll_batch import EnrollCall, enroll_batch
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import Conflict, PkiError
from pki_manager.ports.unit_of_work import Claim
from pki_manager.storage.engine.group_state import GroupState
from pki_manager.storage.handover import service
from pki_manager.storage.handover.block import Block
from pki_manager.storage.handover.sender import HandoverVerdict, WriterConnection
from pki_manager.storage.storage import SqlStorage
from tests.conftest import MAC_KEY, open_engine
from tests.fakes.clock import FrozenClock
from tests.fakes.entropy import SeededEntropy
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, initialized, make_authority
from tests.support.issuing import REQUEST


@dataclass(frozen=True)
class Pair:
    """Two processes of one server. `verdicts` are those on the blocks that the maker has handed over."""

    writer: Context
    maker: Context
    verdicts: list[HandoverVerdict]

    def issue(self, *numbers: int, key: str | None = None) -> Sequence[Certificate | PkiError]:
        claim = None if key is None else Claim("issue_certificate", key, b"body")
        csrs = [make_csr(f"www{number}.example.com") for number in numbers]
        return enroll_batch(self.maker, [EnrollCall(ADMIN, replace(REQUEST, csr=csr), claim) for csr in csrs])

    def require_sound(self, *answers: Certificate | PkiError) -> None:
        """Every acknowledged certificate is stored once, and all audit chains verify."""
        certificates = [answer for answer in answers if isinstance(answer, Certificate)]
        with self.writer.ports.storage.read() as reader:
            assert all(reader.certificates.get(one.id).der == one.der for one in certificates)
            day = reader.counts.find_next_day(0)
            assert day is not None
            assert reader.counts.compute_differences(day) == {}
        assert len({one.serial for one in certificates}) == len(certificates)
        assert verify_audit(self.writer, ADMIN).valid


@pytest.fixture
def open_process(sqlcipher_url: str, clock: FrozenClock) -> Iterator[Callable[[str], SqlStorage]]:
    opened: list[SqlStorage] = []

    def open_one(chain: str) -> SqlStorage:
        path = Path(sqlcipher_url.partition(":")[2])
        storage = SqlStorage(
            open_engine(sqlcipher_url),
            chain=chain,
            mac_key=MAC_KEY,
            clock=clock,
            entropy=SeededEntropy(chain),
            lock_path=path.with_suffix(".queue"),
            handover_lock=path.with_suffix(".writer"),
        )
        opened.append(storage)
        return storage

    yield open_one
    for storage in opened:
        storage.close()


@pytest.fixture
def pair(
    tmp_path: Path,
    open_process: Callable[[str], SqlStorage],
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> Pair:
    writer = initialized(make_authority(tmp_path, open_process("host/worker-1"), clock))
    maker = make_authority(tmp_path, open_process("host/worker-2"), clock, node="host/worker-2")
    verdicts: list[HandoverVerdict] = []
    send = WriterConnection.send

    def noting(self: WriterConnection, block: Block) -> HandoverVerdict:
        verdicts.append(send(self, block))
        return verdicts[-1]

    monkeypatch.setattr(WriterConnection, "send", noting)
    pair = Pair(writer, maker, verdicts)
    pair.require_sound(*pair.issue(0))  # the first unit of a process creates its audit chain
    verdicts.clear()
    return pair


def test_intents_and_certificates_of_a_maker_are_stored_by_the_writer(pair: Pair) -> None:
    answers = pair.issue(*range(1, 20))
    assert all(isinstance(answer, Certificate) for answer in answers)
    assert pair.verdicts == [HandoverVerdict.STORED, HandoverVerdict.STORED]
    pair.require_sound(*answers)


def test_both_processes_issue_at_once_and_every_certificate_is_stored(pair: Pair) -> None:
    answers: list[Certificate | PkiError] = []
    other = Pair(pair.maker, pair.writer, [])

    def issue(of: Pair, first: int) -> None:
        for number in range(first, first + 20, 4):
            answers.extend(of.issue(*range(number, number + 4)))

    threads = [threading.Thread(target=issue, args=arguments) for arguments in ((pair, 100), (other, 200))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([answer for answer in answers if isinstance(answer, Certificate)]) == 40
    assert set(pair.verdicts) == {HandoverVerdict.STORED}
    pair.require_sound(*answers)


def test_a_directory_that_changed_since_the_decision_refuses_the_block_and_the_request_is_decided_again(
    pair: Pair,
) -> None:
    suspend_ca(pair.writer, ADMIN, "Issuing CA")
    (answer,) = pair.issue(1)
    assert set(pair.verdicts) == {HandoverVerdict.REFUSED}
    assert isinstance(answer, Conflict)
    pair.require_sound()


def test_an_idempotency_key_that_is_taken_returns_the_first_certificate(pair: Pair) -> None:
    (first,) = pair.issue(1, key="one")
    assert pair.verdicts == [HandoverVerdict.STORED, HandoverVerdict.STORED]
    (replayed,) = pair.issue(1, key="one")
    assert isinstance(first, Certificate)
    assert isinstance(replayed, Certificate)
    assert replayed.id == first.id
    pair.require_sound(first)


@pytest.mark.parametrize("stored", [True, False])
def test_a_writer_that_ends_before_it_answers_loses_no_block_and_stores_none_twice(
    pair: Pair, stored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = service.HandoverService.answer

    def dying(self: service.HandoverService, encoded: bytes) -> bytes:
        if stored:
            answer(self, encoded)
        raise EOFError

    monkeypatch.setattr(service.HandoverService, "answer", dying)
    answers = pair.issue(1, 2)
    assert all(isinstance(answer, Certificate) for answer in answers)
    assert set(pair.verdicts) == {HandoverVerdict.UNKNOWN}
    pair.require_sound(*answers)


def test_a_maker_takes_the_place_of_a_writer_that_has_ended(
    pair: Pair, open_process: Callable[[str], SqlStorage], tmp_path: Path, clock: FrozenClock
) -> None:
    pair.writer.ports.storage.close()
    answers = [*pair.issue(1), *pair.issue(2)]
    assert all(isinstance(answer, Certificate) for answer in answers)
    other = make_authority(tmp_path, open_process("host/worker-1"), clock)
    new = Pair(pair.maker, other, pair.verdicts)
    pair.verdicts.clear()
    answers += [*new.issue(3), *new.issue(4)]
    assert pair.verdicts == [HandoverVerdict.STORED] * 4
    new.require_sound(*answers)


def test_units_that_need_the_database_are_run_by_their_own_process(pair: Pair) -> None:
    suspend_ca(pair.maker, ADMIN, "Issuing CA")
    assert pair.verdicts == []
    pair.require_sound()
    with pair.writer.ports.storage.read() as reader:
        assert {head.chain for head in reader.audit.list_heads()} == {"host/worker-1", "host/worker-2"}


def test_a_block_of_another_program_version_is_not_taken(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    handover = pair.maker.ports.storage._handover  # type: ignore[attr-defined]
    handover.close()
    monkeypatch.setattr(handover, "greeting", b"another version")
    answers = pair.issue(1)
    assert pair.verdicts == []
    pair.require_sound(*answers)


def test_each_part_of_the_state_of_a_group_is_handed_over_or_is_not_drafted() -> None:
    """A new part that a block leaves out would be lost without an error."""
    audit = {"audit.head", "audit.other_heads", "audit.events"}
    handed_over = audit | {"enrollments.reserved", "status.serials", "rows", "counts"}
    assumed = {"meta.clock", "meta.revision", "enrollments.issuing"}
    never_drafted = {"status.publications", "is_last", "meta.is_directory_locked"}
    state = GroupState()
    parts = {name: getattr(state, name) for name in (part.name for part in fields(state))}
    inner = {f"{name}.{part.name}" for name, value in parts.items() if is_dataclass(value) for part in fields(value)}
    plain = {name for name, value in parts.items() if not is_dataclass(value)}
    assert inner | plain == handed_over | assumed | never_drafted
