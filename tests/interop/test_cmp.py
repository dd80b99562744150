"""OpenSSL's CMP client against the real server: it enrolls, confirms, updates, revokes, and is refused."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509

from tests.judges.services import require
from tests.services.installation import Installation, Server, administrator_token

_NUMBERS = count(1)


@dataclass
class CmpSite:
    """A server, and a folder for the client's files."""

    installation: Installation
    server: Server
    folder: Path
    client: httpx2.Client

    def get(self, path: str) -> Any:
        response = self.client.get(path)
        assert response.status_code == 200, response.text
        return response.json()

    def post(self, path: str, **body: object) -> Any:
        response = self.client.post(path, json=body)
        assert response.is_success, response.text
        return response.json()

    def credential(self, profile: str = "tls-server", **options: object) -> Credential:
        body = {
            "protocol": "cmp", "name": f"cmp {next(_NUMBERS)}", "ca": "Issuing CA", "profile": profile,
            "expires": "P1D", **options,
        }  # fmt: skip
        made = self.post("credentials", **body)
        path = "/" + str(made["url"]).split("/", 3)[3]
        return Credential(made["id"], path, made["reference"], made["secret"] or "")

    @cached_property
    def root(self) -> Path:
        path = self.folder / "root.pem"
        path.write_text(self.installation.run("ca", "chain", "Root CA"))
        return path

    @cached_property
    def issuing(self) -> Path:
        path = self.folder / "issuing.pem"
        path.write_text(self.installation.run("ca", "chain", "Issuing CA"))
        return path

    def key(self) -> Path:
        path = self.folder / f"key-{next(_NUMBERS)}.pem"
        self._openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path)
        return path

    def csr(self, key: Path, name: str) -> Path:
        path = self.folder / f"csr-{next(_NUMBERS)}.pem"
        extension = f"subjectAltName=DNS:{name}"
        self._openssl("req", "-new", "-key", key, "-subj", f"/CN={name}", "-addext", extension, "-out", path)
        return path

    def _openssl(self, *words: str | Path) -> None:
        subprocess.run([require("openssl"), *words], check=True, capture_output=True, timeout=60)

    def cmp(self, command: str, path: str, *options: str | Path, expect: int = 0) -> str:
        """`openssl cmp -cmd COMMAND`; what it says."""
        server = self.server.management.removeprefix("http://")
        whole = [
            require("openssl"), "cmp", "-config", "", "-cmd", command, "-server", server, "-path", path.lstrip("/"),
            "-recipient", "/CN=Issuing CA", "-total_timeout", "60", *options,
        ]  # fmt: skip
        done = subprocess.run(whole, capture_output=True, text=True, timeout=90, check=False, cwd=self.folder)
        said = done.stdout + done.stderr
        assert done.returncode == expect, f"exit {done.returncode}\n{said}\n{self.installation.log()[-3000:]}"
        return said

    def by_secret(
        self, command: str, credential: Credential, *options: str | Path, expect: int = 0, secret: str | None = None
    ) -> str:
        protection = ["-ref", credential.reference, "-secret", f"pass:{secret or credential.secret}"]
        return self.cmp(command, credential.path, *protection, *options, expect=expect)

    def by_certificate(
        self, command: str, credential: Credential, certificate: Path, key: Path, *options: str | Path, expect: int = 0
    ) -> str:
        protection = ["-cert", certificate, "-key", key, "-trusted", self.root]
        return self.cmp(command, credential.path, *protection, *options, expect=expect)

    def enroll(self, credential: Credential, name: str, *options: str | Path, command: str = "ir") -> tuple[Path, Path]:
        """The certificate and its key."""
        key, certificate = self.key(), self.folder / f"cert-{next(_NUMBERS)}.pem"
        wanted = ["-newkey", key, "-subject", f"/CN={name}", "-sans", name, "-certout", certificate]
        self.by_secret(command, credential, *wanted, *options)
        return certificate, key

    def state(self, certificate: Path) -> str:
        return str(self.get(f"certificates/{serial_of(certificate)}")["state"])

    def actions(self) -> list[str]:
        """Audit actions, newest first."""
        return [event["action"] for event in self.get("audit?limit=50")["items"]]


