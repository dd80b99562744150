"""What is changed in the database past PKI Manager is found by the scheduled verification."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from pki_manager.authority.audit.record_check import find_crl_fault
from pki_manager.authority.audit.verification import Verification, verify_in_steps
from pki_manager.authority.certificates.delete import delete
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status import publish_crl
from pki_manager.authority.status.hold import hold, release
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.storage.tables.pki import certificates
from tests.fakes.clock import FrozenClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN
from tests.support.issuing import REQUEST, issue_one

WORKER = build_system_actor("worker")
Execute = Callable[..., None]


@pytest.fixture
def execute(engine: sa.Engine) -> Execute:
    """Write to the database past the program."""

    def run(statement: str, **values: object) -> None:
        with engine.execution_options(write=True).begin() as connection:
            connection.execute(sa.text(statement), values)

    return run


@pytest.fixture
def revoked(ctx: Context) -> Certificate:
    certificate = issue_one(ctx)
    revoke(ctx, ADMIN, certificate.id, RevocationReason.KEY_COMPROMISE)
    return certificate


def verify(ctx: Context) -> Verification:
    state = verify_in_steps(ctx, WORKER, seconds=60)
    assert state.place is None
    return state


def test_what_the_program_writes_is_found_valid(ctx: Context, clock: FrozenClock, revoked: Certificate) -> None:
    """After a hold that was released, a revocation, and a record that was deleted, too."""
    held = issue_one(ctx, replace(REQUEST, csr=make_csr("held.example.com")))
    hold(ctx, ADMIN, held.id)
    release(ctx, ADMIN, held.id)
    clock.advance(revoked.validity.not_after - clock.now() + timedelta(seconds=1))
    delete(ctx, ADMIN, revoked.id)
    assert verify(ctx).problem is None


def test_ops_10_a_deleted_revocation_is_found(ctx: Context, execute: Execute, revoked: Certificate) -> None:
    execute("DELETE FROM revocations")
    assert "is missing from the database" in (verify(ctx).problem or "")


def test_ops_10_a_revocation_that_became_a_hold_is_found(ctx: Context, execute: Execute, revoked: Certificate) -> None:
    execute("UPDATE revocations SET reason = 'certificateHold'")
    assert "is missing from the database" in (verify(ctx).problem or "")


def test_a_certificate_that_is_listed_as_valid_again_is_found(
    ctx: Context, execute: Execute, revoked: Certificate
) -> None:
    execute("UPDATE certificates SET standing = ''")
    problem = verify(ctx).problem or ""
    assert f"the listed state of certificate {revoked.id} differs" in problem


@pytest.mark.parametrize(
    ("column", "value", "name"),
    [
        ("subject", "CN=somebody.example.com", "subject"),
        ("sans", '[["DNS","somebody.example.com"]]', "subject alternative name"),
        ("spki_sha256", bytes(32), "public key hash"),
        ("fingerprint_sha256", bytes(32), "fingerprint"),
        ("issuer_name_sha256", bytes(32), "issuer"),
    ],
)
def test_ops_10_a_changed_value_of_a_certificate_is_found(
    ctx: Context, execute: Execute, column: str, value: object, name: str
) -> None:
    certificate = issue_one(ctx)
    execute(
        f"UPDATE certificates SET {column} = :value WHERE subject = :subject", value=value, subject=certificate.subject
    )
    assert f"the stored {name} of certificate {certificate.id} differs" in (verify(ctx).problem or "")


def test_ops_10_a_changed_end_of_a_certificate_is_found(ctx: Context, engine: sa.Engine) -> None:
    certificate = issue_one(ctx)
    later = sa.update(certificates).where(certificates.c.id == certificate.id)
    with engine.execution_options(write=True).begin() as connection:
        connection.execute(later.values(not_after=certificate.validity.not_after + timedelta(days=365)))
    assert f"the stored notAfter of certificate {certificate.id} differs" in (verify(ctx).problem or "")


def test_ops_10_a_revocation_that_only_the_crl_knows_is_found(
    ctx: Context, execute: Execute, revoked: Certificate
) -> None:
    """As of an imported certificate, whose revocation is no event."""
    publish_crl.publish_now(ctx, ADMIN, "Issuing CA")
    execute("DELETE FROM revocations")
    with ctx.ports.storage.read() as reader:
        fault = find_crl_fault(reader, revoked.issuer_key_id) or ""
    assert f"serial number {revoked.serial:x} is on it, and its revocation is missing from the database" in fault


def test_ops_10_a_crl_that_lacks_a_revocation_is_found(
    ctx: Context, execute: Execute, clock: FrozenClock, revoked: Certificate
) -> None:
    """As of a CRL that was put in place of the right one: it is newer than the revocation."""
    execute("UPDATE revocations SET dropped = 1")
    clock.advance(timedelta(minutes=5))
    publish_crl.publish_now(ctx, ADMIN, "Issuing CA")
    execute("UPDATE revocations SET dropped = 0")
    assert f"serial number {revoked.serial:x} is revoked and is not on it" in (verify(ctx).problem or "")


def test_what_changed_since_the_crl_is_no_fault(ctx: Context, clock: FrozenClock, revoked: Certificate) -> None:
    held = issue_one(ctx, replace(REQUEST, csr=make_csr("held.example.com")))
    hold(ctx, ADMIN, held.id)
    publish_crl.publish_now(ctx, ADMIN, "Issuing CA")
    clock.advance(timedelta(minutes=5))
    release(ctx, ADMIN, held.id)
    late = issue_one(ctx, replace(REQUEST, csr=make_csr("late.example.com")))
    revoke(ctx, ADMIN, late.id, RevocationReason.SUPERSEDED)
    assert verify(ctx).problem is None


def test_an_entry_that_the_newest_crl_lists_for_the_last_time_is_no_fault(
    ctx: Context, clock: FrozenClock, revoked: Certificate
) -> None:
    clock.advance(revoked.validity.not_after - clock.now() + timedelta(minutes=5))
    for _ in range(2):
        publish_crl.publish_now(ctx, ADMIN, "Issuing CA")
        assert verify(ctx).problem is None
        clock.advance(timedelta(days=2))


def test_certificates_are_read_in_the_order_of_their_ids(ctx: Context) -> None:
    """A step continues after the certificate where the one before ended."""
    for number in range(3):
        issue_one(ctx, replace(REQUEST, csr=make_csr(f"n{number}.example.com")))
    with ctx.ports.storage.read() as reader:
        everyone = [one.id for one in reader.certificates.list_after(None, 100)]
        assert everyone == sorted(everyone)
        assert [one.id for one in reader.certificates.list_after(everyone[1], 2)] == everyone[2:4]
        assert reader.certificates.list_with_wrong_state(None, everyone[-1]) == []
