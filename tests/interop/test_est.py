"""EST with real clients: strongSwan's `pki`, and curl with OpenSSL as RFC 7030 describes it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pki_manager.x509.asn1 import der
from tests.judges.services import require
from tests.services.installation import Installation, Server
from tests.support.csrs import add_attributes

_SECONDS = 60
DEVICES = {
    "name": "est-device",
    "kind": "end-entity",
    "description": "",
    "key_types": ["ECDSA-P256"],
    "subject": {"attributes": ["CN"], "common_name": "from-sans"},
    "sans": {"kinds": ["DNS"], "minimum": 1, "permitted": ["DNS:example.com"]},
    "validity": {"default": "P30D", "maximum": "P90D"},
    "key_usage": ["digitalSignature"],
    "extended_key_usage": ["1.3.6.1.5.5.7.3.2"],
}


RECIPIENTS = {
    **DEVICES,
    "name": "est-recipient",
    "key_types": ["RSA-2048"],
    "key_usage": ["digitalSignature", "keyEncipherment"],
}
ASYMMETRIC_DECRYPT_KEY_ID = "1.2.840.113549.1.9.16.2.54"
DECRYPT = ("openssl", "cms", "-decrypt", "-inform", "DER", "-recip", "recipient.pem", "-inkey", "recipient.key")
VERIFY = ("openssl", "cms", "-verify", "-inform", "DER", "-binary", "-CAfile", "cas.pem", "-purpose", "any")


@dataclass(frozen=True)
class Site:
    """A server, an EST credential as the CLI shows it, and a folder with `root.pem` and `issuing.pem` for clients."""

    installation: Installation
    server: Server
    credential: dict[str, str]
    folder: Path

    @property
    def userpass(self) -> str:
        return f"{self.credential['user']}:{self.credential['password']}"

    def run(self, *command: str | Path, expect: int | None = 0, text: bytes = b"") -> bytes:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8"},
            input=text,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        assert expect is None or done.returncode == expect, (done.stdout[-500:], done.stderr[-2000:])
        return done.stdout + (done.stderr if done.returncode else b"")

    def new_csr(self, stem: str) -> Path:
        """A CSR (DER) for `STEM.example.com`, whose key is in `STEM.key`."""
        name = f"{stem}.example.com"
        self.run(
            *("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", f"{stem}.key", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"),
            *("-outform", "DER", "-out", f"{stem}.csr"),
        )
        return self.folder / f"{stem}.csr"

    def new_rsa_csr(self, stem: str) -> Path:
        """A CSR (DER) for `STEM.example.com`, whose RSA key is in `STEM.key`."""
        name = f"{stem}.example.com"
        self.run(
            *("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{stem}.key"),
            *("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-outform", "DER"),
            *("-out", f"{stem}.csr"),
        )
        return self.folder / f"{stem}.csr"

    def generate(self, csr: Path, out: str, *options: str) -> int:
        """POST a CSR to `/serverkeygen`; the HTTP status. The response is in the file `OUT.mime` then."""
        status = self.run(
            *("curl", "-sS", "--cacert", "root.pem", "-H", "Content-Type: application/pkcs10", "--data-binary", "@-"),
            *("-o", f"{out}.mime", "-w", "%{http_code}", *options, f"{self.credential['url']}/serverkeygen"),
            text=base64.encodebytes(csr.read_bytes()),
        )
        return int(status)

    def part(self, stem: str, number: int) -> bytes:
        """The octets of one of the two parts of a response."""
        part = (self.folder / f"{stem}.mime").read_bytes().split(b"--estServerKeyGenBoundary")[number]
        return base64.b64decode(part.partition(b"\r\n\r\n")[2])

    def save_certificate(self, stem: str) -> None:
        text = self.run("openssl", "pkcs7", "-inform", "DER", "-print_certs", text=self.part(stem, 2))
        (self.folder / f"{stem}.pem").write_bytes(text)
        self.read(f"{stem}.pem")

    def require_pair(self, key: str, certificate: str) -> None:
        """Require that a private key (DER) is that of a certificate (PEM)."""
        public = self.run("openssl", "pkey", "-inform", "DER", "-in", key, "-pubout")
        assert public == self.run("openssl", "x509", "-in", certificate, "-noout", "-pubkey")

    def read(self, leaf: str) -> x509.Certificate:
        """The certificate in a PEM file, which OpenSSL accepts below the root."""
        self.run("openssl", "verify", "-CAfile", "root.pem", "-untrusted", "issuing.pem", leaf)
        return x509.load_pem_x509_certificate((self.folder / leaf).read_bytes())

    def revoke(self, certificate: x509.Certificate) -> None:
        serial = f"{certificate.serial_number:x}"
        self.installation.run("cert", "revoke", serial, "--reason", "superseded")

    def curl(self, operation: str, csr: Path, out: str, *options: str) -> int:
        """POST a CSR as RFC 7030 says; the HTTP status. The certificate is in the file `out` then."""
        body = base64.encodebytes(csr.read_bytes())
        status = self.run(
            *("curl", "-sS", "--cacert", "root.pem", "-H", "Content-Type: application/pkcs10", "--data-binary", "@-"),
            *("-o", f"{out}.p7", "-w", "%{http_code}", *options, f"{self.credential['url']}/{operation}"),
            text=body,
        )
        if status == b"200":
            der = base64.b64decode((self.folder / f"{out}.p7").read_bytes())
            pem = self.run("openssl", "pkcs7", "-inform", "DER", "-print_certs", text=der)
            (self.folder / out).write_bytes(pem)
        return int(status)


@pytest.fixture(scope="module")
def site(
    installation: Installation, server: Server, api: httpx2.Client, tmp_path_factory: pytest.TempPathFactory
) -> Site:
    folder = tmp_path_factory.mktemp("est")
    for profile in (DEVICES, RECIPIENTS):
        made = api.post("/profiles", content=json.dumps(profile), headers={"Content-Type": "application/json"})
        assert made.is_success
    for name in ("Root CA", "Issuing CA"):
        chain = api.get(f"/cas/{name}/chain").json()["chain_pem"]
        end = chain.index("-----END CERTIFICATE-----\n") + len("-----END CERTIFICATE-----\n")
        (folder / f"{name.split()[0].lower()}.pem").write_text(chain[:end])
    issued = installation.json(
        *("credential", "create", "--protocol", "est", "--name", "devices", "--ca", "Issuing CA"),
        *("--profile", "est-device", "--name-pattern", "DNS:example.com", "--expires", "P30D"),
    )
    return Site(installation, server, issued, folder)


def test_curl_enrolls_renews_and_is_refused_after_revocation(site: Site) -> None:
    csr = site.new_csr("curl")
    assert site.curl("simpleenroll", csr, "curl.pem") == 401
    assert site.curl("simpleenroll", csr, "curl.pem", "-u", site.userpass) == 200
    first = site.read("curl.pem")
    by_certificate = ("--cert", "curl.pem", "--key", "curl.key")
    assert site.curl("simplereenroll", csr, "curl2.pem", *by_certificate) == 200
    second = site.read("curl2.pem")
    assert (second.subject, second.serial_number == first.serial_number) == (first.subject, False)
    assert site.curl("simplereenroll", site.new_csr("other"), "no.pem", *by_certificate) == 400
    site.revoke(first)
    assert site.curl("simplereenroll", csr, "no.pem", *by_certificate) == 401


def test_enr_09_a_client_certificate_in_a_header_is_ignored(site: Site) -> None:
    csr = site.new_csr("header")
    assert site.curl("simpleenroll", csr, "header.pem", "-u", site.userpass) == 200
    pem = site.read("header.pem").public_bytes(Encoding.PEM).decode().replace("\n", " ")
    for header in (f"X-SSL-Client-Cert: {pem}", "X-Forwarded-For: 127.0.0.1", "ssl_client_verify: SUCCESS"):
        assert site.curl("simplereenroll", csr, "no.pem", "-H", header) == 401


def test_strongswan_gets_ca_certificates_enrolls_renews_and_is_refused_after_revocation(site: Site) -> None:
    require("pki")
    url = site.server.tls  # strongSwan appends the path, without a label
    trust = ("--cacert", "root.pem")
    site.run("pki", "--estca", "--url", url, *trust, "--caout", "swan-ca", "--outform", "pem")
    found = {path.read_bytes() for path in site.folder.glob("swan-ca*")}
    assert len(found) == 2
    csr = site.new_csr("swan")
    enroll = ("pki", "--est", "--url", url, "--in", csr, *trust, "--outform", "pem")
    (site.folder / "swan.pem").write_bytes(site.run(*enroll, "--userpass", site.userpass))
    first = site.read("swan.pem")
    by_certificate = ("--cert", "swan.pem", "--key", "swan.key")
    (site.folder / "swan2.pem").write_bytes(site.run(*enroll, *by_certificate))
    assert site.read("swan2.pem").serial_number != first.serial_number
    site.revoke(first)
    assert b"HTTP 401" in site.run(*enroll, *by_certificate, expect=None)


def test_curl_gets_a_key_from_the_server_and_openssl_decrypts_it(site: Site) -> None:
    made = site.installation.json(
        *("credential", "create", "--protocol", "est", "--name", "keys", "--ca", "Issuing CA"),
        *("--profile", "est-recipient", "--name-pattern", "DNS:example.com", "--expires", "P30D", "--server-keys"),
    )
    keyed = replace(site, credential=made)
    plain = keyed.new_csr("plain")
    assert keyed.generate(plain, "plain", "-u", keyed.userpass) == 200
    (keyed.folder / "plain-key.der").write_bytes(keyed.part("plain", 1))
    keyed.save_certificate("plain")
    keyed.require_pair("plain-key.der", "plain.pem")

    assert keyed.curl("simpleenroll", keyed.new_rsa_csr("recipient"), "recipient.pem", "-u", keyed.userpass) == 200
    identifier = keyed.read("recipient.pem").extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    named = keyed.folder / "named.csr"
    value = der.encode(der.OCTET_STRING, identifier)
    named.write_bytes(add_attributes(plain.read_bytes(), {ASYMMETRIC_DECRYPT_KEY_ID: value}))
    assert keyed.generate(named, "refused", "-u", keyed.userpass) == 400
    presented = ("--cert", "recipient.pem", "--key", "recipient.key")
    assert keyed.generate(named, "sealed", "-u", keyed.userpass, *presented) == 200
    keyed.save_certificate("sealed")
    (keyed.folder / "sealed.p7").write_bytes(keyed.part("sealed", 1))
    keyed.run(*DECRYPT, "-in", "sealed.p7", "-out", "signed.der")
    signed = (keyed.folder / "signed.der").read_bytes()
    header = bytes.fromhex(f"3082{len(signed) + 15:04x}06092a864886f70d010702a082{len(signed):04x}")
    cas = [(keyed.folder / name).read_bytes() for name in ("root.pem", "issuing.pem")]
    (keyed.folder / "cas.pem").write_bytes(b"".join(cas))
    keyed.run(*VERIFY, "-out", "package.der", text=header + signed)
    inner = ("-strparse", "4", "-noout", "-out", "sealed-key.der")
    keyed.run("openssl", "asn1parse", "-inform", "DER", "-in", "package.der", *inner)
    keyed.require_pair("sealed-key.der", "sealed.pem")
