"""Real SCEP clients against the real server: strongSwan's pki, certmonger's scep-submit, and micromdm's scepclient."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates

from tests.judges.services import require
from tests.services.challenges import challenge_service
from tests.services.installation import Installation, Server
from tests.services.tls import TestPki
from tests.support.scep_messages import Message, client_key, csr_with, enveloped, opened, self_signed

_NUMBERS = count()


@dataclass(frozen=True)
class Site:
    """A served installation, and the files that clients need."""

    installation: Installation
    server: Server
    folder: Path

    @property
    def url(self) -> str:
        return f"{self.server.management}/scep/issuing-ca/tls-server"

    def challenge(self, role: str = "registration-authority", *more: str) -> str:
        made = self.installation.json(
            "credential", "create", "--protocol", "scep", "--name", f"device {next(_NUMBERS)}", "--expires", "P1D",
            "--ca", "Issuing CA", "--profile", "tls-server", "--name-pattern", "DNS:example.com", "--role", role, *more,
        )  # fmt: skip
        secret: str = made["challenge"]
        return secret

    def run(self, *command: str | Path, expect: int = 0) -> str:
        """Both streams of a client, which ends with this code."""
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, errors="replace", timeout=120, check=False
        )
        assert done.returncode == expect, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def key(self, name: str, number: int) -> rsa.RSAPrivateKey:
        """A client's key, also as a file."""
        made = client_key(number)
        (self.folder / name).write_bytes(
            made.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        )
        return made

    def certificate(self, name: str) -> x509.Certificate:
        return x509.load_pem_x509_certificate((self.folder / name).read_bytes())

    @property
    def ra(self) -> x509.Certificate:
        return self.certificate("ra.pem")


