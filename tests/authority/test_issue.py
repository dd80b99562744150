"""The one `issue`, end to end on real parts: what is stored, and what happens when a part fails half-way."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Event

import pytest

from pki_manager.authority import issue as issue_module
from pki_manager.authority.audit import verify_audit
from pki_manager.authority.context import Authority
from pki_manager.authority.create_ca import CreateCa, create_ca
from pki_manager.authority.enrol import Enrol, enrol
from pki_manager.authority.lint_gate import certificate_lint
from pki_manager.authority.queries import show_ca
from pki_manager.authority.rounds import ABREAST
from pki_manager.authority.settle import settle_overdue
from pki_manager.domain.actor import system
from pki_manager.domain.algorithms import KeyType, SignatureAlgorithm
from pki_manager.domain.authority import CaState
from pki_manager.domain.certificate import Certificate, serial_hex
from pki_manager.domain.enrolment import EnrolmentState
from pki_manager.domain.errors import (
    BackendUnavailable,
    Conflict,
    Fault,
    IdempotencyMismatch,
    LintRefused,
    PartUnavailable,
    PolicyRefused,
    StorageUnavailable,
)
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.ports.signer import KeyRef, Signer
from pki_manager.ports.unit_of_work import Claim
from pki_manager.storage.audit import AuditTrail
from pki_manager.system import SystemClock
from pki_manager.x509 import parse
from pki_manager.x509.lint.finding import Finding, Severity
from tests.csrs import make_csr
from tests.factories import ADMIN
from tests.fakes.clock import FrozenClock

SCHEDULER = system("scheduler")
REQUEST = Enrol(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com"))


class Tampering:
    """The real backends, with something done to every signature call."""

    def __init__(self, real: Authority, before: Callable[[bytes], bytes]) -> None:
        self._real = real.signers
        self._before = before
        self.calls = 0

    def get(self, name: str) -> Signer:
        outer, real = self, self._real.get(name)

        class Wrapped:
            name = real.name
            generate, public_key, destroy, describe = real.generate, real.public_key, real.destroy, real.describe

            def sign(self, ref: KeyRef, data: bytes, algorithm: SignatureAlgorithm, operation_id: str) -> bytes:
                outer.calls += 1
                return real.sign(ref, outer._before(data), algorithm, operation_id)

        return Wrapped()

    def waits(self, name: str) -> bool:
        return self._real.waits(name)

    def batching(self, name: str, key_type: KeyType) -> None:
        return None

    def describe(self):
        return self._real.describe()


def actions(authority: Authority) -> list[str]:
    """Newest first."""
    with authority.storage.read() as reader:
        page = reader.audit.page(AuditFilter(), None, 200)
    return [event.body.decode().split('"action":"')[1].split('"')[0] for event in page.items]


def issue_one(authority: Authority, request: Enrol = REQUEST, claim: Claim | None = None) -> Certificate:
    return enrol(authority, ADMIN, request, claim)[0]


def test_a_certificate_is_stored_with_its_plan_and_audited_once_intended_and_once_issued(authority: Authority) -> None:
    certificate = issue_one(authority)
    assert certificate.subject == "CN=www.example.com"
    assert [str(name) for name in certificate.sans] == ["DNS:www.example.com"]
    with authority.storage.read() as reader:
        assert reader.certificates.get(certificate.id).der == certificate.der
        assert reader.certificates.find_serial(certificate.issuer_key_id, certificate.serial) is not None
    assert actions(authority)[:2] == ["certificate.issued", "certificate.issue_intended"]
    assert verify_audit(authority, ADMIN).valid


def test_iss_01_serial_numbers_are_positive_16_octets_and_evenly_random(authority: Authority) -> None:
    from pki_manager.authority.serials import new_serial

    serials = [new_serial(authority.entropy) for _ in range(2000)]
    assert len(set(serials)) == 2000
    assert all(0 < serial < 1 << 127 for serial in serials)
    for bit in range(64):
        share = sum(serial >> bit & 1 for serial in serials) / 2000
        assert 0.45 < share < 0.55


def test_iss_02_a_stuck_random_generator_neither_shortens_nor_flips_a_serial() -> None:
    from pki_manager.authority.serials import new_serial

    class Stuck:
        def __init__(self, octet: int) -> None:
            self._octet = octet

        def token(self, size: int) -> bytes:
            return bytes([self._octet]) * size

    for octet in (0xFF, 0x00):
        serial = new_serial(Stuck(octet))
        assert serial > 0
        assert serial.bit_length() == 127


def test_iss_06_a_lint_finding_stops_before_the_signer_is_called_and_is_audited(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = Finding("test.rule", Severity.ERROR, "RFC 5280 §4", "would break it", "tbsCertificate")
    monkeypatch.setattr(issue_module, "certificate_lint", lambda *_: lambda _der: (finding,))
    signers = Tampering(authority, lambda data: data)
    with pytest.raises(LintRefused, match=r"would break it") as caught:
        issue_one(replace(authority, signers=signers))
    assert "test.rule" in caught.value.errors[0].rule
    assert signers.calls == 0
    assert actions(authority)[0] == "certificate.issue_refused"


def test_iss_07_a_signature_over_other_bytes_is_not_delivered_and_suspends_the_ca(authority: Authority) -> None:
    signers = Tampering(authority, lambda data: data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(Fault):
        issue_one(replace(authority, signers=signers))
    assert show_ca(authority, ADMIN, "Issuing CA").state is CaState.SUSPENDED
    assert actions(authority)[:2] == ["ca.suspended", "certificate.issue_failed"]
    with pytest.raises(Conflict):
        issue_one(authority)


def test_a_backend_that_is_away_burns_the_serial_number_and_lists_it_revoked(authority: Authority) -> None:
    def away(_data: bytes) -> bytes:
        raise BackendUnavailable("gone")

    with pytest.raises(BackendUnavailable):
        issue_one(replace(authority, signers=Tampering(authority, away)))
    with authority.storage.read() as reader:
        key = reader.issuer_keys.current(show_ca(authority, ADMIN, "Issuing CA").ca.id)
        burned = reader.revocations.entries(key.id).count
        assert reader.enrolments.count_by_state()[EnrolmentState.FAILED] == 1
    assert burned == 1
    issue_one(authority)


def test_iss_04_a_late_signature_is_discarded_and_the_scheduler_has_already_settled(
    authority: Authority, clock: FrozenClock
) -> None:
    """The signer stalls past the deadline, the scheduler finishes the same TBS, then the signer answers."""
    settled: list[int] = []

    def stall(data: bytes) -> bytes:
        if not settled:
            clock.advance(authority.config.signing_deadline + timedelta(seconds=1))
            settled.append(settle_overdue(authority, SCHEDULER))
        return data

    with pytest.raises(PartUnavailable):
        issue_one(replace(authority, signers=Tampering(authority, stall)))
    assert settled == [1]
    assert actions(authority)[0] == "certificate.signature_discarded"
    with authority.storage.read() as reader:
        assert reader.enrolments.count_by_state().get(EnrolmentState.ISSUING, 0) == 0
    assert [action for action in actions(authority) if action == "certificate.issued"].__len__() == 3


def test_an_intent_of_a_dead_process_is_finished_with_the_same_bytes(
    authority: Authority, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(issue_module, "_to_sign", die)
        with pytest.raises(Killed):
            issue_one(authority)
    assert settle_overdue(authority, SCHEDULER) == 0, "not before its deadline: its process may still be at it"
    clock.advance(authority.config.signing_deadline + timedelta(seconds=1))
    with authority.storage.read() as reader:
        (overdue,) = reader.enrolments.overdue(clock.now(), 10)
    assert settle_overdue(authority, SCHEDULER) == 1
    with authority.storage.read() as reader:
        enrolment = reader.enrolments.get(overdue.id)
        assert enrolment.state is EnrolmentState.ISSUED
        assert enrolment.certificate_id is not None
        certificate = reader.certificates.get(enrolment.certificate_id)
    assert overdue.intent is not None
    assert parse.certificate(certificate.der).tbs_der == overdue.intent.tbs_der


def test_iss_09_one_key_makes_one_certificate_however_often_and_at_once(authority: Authority) -> None:
    # The frozen clock's waiting takes no time at all, and those who wait here wait for each other.
    authority = replace(authority, clock=SystemClock())
    claim = Claim("issueCertificate", "key-1", b"body" * 8)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: issue_one(authority, claim=claim), range(20)))
    assert len({certificate.id for certificate in made}) == 1
    with pytest.raises(IdempotencyMismatch):
        issue_one(authority, claim=replace(claim, body_sha256=b"other"))


def test_a_failed_request_gives_its_idempotency_key_back(authority: Authority) -> None:
    def away(_data: bytes) -> bytes:
        raise BackendUnavailable("gone")

    claim = Claim("issueCertificate", "key-2", b"body")
    with pytest.raises(BackendUnavailable):
        issue_one(replace(authority, signers=Tampering(authority, away)), claim=claim)
    assert issue_one(authority, claim=claim).subject == "CN=www.example.com"


def test_key_12_a_cas_own_public_key_is_refused_for_an_end_entity(authority: Authority) -> None:
    with authority.storage.read() as reader:
        key = reader.issuer_keys.current(show_ca(authority, ADMIN, "Issuing CA").ca.id)
    facts = parse.csr(make_csr("www.example.com"))
    stolen = replace(facts, key=replace(facts.key, spki_der=key.spki_der, spki_sha256=_sha256(key.spki_der)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parse, "csr", lambda _data: stolen)
        with pytest.raises(PolicyRefused, match="certificate authority"):
            issue_one(authority)


def test_a_refusal_by_policy_names_every_reason_and_is_audited(authority: Authority) -> None:
    with pytest.raises(PolicyRefused) as caught:
        issue_one(authority, replace(REQUEST, csr=make_csr("bad_name.example.com", sans=("10.0.0.1", "a..b"))))
    assert len(caught.value.errors) >= 2
    assert actions(authority)[0] == "certificate.issue_refused"


def test_aud_02_nothing_is_signed_when_the_audit_trail_cannot_be_written(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    signers = Tampering(authority, lambda data: data)
    watched = replace(authority, signers=signers)
    from pki_manager.storage import unit_of_work

    def refuse(*_: object) -> None:
        raise PartUnavailable("audit is away")

    monkeypatch.setattr(unit_of_work.SqlUnitOfWork, "record", refuse)
    with pytest.raises(PartUnavailable):
        issue_one(watched)
    assert signers.calls == 0


def test_serial_text_is_lower_case_hex_of_even_length() -> None:
    assert serial_hex(0xABC) == "0abc"


def _sha256(data: bytes) -> bytes:
    import hashlib

    return hashlib.sha256(data).digest()


def test_a_second_process_sees_what_the_first_did(authority: Authority, tmp_path: Path) -> None:
    before = authority.storage.change_counter()
    issue_one(authority)
    assert authority.storage.change_counter() != before


def test_a_ca_that_was_never_certified_gives_its_name_back(authority: Authority) -> None:
    def away(_data: bytes) -> bytes:
        raise BackendUnavailable("gone")

    command = CreateCa(name="Sub", subject="CN=Sub", key_type="ECDSA-P256", parent="Root CA")
    for wanted in (command, replace(command, name="Other root", subject="CN=Other root", parent=None)):
        with pytest.raises(BackendUnavailable):
            create_ca(replace(authority, signers=Tampering(authority, away)), ADMIN, wanted)
        assert create_ca(authority, ADMIN, wanted)[0].state is CaState.ACTIVE


def test_those_who_come_at_once_share_transactions_and_each_has_its_own_end(authority: Authority) -> None:
    """One is refused by lint; the others of its round get what they asked for."""
    authority = replace(authority, clock=SystemClock())
    spoilt = make_csr("spoilt.example.com")
    requests = [replace(REQUEST, csr=make_csr(f"www{number}.example.com")) for number in range(14)]

    def linting(profile, issuer):
        real = certificate_lint(profile, issuer)
        broken = Finding("certificate.test", Severity.ERROR, "none", "spoilt", "subject")
        return lambda der: (*real(der), *((broken,) if b"spoilt.example.com" in der else ()))

    def outcome(request: Enrol) -> Certificate | Exception:
        try:
            return issue_one(authority, request)
        except LintRefused as error:
            return error

    with pytest.MonkeyPatch.context() as patched, ThreadPoolExecutor(16) as pool:
        patched.setattr(issue_module, "certificate_lint", linting)
        outcomes = list(pool.map(outcome, [replace(REQUEST, csr=spoilt), *requests]))
    assert isinstance(outcomes[0], LintRefused)
    issued = [one for one in outcomes[1:] if isinstance(one, Certificate)]
    assert [one.subject for one in issued] == [f"CN=www{number}.example.com" for number in range(14)]
    assert len({one.serial for one in issued}) == 14
    with authority.storage.read() as reader:
        assert all(reader.certificates.get(one.id).der == one.der for one in issued)
    assert verify_audit(authority, ADMIN).valid


def test_a_commit_that_fails_fails_for_all_of_a_round_and_nothing_is_signed(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    tampering = Tampering(authority, lambda data: data)
    authority = replace(authority, signers=tampering, clock=SystemClock())

    def failing(*_: object) -> None:
        raise StorageUnavailable("the disk is full")

    monkeypatch.setattr(AuditTrail, "write", failing)

    def outcome(number: int) -> type[Exception] | None:
        try:
            issue_one(authority, replace(REQUEST, csr=make_csr(f"www{number}.example.com")))
        except StorageUnavailable as error:
            return type(error)
        return None

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(outcome, range(12))) == {StorageUnavailable}
    assert tampering.calls == 0


def test_a_backend_outside_this_process_keeps_nobody_else_waiting(authority: Authority) -> None:
    """Its rounds are its own."""
    begun, go_on = Event(), Event()

    def stall(data: bytes) -> bytes:
        begun.set()
        assert go_on.wait(20)
        return data

    class Outside(Tampering):
        def waits(self, name: str) -> bool:
            return True

    slow = replace(authority, signers=Outside(authority, stall))
    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(issue_one, slow)
        assert begun.wait(20)
        assert pool.submit(issue_one, slow_free(slow, authority)).result(20).subject
        go_on.set()
        assert waiting.result(20).subject


def test_signatures_of_a_round_are_waited_for_at_the_same_time_and_commits_are_shared(authority: Authority) -> None:
    """The first is held up, with a round of its own and one beside it, until the others have come together.

    Then each signature waits for the other ones of its round: one after the other, they would wait for ever.
    """
    go_on, together = Event(), Barrier(4, timeout=20)
    calls = iter(range(100))

    def meet(signature: bytes) -> bytes:
        if next(calls) < ABREAST:
            assert go_on.wait(20)
        else:
            together.wait()
        return signature

    class Outside(Tampering):
        def waits(self, name: str) -> bool:
            return True

    slow = replace(authority, signers=Outside(authority, meet))
    away = slow.issuances._of(("embedded", "ECDSA-P256"))
    with ThreadPoolExecutor(ABREAST + 4 * ABREAST) as pool:
        held = [pool.submit(issue_one, slow) for _ in range(ABREAST)]
        _until(lambda: sum(map(len, away._rounds)) == ABREAST)
        asked = [pool.submit(issue_one, slow) for _ in range(4 * ABREAST)]
        _until(lambda: sum(map(len, away._rounds)) == ABREAST + 4 * ABREAST)
        go_on.set()
        assert all(one.result(20).subject for one in (*held, *asked))


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def slow_free(slow: Authority, real: Authority) -> Authority:
    """The same process' authority with backends that answer at once."""
    free = replace(slow, signers=real.signers)
    object.__setattr__(free, "issuances", slow.issuances)
    return free
