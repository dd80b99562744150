"""`python -m tests.faults.invariants`: a sound installation passes, and each invariant is found violated alone."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.status.revoke import revoke
from pki_manager.bootstrap import Installation, initialize, open_installation
from pki_manager.domain.certificate import Certificate, format_serial
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.events.certificates import IssueIntended
from pki_manager.domain.revocation import RevocationReason
from pki_manager.settings import Settings, load
from pki_manager.storage.engine.transaction import begin
from pki_manager.storage.rows import list_kept_tables, open_loader, open_snapshot
from pki_manager.storage.tables.audit import audit_events
from pki_manager.storage.tables.pki import certificates, enrollments, issuer_keys
from pki_manager.worker.worker import Worker
from tests.faults.invariants.__main__ import main
from tests.faults.invariants.client_records import ClientRecords, load_records
from tests.faults.invariants.report import check_invariants
from tests.services.installation import free_port
from tests.services.postgresql import PostgresServer
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN


def _pem(certificate: Certificate) -> str:
    return x509.load_der_x509_certificate(certificate.der).public_bytes(Encoding.PEM).decode()


def _tbs_sha256(certificate: Certificate) -> str:
    return hashlib.sha256(x509.load_der_x509_certificate(certificate.der).tbs_certificate_bytes).hexdigest()


NAMES = tuple(f"I{number}" for number in range(1, 9))


@dataclass
class Sound:
    """An installation with valid and revoked certificates, whose status is published."""

    settings: Settings
    leaf: Certificate
    revoked: Certificate
    good_response: bytes
    """The OCSP response for `revoked` from before its revocation."""
    records: ClientRecords = field(default_factory=ClientRecords)

    def violated(self) -> list[str]:
        return [result.name for result in check_invariants(self.settings, self.records) if result.violations]

    def change(self, statement: sa.Executable) -> None:
        """Run a statement that changes one row, without foreign keys where the database permits that."""
        with _opened(self.settings) as opened, open_loader(opened.engine) as connection:
            begin(connection, write=True)
            assert connection.execute(statement).rowcount == 1
            connection.commit()

    def publish(self, sql: str, *values: object) -> None:
        """Run a statement in the published status store that changes rows."""
        path = self.settings.home / "published" / "status.db"
        with closing(sqlite3.connect(path.resolve())) as database, database:
            assert database.execute(sql, values).rowcount > 0


@contextmanager
def _opened(settings: Settings) -> Iterator[Installation]:
    opened = open_installation(settings, slot="test")
    try:
        yield opened
    finally:
        opened.close()


def _build(home: Path, environment: Mapping[str, str]) -> Sound:
    settings = load(home, environment)
    initialize(settings)
    with _opened(settings) as opened:
        worker = Worker(opened)
        leaf, revoked = (_issue(opened, name) for name in ("leaf.example.com", "revoked.example.com"))
        _tick(worker)
        response = opened.ctx.ports.published.find_response(revoked.issuer_key_id, revoked.serial, "sha1")
        assert response is not None
        revoke(opened.ctx, ADMIN, revoked.id, RevocationReason.SUPERSEDED)
        _tick(worker)
        opened.scheduler.resign()
    return Sound(settings, leaf, revoked, response.body)


def _issue(opened: Installation, name: str) -> Certificate:
    certificate, _ = enroll(opened.ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr(name)))
    return certificate


def _tick(worker: Worker) -> None:
    for _ in range(3):
        worker.tick()
    assert worker.state.failures == {}


@pytest.fixture(scope="module", params=["sqlcipher", "postgresql"])
def template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sound, str]]:
    """A sound installation to copy, and its PostgreSQL database; empty on SQLCipher."""
    home = tmp_path_factory.mktemp("sound") / "home"
    environment = {"PKIM_STATUS_BIND": f"127.0.0.1:{free_port()}"}
    if request.param == "sqlcipher":
        yield _build(home, environment), ""
        return
    server: PostgresServer = request.getfixturevalue("postgresql")
    database = server.create_database()
    yield _build(home, {**environment, "PKIM_DATABASE_URL": server.url(database)}), database
    server.drop_database(database)


@pytest.fixture
def sound(request: pytest.FixtureRequest, template: tuple[Sound, str], tmp_path: Path) -> Iterator[Sound]:
    """A copy of the template."""
    original, database = template
    home = tmp_path / "home"
    shutil.copytree(original.settings.home, home, symlinks=True)
    environment, server = {}, None
    if database:
        server = request.getfixturevalue("postgresql")
        copy = server.create_database(database)
        environment["PKIM_DATABASE_URL"] = server.url(copy)
    yield Sound(load(home, environment), original.leaf, original.revoked, original.good_response)
    if server is not None:
        server.drop_database(copy)


def test_a_sound_installation_violates_nothing_and_every_invariant_looks_at_rows(sound: Sound) -> None:
    sound.records.add_certificate(_pem(sound.leaf))
    sound.records.add_status(sound.leaf.serial, "good")
    sound.records.add_revocation(sound.revoked.serial)
    sound.records.add_status(sound.revoked.serial, "revoked")
    sound.records.add_crl("Issuing CA", 1)
    results = check_invariants(sound.settings, sound.records)
    assert [result.name for result in results] == list(NAMES)
    assert [result.violations for result in results] == [()] * len(NAMES)
    assert all(result.rows > 0 for result in results)


def _lose_a_received_certificate(sound: Sound) -> None:
    records = ClientRecords()
    records.add_certificate(_pem(sound.leaf))
    (record,) = records.records
    sound.records.records.append({**record, "serial_number": format_serial(sound.leaf.serial + 1)})


def _lose_an_acknowledged_revocation(sound: Sound) -> None:
    sound.records.add_revocation(sound.leaf.serial)


def _lose_the_lint_result(sound: Sound) -> None:
    sound.change(sa.update(certificates).where(certificates.c.id == sound.leaf.id).values(lint_version=""))


def _lose_the_intent(sound: Sound) -> None:
    sound.change(sa.delete(enrollments).where(enrollments.c.certificate_id == sound.leaf.id))


def _reserve_a_serial_number_twice(sound: Sound) -> None:
    leaf = sound.leaf
    event = IssueIntended(
        object_id=str(leaf.id),
        ca=str(leaf.ca_id),
        profile=leaf.profile,
        subject=leaf.subject,
        serial_number=format_serial(leaf.serial),
        plan_sha256=leaf.plan_sha256.hex(),
        tbs_sha256=_tbs_sha256(leaf),
        rules=(),
    )
    with _opened(sound.settings) as opened, opened.ctx.ports.storage.begin(ADMIN) as uow:
        uow.record(event)


def _lower_the_crl_number(sound: Sound) -> None:
    of_key = sa.update(issuer_keys).where(issuer_keys.c.id == sound.leaf.issuer_key_id)
    sound.change(of_key.values(crl_number=issuer_keys.c.crl_number - 1))


def _receive_an_older_crl(sound: Sound) -> None:
    sound.records.add_crl("Issuing CA", 7)
    sound.records.add_crl("Issuing CA", 6)


def _publish_good_of_a_revoked_certificate(sound: Sound) -> None:
    serial = sound.revoked.serial
    octets = serial.to_bytes((serial.bit_length() + 7) // 8, "big")
    sound.publish("UPDATE responses SET body = ? WHERE serial = ?", sound.good_response, octets)


def _receive_good_of_a_revoked_certificate(sound: Sound) -> None:
    sound.records.add_revocation(sound.revoked.serial)
    sound.records.add_status(sound.revoked.serial, "good")


def _publish_a_crl_that_is_not_stored(sound: Sound) -> None:
    sound.publish("UPDATE objects SET body = ? WHERE path = ?", b"another", f"/crl/{sound.leaf.ca_id}.crl")


def _leave_an_intent_open(sound: Sound) -> None:
    changed = sa.update(enrollments).where(enrollments.c.certificate_id == sound.leaf.id)
    sound.change(changed.values(state=EnrollmentState.ISSUING.value, deadline=datetime(2026, 1, 1, tzinfo=UTC)))


def _change_an_audit_event(sound: Sound) -> None:
    first = (audit_events.c.action == "ca.created", audit_events.c.object_id == str(sound.leaf.ca_id))
    sound.change(sa.update(audit_events).where(*first).values(mac=bytes(32)))


def _lead_to_no_certificate(sound: Sound) -> None:
    changed = sa.update(enrollments).where(enrollments.c.certificate_id == sound.leaf.id)
    sound.change(changed.values(certificate_id=sound.leaf.issuer_key_id))


def _change_a_stored_value(sound: Sound) -> None:
    sound.change(sa.update(certificates).where(certificates.c.id == sound.leaf.id).values(subject="CN=other"))


@pytest.mark.parametrize(
    ("name", "violate"),
    [
        ("I1", _lose_a_received_certificate),
        ("I1", _lose_an_acknowledged_revocation),
        ("I2", _lose_the_lint_result),
        ("I2", _lose_the_intent),
        ("I3", _reserve_a_serial_number_twice),
        ("I4", _lower_the_crl_number),
        ("I4", _receive_an_older_crl),
        ("I5", _publish_good_of_a_revoked_certificate),
        ("I5", _receive_good_of_a_revoked_certificate),
        ("I5", _publish_a_crl_that_is_not_stored),
        ("I6", _leave_an_intent_open),
        ("I7", _change_an_audit_event),
        ("I8", _lead_to_no_certificate),
        ("I8", _change_a_stored_value),
    ],
)
def test_a_violation_of_one_invariant_is_reported_for_that_one(
    sound: Sound, name: str, violate: Callable[[Sound], None]
) -> None:
    violate(sound)
    assert sound.violated() == [name]


def _run(sound: Sound, told: Path) -> int:
    url = sound.settings.database_url
    database = [] if url is None else ["--database-url", url]
    return main(["--home", str(sound.settings.home), "--told", str(told), *database])


def _digest_rows(sound: Sound) -> str:
    digest = hashlib.sha256()
    with _opened(sound.settings) as opened, open_snapshot(opened.engine) as snapshot:
        for table in list_kept_tables():
            for row in snapshot.all_rows(table):
                digest.update(repr((table, *row)).encode())
    return digest.hexdigest()


def test_the_program_changes_nothing_prints_a_table_and_exits_with_1_for_a_violation(
    sound: Sound, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = tmp_path / "told"
    sound.records.save(told)
    before = _digest_rows(sound)
    assert _run(sound, told) == 0
    assert _digest_rows(sound) == before
    capsys.readouterr()
    _lose_an_acknowledged_revocation(sound)
    sound.records.save(told)
    assert _run(sound, told) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:9]] == list(NAMES)
    serial = format_serial(sound.leaf.serial)
    assert lines[9:] == [f"I1: the revocation of {serial} was acknowledged and is not stored."]


def test_a_published_store_that_is_missing_is_named_and_not_created(
    sound: Sound, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(sound.settings.home / "published")
    told = tmp_path / "told"
    sound.records.save(told)
    assert _run(sound, told) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "published status store" in said.err
    assert not (sound.settings.home / "published").exists()


def test_a_directory_without_an_installation_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(tmp_path / "none")]) == 2
    assert "none" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line", ["", "[]", '{"received": "crl", "ca": "a"}', '{"received": "revocation", "serial_number": "x"}']
)
def test_an_invalid_record_is_named_by_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "told"
    path.write_text('{"received": "crl", "ca": "a", "number": 1}\n' + line + "\n")
    with pytest.raises(InvalidInput, match="line 2"):
        load_records(path)