@dataclass(frozen=True)
class Credential:
    id: str
    path: str
    reference: str
    secret: str


def serial_of(certificate: Path) -> str:
    return f"{read(certificate).serial_number:x}"


def read(certificate: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(certificate.read_bytes())


def names(certificate: Path) -> list[str]:
    value = read(certificate).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return value.get_values_for_type(x509.DNSName)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CmpSite]:
    folder = tmp_path_factory.mktemp("cmp")
    installation = Installation(folder)
    installation.run("init")
    with installation.serving() as server, server.client(administrator_token(installation)) as client:
        yield CmpSite(installation, server, folder, client)


@pytest.mark.parametrize("command", ["ir", "cr"])
def test_openssl_enrolls_and_confirms(site: CmpSite, command: str) -> None:
    certificate, _ = site.enroll(site.credential(), f"{command}.example.com", command=command)
    assert names(certificate) == [f"{command}.example.com"]
    assert site.state(certificate) == "valid"
    assert "certificate.acknowledged" in site.actions()


def test_openssl_checks_the_new_certificate_up_to_the_root(site: CmpSite) -> None:
    site.enroll(site.credential(), "chain.example.com", "-out_trusted", site.root)


def test_openssl_enrolls_with_implicit_confirmation(site: CmpSite) -> None:
    certificate, _ = site.enroll(site.credential(), "implicit.example.com", "-implicit_confirm")
    assert site.state(certificate) == "valid"


def test_openssl_enrolls_with_a_pkcs10_request(site: CmpSite) -> None:
    key, certificate = site.key(), site.folder / "p10.pem"
    site.by_secret(
        "p10cr", site.credential(), "-csr", site.csr(key, "p10.example.com"), "-certout", certificate, "-newkey", key
    )
    assert names(certificate) == ["p10.example.com"]


def test_openssl_updates_a_key_and_revokes_the_certificate(site: CmpSite) -> None:
    credential = site.credential()
    old, old_key = site.enroll(credential, "kur.example.com")
    key, new = site.key(), site.folder / "kur.pem"
    site.by_certificate("kur", credential, old, old_key, "-newkey", key, "-certout", new)
    assert (names(new), read(new).subject) == (names(old), read(old).subject)
    assert read(new).serial_number != read(old).serial_number
    assert site.state(new) == "valid"
    site.by_certificate("rr", credential, new, key, "-oldcert", new, "-revreason", "4")
    assert (site.state(new), site.state(old)) == ("revoked", "valid")


def test_openssl_revokes_with_the_secret_of_the_credential(site: CmpSite) -> None:
    credential = site.credential()
    certificate, _ = site.enroll(credential, "rr.example.com")
    site.by_secret("rr", credential, "-oldcert", certificate, "-revreason", "0")
    assert site.state(certificate) == "revoked"


@pytest.mark.parametrize("kind", ["caCerts", "currentCRL"])
def test_openssl_asks_for_information(site: CmpSite, kind: str) -> None:
    said = site.by_secret("genm", site.credential(), "-infotype", kind)
    assert "received" in said.lower() or "genp" in said.lower()


def test_openssl_is_refused_with_a_wrong_secret(site: CmpSite) -> None:
    key = site.key()
    wanted = ["-newkey", key, "-subject", "/CN=wrong.example.com", "-certout", site.folder / "none.pem"]
    said = site.by_secret("ir", site.credential(), *wanted, "-unprotected_errors", expect=1, secret="wrong")
    assert "badMessageCheck" in said
    assert not (site.folder / "none.pem").exists()


