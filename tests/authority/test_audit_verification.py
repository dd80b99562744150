"""The audit log is verified a little at a time; where it stands is in the database, and cannot be forged there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from pki_manager.authority.audit import audit_log, verification
from pki_manager.authority.audit.audit_log import verify_checkpoint_line, write_checkpoint
from pki_manager.authority.audit.verification import RETRY_AFTER, Verification, find_last_verified, verify_in_steps
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.rights.tokens import create_token
from pki_manager.domain.duration import Duration
from pki_manager.domain.events.audit import compute_chain_hash
from pki_manager.domain.rights.actor import Role, build_system_actor
from pki_manager.ports.audit_trail import AuditFilter
from tests.fakes.clock import FrozenClock
from tests.support.factories import ADMIN

WORKER = build_system_actor("worker")
EVENT = timedelta(milliseconds=100)
Execute = Callable[..., None]


@pytest.fixture
def execute(engine: sa.Engine) -> Execute:
    """Write to the database past the program."""

    def run(statement: str, **values: object) -> None:
        with engine.execution_options(write=True).begin() as connection:
            connection.execute(sa.text(statement), values)

    return run


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch, clock: FrozenClock) -> list[str]:
    """Let each event and each checkpoint take 100 ms; those that were verified so far."""
    verified: list[str] = []
    real_hash, real_heads = compute_chain_hash, verify_checkpoint_line

    def chain_hash(previous: bytes, body: bytes) -> bytes:
        verified.append("event")
        clock.advance(EVENT)
        return real_hash(previous, body)

    def verified_heads(spki: bytes, line: bytes) -> Any:
        if line:
            verified.append("checkpoint")
            clock.advance(EVENT)
        return real_heads(spki, line)

    monkeypatch.setattr(audit_log, "compute_chain_hash", chain_hash)
    monkeypatch.setattr(verification, "verify_checkpoint_line", verified_heads)
    return verified


def verify(ctx: Context) -> Verification:
    return verify_in_steps(ctx, WORKER, seconds=0.25)


def steps(ctx: Context) -> Iterator[Verification]:
    """Those of one verification."""
    while (state := verify(ctx)).place is not None:
        yield state
    yield state


def events(ctx: Context) -> int:
    return len(audit_log.list_audit(ctx, ADMIN, AuditFilter(), None, 200).items)


def change(ctx: Context) -> None:
    create_token(ctx, ADMIN, "ci", Role.AUDITOR, Duration.parse("P1D"))
    write_checkpoint(ctx)


def test_a_step_takes_a_bounded_time_and_the_next_one_continues_there(
    ctx: Context, clock: FrozenClock, slow: list[str]
) -> None:
    write_checkpoint(ctx)
    change(ctx)
    number = events(ctx)
    began, taken = clock.monotonic(), []
    for _ in steps(ctx):
        taken.append(clock.monotonic() - began)
        began = clock.monotonic()
    assert max(taken) <= 0.4
    assert slow == ["event"] * number + ["checkpoint"] * 2, "nothing is verified twice, and nothing is left out"


def test_a_passing_verification_is_remembered_without_an_event(ctx: Context, clock: FrozenClock) -> None:
    assert find_last_verified(ctx, WORKER) is None
    before = events(ctx)
    assert verify(ctx).verified_at == clock.now()
    assert find_last_verified(ctx, WORKER) == clock.now()
    assert events(ctx) == before


def test_the_next_verification_is_due_after_the_interval(ctx: Context, clock: FrozenClock, slow: list[str]) -> None:
    *_, first = steps(ctx)
    slow.clear()
    clock.advance(ctx.config.audit_verify_interval - timedelta(seconds=1))
    assert verify(ctx) == first
    assert not slow
    clock.advance(timedelta(seconds=1))
    assert verify(ctx).place is not None
    often = replace(ctx, config=replace(ctx.config, audit_verify_interval=timedelta(minutes=10)))
    *_, second = steps(often)
    clock.advance(timedelta(minutes=10))
    assert verify(often) != second


def test_an_end_in_the_future_is_of_a_wrong_clock(ctx: Context, clock: FrozenClock) -> None:
    verify(ctx)
    clock.set(clock.now() - timedelta(days=30))
    assert verify(ctx).ended_at == clock.now()


def test_aud_04_a_problem_stays_until_a_verification_passes(ctx: Context, clock: FrozenClock, execute: Execute) -> None:
    passed = verify(ctx).verified_at
    with ctx.ports.storage.read() as reader:
        (third,) = [event for event in reader.audit.iterate_chain("host/worker-1") if event.seq == 3]
    execute("UPDATE audit_events SET body = :body WHERE seq = 3", body=b'{"seq":3}')
    clock.advance(ctx.config.audit_verify_interval)
    found = verify(ctx)
    assert found.problem == "host/worker-1, number 3: the record does not match its hash"
    assert found.verified_at == passed
    execute("UPDATE audit_events SET body = :body WHERE seq = 3", body=third.body)
    assert verify(ctx) == found
    clock.advance(RETRY_AFTER)
    assert verify(ctx).problem is None
    assert find_last_verified(ctx, WORKER) == clock.now()


def test_while_an_invalid_log_is_verified_again_the_problem_stays(
    ctx: Context, clock: FrozenClock, execute: Execute, slow: list[str]
) -> None:
    execute("UPDATE audit_events SET mac = :mac WHERE seq = 4", mac=bytes(32))
    *_, found = steps(ctx)
    assert found.problem is not None
    clock.advance(RETRY_AFTER)
    again = verify(ctx)
    assert (again.place is not None, again.problem) == (True, found.problem)


def _delete_the_end(execute: Execute, ctx: Context) -> None:
    with ctx.ports.storage.read() as reader:
        keep = list(reader.audit.iterate_chain("host/worker-1"))[-4]
    execute("DELETE FROM audit_events WHERE seq > :seq", seq=keep.seq)
    execute("UPDATE audit_heads SET seq = :seq, hash = :hash", seq=keep.seq, hash=keep.hash)


def _delete_the_chain(execute: Execute, _ctx: Context) -> None:
    execute("DELETE FROM audit_events")
    execute("DELETE FROM audit_heads")


def _delete_the_last_event(execute: Execute, ctx: Context) -> None:
    execute("DELETE FROM audit_events WHERE seq = (SELECT max(seq) FROM audit_events)")


def _delete_an_event(execute: Execute, _ctx: Context) -> None:
    execute("DELETE FROM audit_events WHERE seq = 4")


def _rewrite(execute: Execute, _ctx: Context) -> None:
    execute("UPDATE audit_events SET mac = :mac WHERE seq = 4", mac=bytes(32))


def _forge_a_checkpoint(_execute: Execute, ctx: Context) -> None:
    (path,) = ctx.config.checkpoints.glob("*.jsonl")
    path.write_bytes(path.read_bytes().replace(b'"signature": "', b'"signature": "AAAA'))


@pytest.mark.parametrize(
    ("tamper", "message"),
    [
        (_delete_the_end, "truncated"),
        (_delete_the_chain, "truncated"),
        (_delete_the_last_event, "records are missing before the chain's head"),
        (_delete_an_event, "record 4 is missing"),
        (_rewrite, "MAC"),
        (_forge_a_checkpoint, "signature"),
    ],
)
def test_each_way_to_tamper_is_found(
    ctx: Context, execute: Execute, tamper: Callable[[Execute, Context], None], message: str
) -> None:
    write_checkpoint(ctx)
    tamper(execute, ctx)
    assert message in (verify(ctx).problem or "")


def test_a_chain_that_was_replaced_disagrees_with_its_checkpoint(ctx: Context) -> None:
    write_checkpoint(ctx)
    (path,) = ctx.config.checkpoints.glob("*.jsonl")
    with ctx.ports.storage.read() as reader:
        other = replace(reader.audit.list_heads()[0], hash=bytes(32))
    found = verification._Comparison(audit_log.get_checkpoint_spki(ctx))
    with ctx.ports.storage.read() as reader, pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader.audit, "hash_at", lambda _chain, _seq: other.hash)
        problem = found.find_problem(reader, path, 1, path.read_bytes().split(b"\n")[1])
    assert problem is not None
    assert "another record" in problem.message


def test_what_was_written_past_the_program_is_no_verification(
    ctx: Context, clock: FrozenClock, execute: Execute
) -> None:
    verify(ctx)
    execute("UPDATE meta SET value = replace(value, '2026', '2036') WHERE key = 'audit.verification'")
    assert find_last_verified(ctx, WORKER) is None
    execute("UPDATE meta SET value = 'x' WHERE key = 'audit.verification'")
    assert verify(ctx).verified_at == clock.now()


def test_another_host_begins_with_its_own_first_checkpoint(ctx: Context, slow: list[str], tmp_path: Any) -> None:
    for _ in range(6):
        change(ctx)
    for state in steps(ctx):
        if state.place is not None and state.place.line > 3:
            break
    slow.clear()
    other = replace(ctx, config=replace(ctx.config, node="other/worker-1"))
    *_, last = steps(other)
    assert last.problem is None
    assert slow == ["checkpoint"] * 6
