"""The audit trail proves itself: every way to tamper that we know is named at its first bad record."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from pki_manager.authority.audit import audit_log
from pki_manager.authority.audit.audit_log import AuditReport, verify_audit, write_checkpoint
from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.rights.tokens import create_token
from pki_manager.authority.status.publish_crl import publish_now
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.algorithms import KeyType
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import HomeUnusable, PkiError
from pki_manager.domain.events.audit import compute_chain_hash
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Role
from pki_manager.ports.signer import Signer, Signers
from pki_manager.storage.engine.transaction import begin
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, with_ports

CHAIN = "host/worker-1"


def report(ctx: Context) -> AuditReport:
    return verify_audit(ctx, ADMIN)


@pytest.fixture
def execute(owner_engine: sa.Engine) -> Callable[..., None]:
    """Write to the database as somebody with its key would, past the program."""

    def run(statement: str, **values: object) -> None:
        with owner_engine.execution_options(write=True).begin() as connection:
            connection.execute(sa.text(statement), values)

    return run


def test_an_untouched_trail_verifies_with_its_checkpoints(ctx: Context) -> None:
    assert write_checkpoint(ctx)
    assert not write_checkpoint(ctx), "nothing happened since"
    verified = report(ctx)
    assert verified.valid
    assert verified.events > 5
    assert verified.checkpoints == 1


def test_a_changed_record_is_named(ctx: Context, execute: Callable[..., None]) -> None:
    execute("UPDATE audit_events SET body = :body WHERE seq = 3", body=b'{"seq":3}')
    (problem,) = report(ctx).problems
    assert (problem.chain, problem.seq) == (CHAIN, 3)


def test_a_missing_record_is_named(ctx: Context, execute: Callable[..., None]) -> None:
    execute("DELETE FROM audit_events WHERE seq = 4")
    (problem,) = report(ctx).problems
    assert problem.seq == 4
    assert "missing" in problem.message


def test_aud_04_recomputed_hashes_do_not_help_without_the_mac_key(ctx: Context, execute: Callable[..., None]) -> None:
    with ctx.ports.storage.read() as reader:
        events = list(reader.audit.iterate_chain(CHAIN))
    last, previous = events[-1], events[-2]
    body = last.body.replace(b"success", b"failure")
    forged = compute_chain_hash(previous.hash, body)
    mac = hashlib.sha256(forged).digest()
    execute(
        "UPDATE audit_events SET body = :body, hash = :hash, mac = :mac WHERE seq = :seq",
        body=body,
        hash=forged,
        mac=mac,
        seq=last.seq,
    )
    execute("UPDATE audit_heads SET hash = :hash", hash=forged)
    (problem,) = report(ctx).problems
    assert problem.seq == last.seq
    assert "MAC" in problem.message


def test_a_truncation_is_detected_back_to_the_last_checkpoint(ctx: Context, execute: Callable[..., None]) -> None:
    write_checkpoint(ctx)
    with ctx.ports.storage.read() as reader:
        events = list(reader.audit.iterate_chain(CHAIN))
    keep = events[-4]
    execute("DELETE FROM audit_events WHERE seq > :seq", seq=keep.seq)
    execute("UPDATE audit_heads SET seq = :seq, hash = :hash", seq=keep.seq, hash=keep.hash)
    (problem,) = report(ctx).problems
    assert "truncated" in problem.message


def test_ops_02_a_database_older_than_its_checkpoints_is_accepted_by_an_operator_only(
    ctx: Context, execute: Callable[..., None]
) -> None:
    write_checkpoint(ctx)
    audit_log.require_complete(ctx)
    assert not audit_log.accept_truncation(ctx, ADMIN)
    with ctx.ports.storage.read() as reader:
        events = list(reader.audit.iterate_chain(CHAIN))
    keep = events[-4]
    execute("DELETE FROM audit_events WHERE seq > :seq", seq=keep.seq)
    execute("UPDATE audit_heads SET seq = :seq, hash = :hash", seq=keep.seq, hash=keep.hash)
    with pytest.raises(HomeUnusable, match="accept-truncation"):
        audit_log.require_complete(ctx)
    assert audit_log.accept_truncation(ctx, ADMIN)
    audit_log.require_complete(ctx)
    with ctx.ports.storage.read() as reader:
        assert b"audit.truncation_accepted" in list(reader.audit.iterate_chain(CHAIN))[-1].body


def test_a_forged_checkpoint_is_a_problem_and_a_torn_line_is_not(ctx: Context) -> None:
    write_checkpoint(ctx)
    (path,) = ctx.config.checkpoints.glob("*.jsonl")
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"body": "eyJ0')
    assert report(ctx).valid
    path.write_bytes(whole.replace(b'"signature": "', b'"signature": "AAAA'))
    (problem,) = report(ctx).problems
    assert "signature" in problem.message


def test_aud_07_no_secret_is_in_the_trail(ctx: Context) -> None:
    made, _ = create_token(ctx, ADMIN, "ci", Role.AUDITOR, Duration.parse("P1D"))
    assert made.secret is not None
    with ctx.ports.storage.read() as reader:
        bodies = b"".join(event.body for event in reader.audit.iterate_chain(CHAIN))
    assert made.secret.encode() not in bodies
    assert hashlib.sha256(made.secret.encode()).hexdigest().encode() not in bodies
    assert audit_log.verify_audit(ctx, ADMIN).valid


_UNWRITABLE = {
    "sqlite": ("CREATE TRIGGER no_audit BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'unwritable'); END",),
    "postgresql": (
        "CREATE FUNCTION no_audit() RETURNS trigger AS $$ BEGIN RAISE 'unwritable'; END $$ LANGUAGE plpgsql",
        "CREATE TRIGGER no_audit BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION no_audit()",
    ),
}
_WRITABLE = {"sqlite": "DROP TRIGGER no_audit", "postgresql": "DROP TRIGGER no_audit ON audit_events"}


def test_aud_02_where_the_trail_cannot_be_written_nothing_is_signed_and_nothing_changes(
    ctx: Context, engine: sa.Engine, execute: Callable[..., None]
) -> None:
    """The table itself refuses, as one on a full or broken disk would."""
    request = Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com"))
    certificate, _ = enroll(ctx, ADMIN, request)
    signatures = CountingSigners(ctx.ports.signers)
    watched = with_ports(ctx, signers=signatures)
    for statement in _UNWRITABLE[engine.dialect.name]:
        execute(statement)
    before = _contents(engine)
    deeds: tuple[Callable[[], object], ...] = (
        lambda: enroll(watched, ADMIN, request),
        lambda: revoke(watched, ADMIN, certificate.id, RevocationReason.SUPERSEDED),
        lambda: publish_now(watched, ADMIN, "Issuing CA"),
        lambda: create_token(watched, ADMIN, "ci", Role.AUDITOR, Duration.parse("P1D")),
        lambda: create_ca(
            watched, ADMIN, CreateCa(name="Sub", subject="CN=Sub", key_type="ECDSA-P256", parent="Root CA")
        ),
    )
    for deed in deeds:
        with pytest.raises(PkiError, match="The database is unavailable"):
            deed()
    assert signatures.count == 0
    assert _contents(engine) == before
    execute(_WRITABLE[engine.dialect.name])
    for deed in deeds:
        deed()
    assert verify_audit(ctx, ADMIN).valid


def _contents(engine: sa.Engine) -> dict[str, int]:
    names = (
        "certificates",
        "enrolments",
        "revocations",
        "crls",
        "tokens",
        "cas",
        "issuer_keys",
        "jobs",
        "audit_events",
    )
    with engine.connect() as connection:
        begin(connection, write=True)
        return {name: connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() for name in names}


class CountingSigners:
    """The real backends, with their signatures counted."""

    def __init__(self, real: Signers) -> None:
        self._real = real
        self.count = 0

    def get(self, name: str) -> Signer:
        outer, real = self, self._real.get(name)

        class Counting:
            def __getattr__(self, attribute: str) -> Any:
                if attribute == "sign":
                    outer.count += 1
                return getattr(real, attribute)

        counting: Any = Counting()
        return counting

    def is_remote(self, name: str) -> bool:
        return self._real.is_remote(name)

    def find_batching(self, name: str, key_type: KeyType) -> None:
        return None

    def describe(self) -> Any:
        return self._real.describe()
