"""kill -9 at each named step of the road, and what holds after every start.

Nothing acknowledged is lost, no serial number is forgotten, the trail verifies, CRL numbers rise, and the service goes
on by itself.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from pki_manager import bootstrap
from pki_manager.domain.ca import KeyState
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.jobs import JobState
from pki_manager.settings import load
from pki_manager.x509.crl import read_entry_serials
from tests.faults import doomed
from tests.faults.fault_log import Fault, FaultLog
from tests.faults.invariants.client_records import ClientRecords
from tests.faults.test_kill_init import require_whole
from tests.services.installation import ROOT, Installation, Server, administrator_token, free_port
from tests.services.postgresql import PostgresServer
from tests.support.csrs import make_csr

DEADLINE = 2
"""Seconds that a signature may take; after a kill the scheduler has to wait it out."""

SETTLED = 45.0
"""Seconds after a start within which everything has come to its end."""

SETTINGS = {"PKIM_SIGNING_DEADLINE": f"PT{DEADLINE}S"}


@contextmanager
def _installation(request: pytest.FixtureRequest, folder: Path, engine: str) -> Iterator[Installation]:
    settings = SETTINGS | {f"PKIM_{name}_BIND": f"127.0.0.1:{free_port()}" for name in ("MANAGEMENT", "TLS")}
    if engine == "sqlcipher":
        yield Installation(folder, settings)
        return
    server: PostgresServer = request.getfixturevalue("postgresql")
    database = server.create_database()
    yield Installation(folder, {**settings, "PKIM_DATABASE_URL": server.url(database)})
    server.drop_database(database)


def program(step: str, arm_file: Path) -> tuple[str | Path, ...]:
    return (sys.executable, "-m", doomed.__name__, step, arm_file)


@dataclass
class Acknowledged:
    """What was acknowledged."""

    records: ClientRecords = field(default_factory=ClientRecords)
    issued: dict[str, str] = field(default_factory=dict)
    """PEM by certificate id."""
    revoked: list[str] = field(default_factory=list)
    perhaps_revoked: list[str] = field(default_factory=list)
    """Whose revocation was asked for."""
    authorities: list[str] = field(default_factory=list)

    def states(self, identifier: str) -> set[str]:
        """What a certificate may be; with a revocation that nobody answered, either."""
        if identifier in self.revoked:
            return {"revoked"}
        return {"valid", "revoked"} if identifier in self.perhaps_revoked else {"valid"}


class Visitor:
    """Does one thing of each kind, and notes what was acknowledged. `client` is of the server that runs now."""

    def __init__(self, client: httpx2.Client, books: Acknowledged) -> None:
        self._client = client
        self._books = books

    def issue(self) -> str:
        certificate = self._post("/certificates", {"ca": "Issuing CA", "profile": "tls-server", "csr": _csr()}, 201)
        self._books.issued[certificate["id"]] = certificate["pem"]
        self._books.records.add_certificate(certificate["pem"])
        identifier: str = certificate["id"]
        return identifier

    def revoke(self) -> None:
        certificate = self.issue()
        self._books.perhaps_revoked.append(certificate)
        self._post(f"/certificates/{certificate}/revoke", {"reason": "superseded"}, 200)
        self._books.revoked.append(certificate)
        self._books.records.add_revocation(_serial(self._books.issued[certificate]))

    def publish(self) -> None:
        self._books.records.add_crl("Issuing CA", self._post("/cas/Issuing CA/crls", None, 201)["number"])

    def create(self) -> None:
        name = f"Sub {uuid4().hex[:8]}"
        body = {"name": name, "subject": f"CN={name}", "key_type": "ECDSA-P256", "parent": "Root CA"}
        self._post("/cas", body, 201)
        self._books.authorities.append(name)

    def rotate(self) -> None:
        """The root's key: what was issued stays as it is, whoever has certified the issuing CA."""
        self._post("/cas/Root CA/rotate", {"cross_certify": True}, 200)

    def _post(self, path: str, body: object, expected: int) -> dict[str, Any]:
        answer = self._client.post(path, json=body) if body is not None else self._client.post(path)
        assert answer.status_code == expected, answer.text
        document: dict[str, Any] = answer.json()
        return document


