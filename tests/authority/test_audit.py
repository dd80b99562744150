"""The audit trail proves itself: every way to tamper that we know is named at its first bad record."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from pki_manager.authority import audit
from pki_manager.authority.audit import AuditReport, verify_audit, write_checkpoint
from pki_manager.authority.context import Authority
from pki_manager.domain.audit import chain_hash
from tests.factories import ADMIN

CHAIN = "host/worker-1"


def report(authority: Authority) -> AuditReport:
    return verify_audit(authority, ADMIN)


@pytest.fixture
def execute(engine: sa.Engine) -> Callable[..., None]:
    """Write to the database as somebody with its key would, past the program."""

    def run(statement: str, **values: object) -> None:
        with engine.execution_options(write=True).begin() as connection:
            connection.execute(sa.text(statement), values)

    return run


def test_an_untouched_trail_verifies_with_its_checkpoints(authority: Authority) -> None:
    assert write_checkpoint(authority)
    assert not write_checkpoint(authority), "nothing happened since"
    verified = report(authority)
    assert verified.valid
    assert verified.events > 5
    assert verified.checkpoints == 1


def test_a_changed_record_is_named(authority: Authority, execute: Callable[..., None]) -> None:
    execute("UPDATE audit_events SET body = :body WHERE seq = 3", body=b'{"seq":3}')
    (problem,) = report(authority).problems
    assert (problem.chain, problem.seq) == (CHAIN, 3)


def test_a_missing_record_is_named(authority: Authority, execute: Callable[..., None]) -> None:
    execute("DELETE FROM audit_events WHERE seq = 4")
    (problem,) = report(authority).problems
    assert problem.seq == 4
    assert "missing" in problem.message


def test_aud_04_recomputed_hashes_do_not_help_without_the_mac_key(
    authority: Authority, execute: Callable[..., None]
) -> None:
    with authority.storage.read() as reader:
        events = list(reader.audit.chain(CHAIN))
    last, previous = events[-1], events[-2]
    body = last.body.replace(b"success", b"failure")
    forged = chain_hash(previous.hash, body)
    mac = hashlib.sha256(forged).digest()
    execute(
        "UPDATE audit_events SET body = :body, hash = :hash, mac = :mac WHERE seq = :seq",
        body=body,
        hash=forged,
        mac=mac,
        seq=last.seq,
    )
    execute("UPDATE audit_heads SET hash = :hash", hash=forged)
    (problem,) = report(authority).problems
    assert problem.seq == last.seq
    assert "MAC" in problem.message


def test_a_truncation_is_detected_back_to_the_last_checkpoint(
    authority: Authority, execute: Callable[..., None]
) -> None:
    write_checkpoint(authority)
    with authority.storage.read() as reader:
        events = list(reader.audit.chain(CHAIN))
    keep = events[-4]
    execute("DELETE FROM audit_events WHERE seq > :seq", seq=keep.seq)
    execute("UPDATE audit_heads SET seq = :seq, hash = :hash", seq=keep.seq, hash=keep.hash)
    (problem,) = report(authority).problems
    assert "truncated" in problem.message


def test_a_forged_checkpoint_is_a_problem_and_a_torn_line_is_not(authority: Authority) -> None:
    write_checkpoint(authority)
    (path,) = authority.config.checkpoints.glob("*.jsonl")
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"body": "eyJ0')
    assert report(authority).valid
    path.write_bytes(whole.replace(b'"signature": "', b'"signature": "AAAA'))
    (problem,) = report(authority).problems
    assert "signature" in problem.message


def test_aud_07_no_secret_is_in_the_trail(authority: Authority) -> None:
    from pki_manager.authority.tokens import create_token
    from pki_manager.domain.actor import Role
    from pki_manager.domain.duration import Duration

    made, _ = create_token(authority, ADMIN, "ci", Role.AUDITOR, Duration.parse("P1D"))
    assert made.secret is not None
    with authority.storage.read() as reader:
        bodies = b"".join(event.body for event in reader.audit.chain(CHAIN))
    assert made.secret.encode() not in bodies
    assert hashlib.sha256(made.secret.encode()).hexdigest().encode() not in bodies
    assert audit.verify_audit(authority, ADMIN).valid