@pytest.fixture(scope="module")
def site(installation: Installation, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Site:
    made = Site(installation, server, tmp_path_factory.mktemp("scep"))
    made.challenge()
    made.run(
        require("pki"), "--scepca", "--url", made.url, "--caout", "ca.pem", "--raout", "ra.pem", "--outform", "pem"
    )
    return made


def strongswan(site: Site, key: str, name: str, *more: str, expect: int = 0, out: str = "new.pem") -> str:
    """Enroll with strongSwan; what it says."""
    authorities = [option for one in sorted(site.folder.glob("ca*.pem")) for option in ("--cacert", one.name)]
    command = [
        require("pki"), "--scep", "--url", site.url, "--in", key, "--dn", f"CN={name}", "--outform", "pem",
        "--cacert-enc", "ra.pem", "--cacert-sig", "ra.pem", *authorities, "--interval", "1", "--maxpolltime", "60",
    ]  # fmt: skip
    done = subprocess.run([*command, *more], cwd=site.folder, capture_output=True, timeout=120, check=False)
    said = done.stderr.decode(errors="replace")
    assert done.returncode == expect, said
    (site.folder / out).write_bytes(done.stdout)
    return said
    return said


def test_strongswan_enrolls_and_renews(site: Site) -> None:
    first_key, second_key = site.key("one.key", 0), site.key("two.key", 1)
    strongswan(site, "one.key", "swan.example.com", "--password", site.challenge(), out="one.pem")
    first = site.certificate("one.pem")
    assert first.public_key() == first_key.public_key()
    strongswan(site, "two.key", "swan.example.com", "--cert", "one.pem", "--key", "one.key", out="two.pem")
    second = site.certificate("two.pem")
    assert second.public_key() == second_key.public_key()
    assert second.subject == first.subject
    assert second.serial_number != first.serial_number


def test_strongswan_is_refused_with_a_challenge_that_is_wrong_or_was_used(site: Site) -> None:
    used = site.challenge()
    site.key("three.key", 0)
    strongswan(site, "three.key", "used.example.com", "--password", used)
    site.key("four.key", 1)
    for secret in (used, "guess"):
        said = strongswan(site, "four.key", "other.example.com", "--password", secret, expect=1)
        assert "badRequest" in said


def test_enr_04_strongswan_cannot_renew_a_revoked_certificate(site: Site) -> None:
    site.key("five.key", 0)
    site.key("six.key", 1)
    strongswan(site, "five.key", "gone.example.com", "--password", site.challenge(), out="five.pem")
    serial = f"{site.certificate('five.pem').serial_number:x}"
    site.installation.run("cert", "revoke", serial, "--reason", "superseded")
    renew = ("--cert", "five.pem", "--key", "five.key")
    assert "badRequest" in strongswan(site, "six.key", "gone.example.com", *renew, expect=1)


def test_enr_07_strongswan_with_3des_and_sha_1_needs_a_credential_that_allows_them(site: Site) -> None:
    old = ("--cipher", "des3", "--digest", "sha1")
    site.key("old.key", 0)
    said = strongswan(site, "old.key", "old.example.com", "--password", site.challenge(), *old, expect=1)
    assert "badAlg" in said
    allowed = site.challenge("registration-authority", "--legacy-algorithms")
    strongswan(site, "old.key", "old.example.com", "--password", allowed, *old, out="old.pem")
    first = site.certificate("old.pem")
    assert first.subject.rfc4514_string() == "CN=old.example.com"
    site.key("new.key", 1)
    strongswan(site, "new.key", "old.example.com", "--cert", "old.pem", "--key", "old.key", *old, out="new-old.pem")
    second = site.certificate("new-old.pem")
    assert (second.subject, second.serial_number == first.serial_number) == (first.subject, False)


def test_strongswan_polls_until_its_request_is_approved(site: Site) -> None:
    site.key("seven.key", 0)
    secret = site.challenge("requester")
    command = [
        require("pki"), "--scep", "--url", site.url, "--in", "seven.key", "--dn", "CN=waits.example.com",
        "--password", secret, "--cacert-enc", "ra.pem", "--cacert-sig", "ra.pem", "--cacert", "ca.pem",
        "--cacert", "ca-1.pem", "--outform", "pem", "--interval", "1", "--maxpolltime", "60",
    ]  # fmt: skip
    polling = subprocess.Popen(command, cwd=site.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        waiting = _until_one_waits(site)
        site.installation.run("approval", "override", waiting, "--reason", "test of polling")
        out, said = polling.communicate(timeout=90)
    finally:
        polling.kill()
    assert polling.returncode == 0, said.decode(errors="replace")
    assert b"PENDING" in said.upper()
    assert x509.load_pem_x509_certificate(out).subject.rfc4514_string() == "CN=waits.example.com"


def _until_one_waits(site: Site) -> str:
    for _ in range(60):
        found = [one for one in site.installation.json("approval", "list")["items"] if one["state"] == "waiting"]
        if found:
            identifier: str = found[0]["id"]
            return identifier
    raise AssertionError("no request waits for approval")


def submit(site: Site, message: bytes) -> str:
    """Send a message with certmonger's helper, which verifies the response; what it prints."""
    pem = subprocess.run(
        ["openssl", "pkcs7", "-inform", "DER"], input=message, capture_output=True, check=True
    ).stdout  # fmt: skip
    (site.folder / "message.pem").write_bytes(pem)
    command = [
        require("scep-submit"), "-u", site.url, "-r", "ra.pem", "-N", "ca.pem", "-I", "ca-1.pem", "-p", "message.pem",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=site.folder, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout + done.stderr


def test_certmonger_enrolls_renews_and_is_refused(site: Site) -> None:
    key, name = client_key(0), "monger.example.com"
    certificate, secret = self_signed(key, name), site.challenge()

    def say(content: bytes, signer: x509.Certificate, number: str, transaction: str) -> str:
        inner = enveloped(content, site.ra)
        made = Message(
            content=inner, message_type=number, key=key, certificate=signer, transaction_id=transaction
        ).encoded()
        return submit(site, made)

    first = received(say(csr_with(key, name, secret), certificate, "19", "first"), key, certificate)
    assert first.subject.rfc4514_string() == f"CN={name}"
    renewed = received(say(csr_with(client_key(1), name), first, "17", "renewal"), key, first)
    assert renewed.public_key() == client_key(1).public_key()
    refused = say(csr_with(key, name, secret), certificate, "19", "again")
    assert "BEGIN" not in refused
    assert "not permitted" in refused


def received(said: str, key: rsa.RSAPrivateKey, recipient: x509.Certificate) -> x509.Certificate:
    """The certificate in the envelope that scep-submit prints."""
    found = re.search(r"-----BEGIN PKCS7-----.*?-----END PKCS7-----", said, re.DOTALL)
    assert found is not None, said
    command = ["openssl", "pkcs7", "-outform", "DER"]
    envelope = subprocess.run(command, input=found[0].encode() + b"\n", capture_output=True, check=True).stdout
    (one,) = load_der_pkcs7_certificates(opened(envelope, key, recipient))
    return one


def test_certmonger_reads_the_capabilities_and_the_certificates(site: Site) -> None:
    helper = require("scep-submit")
    assert "SCEPStandard" in site.run(helper, "-c", "-u", site.url).split()
    assert site.run(helper, "-C", "-u", site.url).count("BEGIN CERTIFICATE") == 3


def test_enr_07_a_client_that_encrypts_with_des_is_refused(site: Site) -> None:
    """micromdm's scepclient 2.1."""
    fingerprint = sha256(site.ra.public_bytes(Encoding.DER)).hexdigest()
    said = site.run(
        require("scepclient"), "-server-url", site.url, "-challenge", site.challenge(), "-cn", "des.example.com",
        "-private-key", "des.key", "-certificate", "des.pem", "-ca-fingerprint", fingerprint, expect=1,
    )  # fmt: skip
    assert "badAlg" in said


def test_a_server_without_scep_answers_404_on_every_path(tmp_path: Path, site: Site) -> None:
    made = Installation(tmp_path, {"PKIM_SCEP_ENABLED": "false"})
    made.run("init")
    with made.serving() as running:
        for path in ("", "?operation=GetCACaps", "?operation=GetCACert", "/pkiclient.exe?operation=GetCACaps"):
            assert httpx2.get(f"{running.management}/scep/issuing-ca/tls-server{path}").status_code == 404


def test_strongswan_enrolls_by_the_decision_of_a_webhook(tmp_path: Path) -> None:
    pki = TestPki(tmp_path / "service")
    key = tmp_path / "mdm.key"
    key.write_text("key-of-the-webhook")
    key.chmod(0o600)
    with challenge_service(pki) as service:
        table = {
            "name": "mdm", "url": f"{service.url}/hook", "secret_file": str(key), "ca_file": str(pki.ca),
            "networks": ["127.0.0.0/8", "::1/128"],
        }  # fmt: skip
        installation = Installation(tmp_path, {"PKIM_SCEP_VALIDATORS": json.dumps([table])})
        installation.run("init")
        made = installation.json(
            "credential", "create", "--protocol", "scep", "--name", "phones", "--expires", "P1D", "--ca", "Issuing CA",
            "--profile", "tls-server", "--name-pattern", "DNS:example.com", "--validator", "mdm",
        )  # fmt: skip
        assert (made["challenge"], made["validator"]) == (None, "mdm")
        with installation.serving() as server:
            site = Site(installation, server, tmp_path)
            site.run(
                require("pki"), "--scepca", "--url", site.url, "--caout", "ca.pem", "--raout", "ra.pem",
                "--outform", "pem",
            )  # fmt: skip
            site.key("phone.key", 0)
            service.accept("/hook", {"allow": False})
            said = strongswan(site, "phone.key", "phone.example.com", "--password", "from the MDM", expect=1)
            assert "badRequest" in said
            service.accept("/hook", {"allow": True})
            strongswan(site, "phone.key", "phone.example.com", "--password", "from the MDM", out="phone.pem")
            assert site.certificate("phone.pem").subject.rfc4514_string() == "CN=phone.example.com"
            service.answers.clear()
            strongswan(site, "phone.key", "phone2.example.com", "--password", "from the MDM", expect=1)
    assert {json.loads(body)["challenge"] for _, _, body in service.received} == {"from the MDM"}