def _serial(pem: str) -> int:
    return x509.load_pem_x509_certificate(pem.encode()).serial_number


def _csr() -> str:
    return make_csr(f"{uuid4().hex[:8]}.example.com")


DEEDS: dict[str, Callable[[Visitor], object]] = {
    **dict.fromkeys(doomed.ISSUE, Visitor.issue),
    **dict.fromkeys(doomed.CRL, Visitor.publish),
    **dict.fromkeys(doomed.REVOKE, Visitor.revoke),
    **dict.fromkeys(doomed.CREATE, Visitor.create),
    **dict.fromkeys(doomed.ROTATE, Visitor.rotate),
}
"""How each step is met."""


def die_at(installation: Installation, token: str, step: str, books: Acknowledged) -> None:
    """A server that works until it is armed, and then does not survive its next deed."""
    arm_file = installation.folder / "armed"
    arm_file.unlink(missing_ok=True)
    server = Server(installation, {}, program(step, arm_file))
    try:
        with server.client(token) as client:
            visitor = Visitor(client, books)
            visitor.issue()
            visitor.revoke()
            arm_file.touch()
            with suppress(httpx2.HTTPError):  # the expected end; some steps come after the answer
                DEEDS[step](visitor)
        server.process.wait(30)
    except subprocess.TimeoutExpired:
        raise AssertionError(f"the step was not met: {step}\n{installation.log()}") from None
    finally:
        server.kill()
    assert server.process.returncode == -signal.SIGKILL, installation.log()


def reckon(installation: Installation, token: str, books: Acknowledged, fault_log: FaultLog) -> None:
    """Start once more, ask for the status of everything, and check the invariants."""
    with installation.serving() as server, server.client(token) as client:
        Visitor(client, books).issue()
        opened = bootstrap.open_installation(load(None, installation.environment), slot="test")
        try:
            _await_settled(opened)
            burned = _list_burned(opened)
        finally:
            opened.close()
        _require_statuses(client, server.status, books, burned)
        fault_log.conclude(Fault.KILL_AT_STEP, installation, books.records, repetitions=1)


def _await_settled(opened: bootstrap.Installation) -> None:
    deadline = time.monotonic() + SETTLED
    while True:
        with opened.ctx.ports.storage.read() as reader:
            issuing = reader.enrollments.count_by_state().get(EnrollmentState.ISSUING, 0)
            jobs = {state: n for state, n in reader.jobs.count_by_state().items() if state is not JobState.DONE and n}
            rotating = [key.number for key in reader.issuer_keys.list_all() if key.state is KeyState.NEXT]
        if not issuing and not jobs and not rotating:
            return
        assert time.monotonic() < deadline, f"{issuing} intents, jobs {jobs}, next keys {rotating}"
        time.sleep(0.1)


def _list_burned(opened: bootstrap.Installation) -> set[int]:
    """Return the serial numbers of the issuing CA that are revoked because they have no certificate."""
    with opened.ctx.ports.storage.read() as reader:
        issuing = reader.cas.find("Issuing CA")
        assert issuing is not None
        key = reader.issuer_keys.get_current(issuing.id)
        listed = read_entry_serials(reader.revocations.read_entries(key.id).der)
        return {serial for serial in listed if reader.certificates.find_serial(key.id, serial) is None}


def _require_statuses(client: httpx2.Client, status_url: str, books: Acknowledged, burned: set[int]) -> None:
    issuer = _issuer(client)
    listed = {entry.serial_number for entry in _crl(client)}
    for identifier, pem in books.issued.items():
        serial = _serial(pem)
        found = client.get(f"/certificates/{identifier}").json()
        assert found["pem"] == pem
        assert found["state"] in books.states(identifier)
        status = _ocsp(status_url, issuer, serial)
        books.records.add_status(serial, status.name.lower())
        assert (status is ocsp.OCSPCertStatus.REVOKED) == (found["state"] == "revoked") == (serial in listed)
    for serial in burned:
        assert _ocsp(status_url, issuer, serial) is ocsp.OCSPCertStatus.REVOKED
    assert burned <= listed
    for name in books.authorities:
        assert client.get(f"/cas/{name}").json()["state"] == "active"


