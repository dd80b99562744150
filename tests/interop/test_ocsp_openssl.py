"""The status listener on a real socket, asked and judged by OpenSSL, GnuTLS, Java and pkilint."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pki_manager.domain.revocation import RevocationReason
from pki_manager.protocols.status import StatusApp
from pki_manager.storage.published import SqlitePublished
from pki_manager.system import SystemClock
from pki_manager.x509.ocsp.facts import read_response_facts
from tests.support.listeners import listening
from tests.support.responders import ExampleCa

GOOD, REVOKED, UNPUBLISHED, UNKNOWN = (1 << 130) + 1, 1001, 1002, 1003


@dataclass
class World:
    """PEM files by what is known of them, in `folder`, beside `ca.pem`; `url` is the responder's."""

    folder: Path
    port: int
    ca: ExampleCa

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/ocsp"

    def ask(self, *arguments: str, trust: str = "ca.pem") -> str:
        """What `openssl ocsp` prints; it exits with 0 for revoked too, so the text is what counts."""
        command = ["openssl", "ocsp", "-issuer", "ca.pem", "-CAfile", trust, "-url", self.url, *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=30, check=False)
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("ocsp")
    clock = SystemClock()
    ca = ExampleCa(now=clock.now().replace(microsecond=0))
    numbers = {"good": GOOD, "revoked": REVOKED, "unpublished": UNPUBLISHED, "unknown": UNKNOWN}
    for name, serial in numbers.items():
        write(folder / f"{name}.pem", ca.issue(serial))
    del ca.statuses[UNKNOWN]
    ca.revoke(REVOKED, RevocationReason.KEY_COMPROMISE)
    write(folder / "ca.pem", ca.certificate)
    write(folder / "stranger.pem", ExampleCa("Stranger", now=ca.now).certificate)
    store = SqlitePublished(folder / "published" / "status.db")
    ca.publish(store, [GOOD, REVOKED])
    app = StatusApp(store, ca, clock)
    with listening(app) as port:
        yield World(folder, port, ca)
    app.close()
    store.close()


def write(path: Path, certificate: x509.Certificate) -> None:
    path.write_bytes(certificate.public_bytes(Encoding.PEM))


HASHES = ["-sha1", "-sha256"]
NONCES = [["-nonce"], ["-no_nonce"]]
EXPECTED = [("good", "good"), ("revoked", "revoked"), ("unpublished", "good"), ("unknown", "unknown")]


@pytest.mark.parametrize("nonce", NONCES, ids=["nonce", "no nonce"])
@pytest.mark.parametrize("hash_name", HASHES)
@pytest.mark.parametrize(("name", "expected"), EXPECTED)
def test_openssl_is_told_the_status_and_believes_it(
    world: World, name: str, expected: str, hash_name: str, nonce: list[str]
) -> None:
    told = world.ask(hash_name, "-cert", f"{name}.pem", *nonce)
    assert "Response verify OK" in told
    assert f"{name}.pem: {expected}" in told
    assert ("Reason: keyCompromise" in told) == (expected == "revoked")
    assert "WARNING" not in told


def test_rev_17_openssl_finds_its_nonce_in_the_answer(world: World) -> None:
    told = world.ask("-cert", "good.pem", "-nonce", "-text")
    nonces = [line.strip() for line in told.splitlines() if line.strip().startswith("0410")]
    assert len(nonces) == 2
    assert nonces[0] == nonces[1]


def test_openssl_gets_several_statuses_in_one_answer(world: World) -> None:
    certificates = [part for name, _ in EXPECTED for part in ("-cert", f"{name}.pem")]
    told = world.ask(*certificates)
    assert "Response verify OK" in told
    for name, expected in EXPECTED:
        assert f"{name}.pem: {expected}" in told


def test_openssl_does_not_believe_us_without_our_ca(world: World) -> None:
    assert "Response Verify Failure" in world.ask("-cert", "good.pem", trust="stranger.pem")


def test_openssl_asking_for_a_foreign_issuer_is_told_unauthorized(world: World) -> None:
    command = ["-issuer", "stranger.pem", "-cert", "good.pem"]
    assert "unauthorized (6)" in world.ask(*command)


