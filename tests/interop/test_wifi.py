"""Wi-Fi end to end: FreeRADIUS, configured as the how-to prints it, admits devices that enrolled by SCEP and EST."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.interop.test_tutorial import _run, _script
from tests.judges.services import require
from tests.services.installation import PKIM, Installation, Server
from tests.services.radius import RadiusServer, radius_server

PAGE = "docs/how-to/admit-devices-to-wi-fi.md"
_TEXT = re.compile(r"```text\n(.*?)```", re.DOTALL)


def printed(word: str) -> str:
    """The text block of the page that contains a word."""
    blocks = _TEXT.findall((Path(__file__).parents[2] / PAGE).read_text())
    (found,) = (block for block in blocks if word in block)
    return str(found)


@dataclass(frozen=True)
class Network:
    """A served installation, and the folder in which the commands of the page were run."""

    installation: Installation
    server: Server
    folder: Path

    def run(self, *command: str | Path, text: bytes = b"") -> bytes:
        done = subprocess.run(command, cwd=self.folder, input=text, capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, (done.stdout[-500:], done.stderr[-2000:])
        return done.stdout

    def secret(self, protocol: str) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.folder / f"{protocol}.json").read_text())
        return found

    def eap(self) -> str:
        """The EAP module as printed, with the folder and the issuing CA of this installation."""
        text = printed("tls-config").replace("/etc/freeradius/3.0/certs", str(self.folder))
        shown = self.run("openssl", "x509", "-in", "issuing.pem", "-noout", "-subject", "-nameopt", "compat").decode()
        return text.replace("/O=Example/CN=Issuing CA", shown.removeprefix("subject=").strip())

    def device(self, name: str) -> str:
        """The configuration of a client as printed, for the certificate and key of a device."""
        text = printed("network={").replace("phone7.wifi", f"{name}.wifi")
        return text.replace("device.pem", f"{name}.pem").replace("device.key", f"{name}.key")

    def add_issuer(self, name: str, certificate: bytes) -> None:
        (self.folder / f"{name}.pem").write_bytes(certificate + (self.folder / "issuing.pem").read_bytes())

    def revoke(self, name: str) -> None:
        shown = self.run("openssl", "x509", "-in", f"{name}.pem", "-noout", "-serial").decode()
        self.installation.run("cert", "revoke", shown.strip().removeprefix("serial="), "--reason", "superseded")


def enroll_by_scep(network: Network, name: str) -> None:
    url = f"{network.server.management}/scep/issuing-ca/wifi-device"
    pki = require("pki")
    network.run(pki, "--scepca", "--url", url, "--caout", "ca.pem", "--raout", "ra.pem", "--outform", "pem", "--force")
    (network.folder / f"{name}.key").write_bytes(
        network.run(pki, "--gen", "--type", "rsa", "--size", "2048", "--outform", "pem")
    )
    host = f"{name}.wifi.example.com"
    certificate = network.run(
        pki, "--scep", "--url", url, "--in", f"{name}.key", "--dn", f"CN={host}", "--san", host,
        "--password", network.secret("scep")["challenge"], "--cacert-enc", "ra.pem", "--cacert-sig", "ra.pem",
        "--cacert", "root.pem", "--cacert", "issuing.pem", "--outform", "pem",
    )  # fmt: skip
    network.add_issuer(name, certificate)


def enroll_by_est(network: Network, name: str) -> None:
    install(network, name, send_by_est(network, new_csr(network, name), network.secret("est")))


def new_csr(network: Network, name: str) -> bytes:
    """A CSR in Base64, whose key is in a file."""
    host = f"{name}.wifi.example.com"
    network.run(
        "openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-keyout", f"{name}.key", "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}",
        "-outform", "DER", "-out", f"{name}.csr",
    )  # fmt: skip
    return network.run("base64", f"{name}.csr")


def send_by_est(network: Network, csr: bytes, credential: dict[str, str]) -> bytes:
    return network.run(
        require("curl"), "-sS", "--fail", "--cacert", "root.pem", "--noproxy", "*",
        "--user", f"{credential['user']}:{credential['password']}", "-H", "Content-Type: application/pkcs10",
        "--data-binary", "@-", f"{network.server.tls}/.well-known/est/{credential['label']}/simpleenroll",
        text=csr,
    )  # fmt: skip


def install(network: Network, name: str, answer: bytes) -> None:
    der = network.run("base64", "-d", text=answer)
    network.add_issuer(name, network.run("openssl", "pkcs7", "-inform", "DER", "-print_certs", text=der))


@pytest.fixture(scope="module")
def network(installation: Installation, server: Server) -> Network:
    folder = installation.folder / "work"
    folder.mkdir()
    environment = {**installation.environment, "PATH": f"{PKIM.parent}:{installation.environment['PATH']}"}
    done = _run(_script(PAGE), environment, folder)
    assert done.returncode == 0, done.stdout
    return Network(installation, server, folder)


@pytest.fixture(scope="module")
def radius(network: Network) -> Iterator[RadiusServer]:
    with radius_server(network.folder / "radius", network.eap()) as running:
        yield running


DOORS = {"phone7": enroll_by_scep, "sensor": enroll_by_est}


@pytest.mark.parametrize("enroll", DOORS.values(), ids=DOORS)
def test_a_device_is_admitted_until_its_certificate_is_revoked(
    network: Network, radius: RadiusServer, enroll: Callable[[Network, str], None], request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.id
    enroll(network, name)
    assert radius.admits(network.device(name), network.folder)
    assert "Cert status: good" in radius.log.read_text()
    network.revoke(name)
    assert not radius.admits(network.device(name), network.folder)
    assert "Cert status: revoked" in radius.log.read_text()


def test_a_device_of_the_built_in_profile_is_admitted_after_an_approval(network: Network, radius: RadiusServer) -> None:
    credential = network.installation.json(
        "credential", "create", "--protocol", "est", "--name", "approved", "--expires", "P1D", "--ca", "Issuing CA",
        "--profile", "802.1x-client", "--name-pattern", "DNS:example.com",
    )  # fmt: skip
    csr = new_csr(network, "visitor")
    assert b"awaiting_approval" in send_by_est(network, csr, credential)
    (waiting,) = network.installation.json("approval", "list")["items"]
    network.installation.run("approval", "override", waiting["id"], "--reason", "the device was checked")
    install(network, "visitor", send_by_est(network, csr, credential))
    assert radius.admits(network.device("visitor"), network.folder)


def test_a_device_is_refused_by_the_crl_of_its_issuer(network: Network, tmp_path: Path) -> None:
    enroll_by_est(network, "crl")
    without_ocsp = re.sub(r"    ocsp \{.*?    \}\n", printed("check_crl"), network.eap(), flags=re.DOTALL)
    for is_admitted, name in ((True, "before"), (False, "after")):
        cas = network.run("cat", "issuing.pem", "root.pem")
        network.installation.run("crl", "publish", "Issuing CA")
        cas += network.installation.run("crl", "export", "Issuing CA").encode()
        (tmp_path / f"{name}.pem").write_bytes(cas)
        eap = without_ocsp.replace(str(network.folder / "cas.pem"), str(tmp_path / f"{name}.pem"))
        with radius_server(tmp_path / name, eap) as radius:
            assert radius.admits(network.device("crl"), network.folder) is is_admitted
        if is_admitted:
            network.revoke("crl")
    assert "certificate revoked" in radius.log.read_text()


def test_a_server_certificate_does_not_admit_a_device(network: Network, radius: RadiusServer) -> None:
    assert not radius.admits(network.device("radius"), network.folder)
    assert "unsuitable certificate purpose" in radius.log.read_text()


def test_a_device_does_not_trust_a_server_of_another_name(network: Network, radius: RadiusServer) -> None:
    enroll_by_est(network, "careful")
    other = network.device("careful").replace('"radius.example.com"', '"radius2.example.com"')
    assert not radius.admits(other, network.folder)
