"""The one `issue`, end to end on real parts: what is stored, and what happens when a part fails half-way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pki_manager.authority.audit.audit_log import verify_audit
from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.certificates import draft
from pki_manager.authority.certificates import issue as issue_module
from pki_manager.authority.certificates.reconcile import GIVE_UP_AFTER, reconcile_overdue
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.ca import CaState
from pki_manager.domain.certificate import format_serial
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.errors import (
    BackendUnavailable,
    Conflict,
    Fault,
    IdempotencyMismatch,
    LintRefused,
    PartUnavailable,
    PkiError,
    PolicyRefused,
    StorageUnavailable,
)
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.ports.unit_of_work import Claim
from pki_manager.storage.repositories.certificates import SqlCertificates
from pki_manager.x509 import parse
from pki_manager.x509.lint.finding import Finding, Severity
from tests.fakes.clock import START, FrozenClock, WaitingClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, with_ports
from tests.support.issuing import REQUEST, Tampering, actions, issue_one

SCHEDULER = build_system_actor("scheduler")


def test_a_certificate_is_stored_with_its_plan_and_audited_once_intended_and_once_issued(ctx: Context) -> None:
    certificate = issue_one(ctx)
    assert certificate.subject == "CN=www.example.com"
    assert [str(name) for name in certificate.sans] == ["DNS:www.example.com"]
    with ctx.ports.storage.read() as reader:
        assert reader.certificates.get(certificate.id).der == certificate.der
        assert reader.certificates.find_serial(certificate.issuer_key_id, certificate.serial) is not None
    assert actions(ctx)[:2] == ["certificate.issued", "certificate.issue_intended"]
    assert verify_audit(ctx, ADMIN).valid


def test_iss_01_serial_numbers_are_positive_16_octets_and_evenly_random(ctx: Context) -> None:
    from pki_manager.authority.signing.serials import create_serial

    serials = [create_serial(ctx.ports.entropy, START) for _ in range(2000)]
    assert len(set(serials)) == 2000
    assert all(0 < serial < 1 << 127 for serial in serials)
    for bit in range(64):
        share = sum(serial >> bit & 1 for serial in serials) / 2000
        assert 0.45 < share < 0.55


def test_iss_02_a_stuck_random_generator_neither_shortens_nor_flips_a_serial() -> None:
    from pki_manager.authority.signing.serials import create_serial

    class Stuck:
        def __init__(self, octet: int) -> None:
            self._octet = octet

        def token(self, size: int) -> bytes:
            return bytes([self._octet]) * size

    for octet in (0xFF, 0x00):
        serial = create_serial(Stuck(octet), START)
        assert serial > 0
        assert serial.bit_length() == 127


def test_serial_numbers_rise_with_the_time_to_the_sixteenth_of_a_second() -> None:
    """Certificates of one batch are neighbors in indexes. Random bits do not carry over into the time."""
    from pki_manager.authority.signing.serials import create_serial

    class Ones:
        def token(self, size: int) -> bytes:
            return b"\xff" * size

    class Zeros:
        def token(self, size: int) -> bytes:
            return bytes(size)

    earlier, later = START, START + timedelta(milliseconds=63)
    assert create_serial(Ones(), earlier) < create_serial(Zeros(), later)
    assert create_serial(Zeros(), datetime(2106, 1, 1, tzinfo=UTC)).bit_length() == 127
    assert create_serial(Zeros(), datetime(2300, 1, 1, tzinfo=UTC)).bit_length() == 127


def test_iss_06_a_lint_finding_stops_before_the_signer_is_called_and_is_audited(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = Finding("test.rule", Severity.ERROR, "RFC 5280 §4", "would break it", "tbsCertificate")
    monkeypatch.setattr(draft, "make_certificate_lint", lambda *_: lambda _der: (finding,))
    signers = Tampering(ctx, lambda data: data)
    with pytest.raises(LintRefused, match=r"would break it") as caught:
        issue_one(with_ports(ctx, signers=signers))
    assert "test.rule" in caught.value.errors[0].rule
    assert signers.calls == 0
    assert actions(ctx)[0] == "certificate.issue_refused"


def test_iss_07_a_signature_over_other_bytes_is_not_delivered_and_suspends_the_ca(ctx: Context) -> None:
    signers = Tampering(ctx, lambda data: data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(Fault, match="does not verify with the key"):
        issue_one(with_ports(ctx, signers=signers))
    assert show_ca(ctx, ADMIN, "Issuing CA").state is CaState.SUSPENDED
    assert actions(ctx)[:2] == ["ca.suspended", "certificate.issue_failed"]
    with pytest.raises(Conflict, match=r"CA .* is suspended and cannot issue certificates"):
        issue_one(ctx)


def test_a_backend_that_is_away_burns_the_serial_number_and_lists_it_revoked(ctx: Context) -> None:
    def away(_data: bytes) -> bytes:
        raise BackendUnavailable("gone")

    with pytest.raises(BackendUnavailable, match="gone"):
        issue_one(with_ports(ctx, signers=Tampering(ctx, away)))
    with ctx.ports.storage.read() as reader:
        key = reader.issuer_keys.get_current(show_ca(ctx, ADMIN, "Issuing CA").ca.id)
        burned = reader.revocations.read_entries(key.id).count
        assert reader.enrollments.count_by_state()[EnrollmentState.FAILED] == 1
    assert burned == 1
    issue_one(ctx)


def test_iss_04_a_late_signature_is_discarded_and_the_scheduler_has_already_settled(
    ctx: Context, clock: FrozenClock
) -> None:
    """The signer stalls past the deadline, the scheduler finishes the same TBS, then the signer answers."""
    settled: list[int] = []

    def stall(data: bytes) -> bytes:
        if not settled:
            clock.advance(ctx.config.signing_deadline + timedelta(seconds=1))
            settled.append(reconcile_overdue(ctx, SCHEDULER))
        return data

    with pytest.raises(PartUnavailable, match="The signature came too late and was discarded"):
        issue_one(with_ports(ctx, signers=Tampering(ctx, stall)))
    assert settled == [1]
    assert actions(ctx)[0] == "certificate.signature_discarded"
    with ctx.ports.storage.read() as reader:
        assert reader.enrollments.count_by_state().get(EnrollmentState.ISSUING, 0) == 0
    assert [action for action in actions(ctx) if action == "certificate.issued"].__len__() == 3


@pytest.mark.parametrize("error", [Fault("refused"), StorageUnavailable("refused")], ids=["refused", "commit failed"])
def test_the_number_of_a_certificate_that_the_database_never_takes_is_burned(
    ctx: Context, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch, error: PkiError
) -> None:
    """It is tried again first; then the number is revoked alone, and the CA goes on issuing."""

    def refuse(*_: object) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(SqlCertificates, "add_reserved", refuse)
        with pytest.raises(type(error), match="refused"):
            issue_one(ctx)
        with ctx.ports.storage.read() as reader:
            clock.advance(ctx.config.signing_deadline + timedelta(seconds=1))
            (intended,) = reader.enrollments.list_overdue(clock.now(), 10)
        for attempt in range(GIVE_UP_AFTER):
            assert reconcile_overdue(ctx, SCHEDULER) == 1
            with ctx.ports.storage.read() as reader:
                burned = reader.revocations.find(intended.begun().issuer_key_id, intended.begun().serial)
                assert (burned is not None) == (attempt == GIVE_UP_AFTER - 1)
            clock.advance(ctx.config.signing_deadline + timedelta(seconds=1))
        assert reconcile_overdue(ctx, SCHEDULER) == 0
    with ctx.ports.storage.read() as reader:
        assert reader.enrollments.get(intended.id).state is EnrollmentState.FAILED
        assert reader.cas.find(REQUEST.ca).state is CaState.ACTIVE
    assert issue_one(ctx).serial != intended.begun().serial
    assert verify_audit(ctx, ADMIN).valid


def test_an_intent_of_a_dead_process_is_finished_with_the_same_bytes(
    ctx: Context, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(issue_module, "sign_intents", die)
        with pytest.raises(Killed):
            issue_one(ctx)
    assert reconcile_overdue(ctx, SCHEDULER) == 0, "not before its deadline: its process may still be at it"
    clock.advance(ctx.config.signing_deadline + timedelta(seconds=1))
    with ctx.ports.storage.read() as reader:
        (overdue,) = reader.enrollments.list_overdue(clock.now(), 10)
    assert reconcile_overdue(ctx, SCHEDULER) == 1
    with ctx.ports.storage.read() as reader:
        enrolment = reader.enrollments.get(overdue.id)
        assert enrolment.state is EnrollmentState.ISSUED
        assert enrolment.certificate_id is not None
        certificate = reader.certificates.get(enrolment.certificate_id)
    assert overdue.intent is not None
    assert parse.parse_certificate(certificate.der).tbs_der == overdue.intent.tbs_der


def test_iss_09_one_key_makes_one_certificate_however_often_and_at_once(ctx: Context) -> None:
    ctx = with_ports(ctx, clock=WaitingClock())
    claim = Claim("issueCertificate", "key-1", b"body" * 8)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: issue_one(ctx, claim=claim), range(20)))
    assert len({certificate.id for certificate in made}) == 1
    with pytest.raises(IdempotencyMismatch, match="This Idempotency-Key was used with another request body"):
        issue_one(ctx, claim=replace(claim, body_sha256=b"other"))


def test_a_failed_request_gives_its_idempotency_key_back(ctx: Context) -> None:
    def away(_data: bytes) -> bytes:
        raise BackendUnavailable("gone")

    claim = Claim("issueCertificate", "key-2", b"body")
    with pytest.raises(BackendUnavailable, match="gone"):
        issue_one(with_ports(ctx, signers=Tampering(ctx, away)), claim=claim)
    assert issue_one(ctx, claim=claim).subject == "CN=www.example.com"


def test_key_12_a_cas_own_public_key_is_refused_for_an_end_entity(ctx: Context) -> None:
    with ctx.ports.storage.read() as reader:
        key = reader.issuer_keys.get_current(show_ca(ctx, ADMIN, "Issuing CA").ca.id)
    facts = parse.parse_csr(make_csr("www.example.com"))
    stolen = replace(facts, key=replace(facts.key, spki_der=key.spki_der, spki_sha256=_sha256(key.spki_der)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parse, "parse_csr", lambda _data: stolen)
        with pytest.raises(PolicyRefused, match="must not be the key of a CA"):
            issue_one(ctx)


def test_a_refusal_by_policy_names_every_reason_and_is_audited(ctx: Context) -> None:
    with pytest.raises(PolicyRefused) as caught:
        issue_one(ctx, replace(REQUEST, csr=make_csr("bad_name.example.com", sans=("10.0.0.1", "a..b"))))
    assert len(caught.value.errors) >= 2
    assert actions(ctx)[0] == "certificate.issue_refused"


def test_aud_02_nothing_is_signed_when_the_audit_trail_cannot_be_written(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    signers = Tampering(ctx, lambda data: data)
    watched = with_ports(ctx, signers=signers)
    from pki_manager.storage import unit_of_work

    def refuse(*_: object) -> None:
        raise PartUnavailable("audit is away")

    monkeypatch.setattr(unit_of_work.SqlUnitOfWork, "record", refuse)
    with pytest.raises(PartUnavailable, match="audit is away"):
        issue_one(watched)
    assert signers.calls == 0


def test_serial_text_is_lower_case_hex_of_even_length() -> None:
    assert format_serial(0xABC) == "0abc"


def _sha256(data: bytes) -> bytes:
    import hashlib

    return hashlib.sha256(data).digest()


def test_a_second_process_sees_what_the_first_did(ctx: Context, tmp_path: Path) -> None:
    before = ctx.ports.storage.change_counter()
    issue_one(ctx)
    assert ctx.ports.storage.change_counter() != before


def test_a_ca_that_was_never_certified_gives_its_name_back(ctx: Context) -> None:
    def away(_data: bytes) -> bytes:
        raise BackendUnavailable("gone")

    command = CreateCa(name="Sub", subject="CN=Sub", key_type="ECDSA-P256", parent="Root CA")
    for wanted in (command, replace(command, name="Other root", subject="CN=Other root", parent=None)):
        with pytest.raises(BackendUnavailable, match="gone"):
            create_ca(with_ports(ctx, signers=Tampering(ctx, away)), ADMIN, wanted)
        assert create_ca(ctx, ADMIN, wanted)[0].state is CaState.ACTIVE