def _issuer(client: httpx2.Client) -> x509.Certificate:
    chain = client.get("/cas/Issuing CA/chain").json()["chain_pem"]
    return x509.load_pem_x509_certificates(chain.encode())[0]


def _crl(client: httpx2.Client) -> x509.CertificateRevocationList:
    return x509.load_der_x509_crl(client.get("/cas/Issuing CA/crls/current/export?format=der").content)


def _ocsp(status_url: str, issuer: x509.Certificate, serial: int) -> ocsp.OCSPCertStatus:
    key = x509.SubjectKeyIdentifier.from_public_key(issuer.public_key()).digest
    digest = hashes.Hash(hashes.SHA1())
    digest.update(issuer.subject.public_bytes())
    request = ocsp.OCSPRequestBuilder().add_certificate_by_hash(digest.finalize(), key, serial, hashes.SHA1()).build()
    answer = httpx2.post(
        f"{status_url}/ocsp",
        content=request.public_bytes(Encoding.DER),
        headers={"Content-Type": "application/ocsp-request"},
    )
    return ocsp.load_der_ocsp_response(answer.content).certificate_status


def survive(installation: Installation, steps: list[str], fault_log: FaultLog) -> None:
    installation.run("init")
    token = administrator_token(installation)
    books = Acknowledged()
    with installation.serving() as server, server.client(token) as client:
        Visitor(client, books).issue()
    for step in steps:
        die_at(installation, token, step, books)
        reckon(installation, token, books, fault_log)


def test_rev_09_a_kill_at_some_steps_of_the_road(
    request: pytest.FixtureRequest, tmp_path: Path, fault_log: FaultLog
) -> None:
    with _installation(request, tmp_path, "sqlcipher") as installation:
        survive(installation, ["certificate signed", "list not committed", "next key certified"], fault_log)


@pytest.mark.long
@pytest.mark.parametrize("engine", ["sqlcipher", "postgresql"])
def test_aud_06_a_kill_at_every_step_of_the_road(
    request: pytest.FixtureRequest, tmp_path: Path, fault_log: FaultLog, engine: str
) -> None:
    steps = list(DEEDS)
    random.Random(11).shuffle(steps)
    with _installation(request, tmp_path, engine) as installation:
        survive(installation, steps, fault_log)


def die_in_set_up(installation: Installation, step: str) -> None:
    arm_file = installation.folder / "armed"
    arm_file.touch()
    done = subprocess.run(
        [*program(step, arm_file), "init"],
        env=installation.environment,
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, f"the step was not met: {step}\n{done.stderr.decode()}"


@pytest.mark.parametrize("step", ["file not named", "key kept"])
def test_a_set_up_killed_at_a_step_is_finished_by_the_next(tmp_path: Path, fault_log: FaultLog, step: str) -> None:
    installation = Installation(tmp_path)
    die_in_set_up(installation, step)
    require_whole(installation)
    fault_log.conclude(Fault.KILL_IN_SETUP, installation, ClientRecords(), repetitions=1)


@pytest.mark.long
@pytest.mark.parametrize("engine", ["sqlcipher", "postgresql"])
def test_a_set_up_killed_at_every_step(
    request: pytest.FixtureRequest, tmp_path: Path, fault_log: FaultLog, engine: str
) -> None:
    for number, step in enumerate(doomed.SET_UP):
        folder = tmp_path / str(number)
        folder.mkdir()
        with _installation(request, folder, engine) as installation:
            die_in_set_up(installation, step)
            require_whole(installation)
            fault_log.conclude(Fault.KILL_IN_SETUP, installation, ClientRecords(), repetitions=1)