@pytest.mark.parametrize("hash_name", HASHES)
@pytest.mark.parametrize(("name", "expected"), [("good", "good"), ("revoked", "revoked")])
def test_an_answer_to_get_verifies_offline_with_openssl(
    world: World, tmp_path: Path, name: str, expected: str, hash_name: str
) -> None:
    request, response = tmp_path / "request.der", tmp_path / "response.der"
    world.ask(hash_name, "-cert", f"{name}.pem", "-no_nonce", "-reqout", str(request))
    response.write_bytes(get(world, request.read_bytes()))
    command = ["openssl", "ocsp", "-respin", str(response), "-issuer", "ca.pem", "-CAfile", "ca.pem", hash_name]
    done = subprocess.run(
        [*command, "-cert", f"{name}.pem", "-no_nonce"],
        cwd=world.folder,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert "Response verify OK" in done.stderr
    assert f"{name}.pem: {expected}" in done.stdout


def get(world: World, request: bytes) -> bytes:
    """By the base64 of OpenSSL, unescaped, as some clients send it: slashes, pluses and all."""
    encoded = subprocess.run(["openssl", "base64", "-A"], input=request, capture_output=True, check=True).stdout
    answer = talk(world.port, b"GET /ocsp/" + encoded + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    return body


def talk(port: int, octets: bytes) -> bytes:
    """Everything that the server says until it closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(octets)
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
    return answer


@pytest.mark.parametrize(("name", "expected"), [("good", "good"), ("revoked", "revoked")])
def test_gnutls_is_told_the_status_and_believes_it(world: World, name: str, expected: str) -> None:
    command = ["ocsptool", f"--ask={world.url}", "--load-issuer", "ca.pem", "--load-cert", f"{name}.pem"]
    done = subprocess.run(
        [*command, "--load-trust", "ca.pem", "--nonce"],
        cwd=world.folder,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert f"Certificate Status: {expected}" in done.stdout
    assert "Verifying OCSP Response: Success" in done.stdout


def test_java_validates_by_our_answers_alone(world: World) -> None:
    program = Path(__file__).with_name("AskOcsp.java")
    leaves = [f"{name}.pem" for name, _ in EXPECTED]
    done = subprocess.run(
        ["java", str(program), world.url, "ca.pem", *leaves],
        cwd=world.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == ["VALID", "REVOKED", "VALID", "UNDETERMINED_REVOCATION_STATUS"]


def findings(response: bytes, folder: Path) -> list[object]:
    """pkilint's own words; its exit code is the number of findings."""
    path = folder / "response.der"
    path.write_bytes(response)
    tool = Path(sys.executable).with_name("lint_ocsp_response")
    done = subprocess.run(
        [str(tool), "lint", "-s", "NOTICE", "-f", "JSON", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    found: list[object] = json.loads(done.stdout)["results"]
    return found


def test_pkilint_finds_nothing_in_an_answer_about_everything(world: World, tmp_path: Path) -> None:
    response = tmp_path / "everything.der"
    certificates = [part for name, _ in EXPECTED for part in ("-cert", f"{name}.pem")]
    world.ask(*certificates, "-respout", str(response))
    assert len(read_response_facts(response.read_bytes()).singles) == len(EXPECTED)
    assert findings(response.read_bytes(), tmp_path) == []


def test_pkilint_does_find_a_response_that_ends_before_it_begins(world: World, tmp_path: Path) -> None:
    single = world.ca.single(world.ca.cert_id(GOOD), GOOD, world.ca.now.replace(year=2020))
    assert findings(world.ca.sign([single]), tmp_path) != []


@pytest.mark.parametrize("size", [65_537, 10_000_000])
def test_a_body_over_the_cap_ends_the_connection_with_413(world: World, size: int) -> None:
    head = b"POST /ocsp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ocsp-request\r\n"
    answer = talk(world.port, head + b"Content-Length: %d\r\n\r\n" % size + bytes(1000))
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_the_raw_path_reaches_us_unchanged_through_the_server(world: World) -> None:
    answer = talk(world.port, b"GET /ocsp/%2F//..//%2B HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert answer.endswith(b"\x30\x03\x0a\x01\x01")