def test_openssl_is_told_which_name_is_wrong(site: CmpSite) -> None:
    key = site.key()
    wanted = ["-newkey", key, "-subject", "/CN=a.example.org", "-sans", "a.example.org", "-certout", "none.pem"]
    said = site.by_secret("ir", site.credential(names=["DNS:example.com"]), *wanted, expect=1)
    assert "notAuthorized" in said


def test_openssl_is_refused_with_a_revoked_credential(site: CmpSite) -> None:
    credential = site.credential()
    certificate, key = site.enroll(credential, "gone.example.com")
    site.post(f"credentials/{credential.id}/revoke")
    wanted = ["-newkey", site.key(), "-certout", "none.pem"]
    site.by_certificate("kur", credential, certificate, key, *wanted, expect=1)


def test_openssl_with_a_revoked_certificate_cannot_update_it(site: CmpSite) -> None:
    credential = site.credential()
    certificate, key = site.enroll(credential, "revoked.example.com")
    site.post(f"certificates/{serial_of(certificate)}/revoke", reason="superseded")
    said = site.by_certificate(
        "kur", credential, certificate, key, "-newkey", site.key(), "-certout", "none.pem", "-unprotected_errors",
        expect=1,
    )  # fmt: skip
    assert "badMessageCheck" in said


def test_openssl_polls_until_the_request_is_approved(site: CmpSite) -> None:
    credential = site.credential(role="requester")
    certificate = site.folder / "polled.pem"
    wanted = ["-newkey", site.key(), "-subject", "/CN=polled.example.com", "-sans", "polled.example.com"]
    with ThreadPoolExecutor(1) as pool:
        polling = pool.submit(site.by_secret, "ir", credential, *wanted, "-certout", certificate)
        while not (waiting := site.get("approvals?state=waiting")["items"]):
            assert not polling.done(), polling.result()
            time.sleep(0.1)
        site.installation.run("approval", "override", waiting[0]["id"], "--reason", "a test without other people")
        polling.result()
    assert names(certificate) == ["polled.example.com"]
    assert site.state(certificate) == "valid"


def test_openssl_enrolls_devices_as_a_registration_authority(site: CmpSite) -> None:
    """RFC 9483 section 5.2: with the proof of the device, and with raVerified."""
    site.post(
        "profiles", name="cmp-ra-client", kind="end-entity", description="", key_types=["ECDSA-P256"],
        subject={"attributes": ["CN"], "common_name": "from-sans"}, sans={"kinds": ["DNS"], "minimum": 1},
        validity={"default": "P30D", "maximum": "P90D"}, key_usage=["digitalSignature"],
        extended_key_usage=["1.3.6.1.5.5.7.3.28"],
    )  # fmt: skip
    own, own_key = site.enroll(site.credential("cmp-ra-client"), "ra.example.com")
    wanted = ["-subject", "/CN=device.example.com", "-sans", "device.example.com"]
    none = ["-newkey", site.key(), *wanted, "-certout", site.folder / "none.pem"]
    site.by_certificate("ir", site.credential(), own, own_key, *none, expect=1)
    ra_id = site.get(f"certificates/{serial_of(own)}")["id"]
    credential = site.credential(ra_certificate=ra_id, names=["DNS:example.com"])
    for number, proof in enumerate(("1", "0")):
        issued = site.folder / f"device-{number}.pem"
        key = ["-newkey", site.key(), "-popo", proof]
        site.by_certificate("ir", credential, own, own_key, *key, *wanted, "-certout", issued)
        assert (names(issued), site.state(issued)) == (["device.example.com"], "valid")
    p10, key = site.folder / "device-p10.pem", site.key()
    csr = ["-csr", site.csr(key, "p10.example.com"), "-newkey", key]
    site.by_certificate("p10cr", credential, own, own_key, *csr, "-certout", p10)
    assert names(p10) == ["p10.example.com"]
    site.by_certificate("rr", credential, own, own_key, "-oldcert", p10, "-revreason", "4")
    assert (site.state(p10), site.state(own)) == ("revoked", "valid")
