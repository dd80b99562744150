"""Hierarchies of one family each, made by `pkim`, and what strangers say of their chains, CRLs and OCSP responses.

Bouncy Castle judges all of them, and is the only one here to know ML-DSA; OpenSSL and the JDK judge the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.ocsp import OCSPRequestBuilder

from pki_manager.domain.algorithms import KEY_TYPES, choose_signature
from pki_manager.x509 import signer_key
from pki_manager.x509.ocsp.facts import read_response_facts
from tests.judges import bouncy_castle, java_pkix, openssl
from tests.services.installation import Installation

HOST = "www.example.com"


@dataclass(frozen=True)
class Family:
    """Key types of root, issuing CA and leaf, and how the OCSP responder then signs.

    Then the CAs' signature algorithms and that of the leaf's request, where they are not the usual ones; and the door.
    """

    root: str
    issuing: str
    leaf: str
    responder: str
    root_signs: str | None = None
    issuing_signs: str | None = None
    leaf_signs: str | None = None
    by_cli: bool = False


FAMILIES = {
    "ML-DSA": Family("ML-DSA-87", "ML-DSA-65", "ML-DSA-44", "ML-DSA-44", by_cli=True),
    "Ed448": Family("Ed448", "Ed448", "Ed448", "Ed448"),
    "P-521": Family("ECDSA-P521", "ECDSA-P521", "ECDSA-P521", "ECDSA-SHA256"),
    "RSA": Family("RSA-4096", "RSA-4096", "RSA-4096", "RSA-SHA384"),
    "PSS": Family(
        *("RSA-3072", "RSA-2048", "RSA-2048", "RSA-PSS-SHA256"),
        *("RSA-PSS-SHA512", "RSA-PSS-SHA256", "RSA-PSS-SHA384"),
    ),
}
CLASSICAL = [name for name in FAMILIES if name != "ML-DSA"]


@dataclass
class Made:
    """A leaf of one family with all that a client needs, as files."""

    api: httpx2.Client
    folder: Path
    name: str
    certificate_id: str
    ocsp_url: str

    def file(self, name: str) -> Path:
        return self.folder / name

    @property
    def intermediates(self) -> list[Path]:
        return [self.file("issuing.pem")]

    @property
    def crls(self) -> list[Path]:
        return [self.file("issuing.crl"), self.file("root.crl")]

    def publish_crls(self) -> None:
        for kind in ("issuing", "root"):
            answer = self.api.post(f"/cas/{self.name} {kind}/crls")
            assert answer.status_code == 201, answer.text
            self.file(f"{kind}.crl").write_text(answer.json()["pem"])

    def ask_ocsp(self) -> Path:
        leaf, issuing = (load(self.file(f"{name}.pem")) for name in ("leaf", "issuing"))
        request = OCSPRequestBuilder().add_certificate(leaf, issuing, hashes.SHA256()).build()
        answer = httpx2.post(
            self.ocsp_url,
            content=request.public_bytes(Encoding.DER),
            headers={"Content-Type": "application/ocsp-request"},
            timeout=60,
        )
        assert answer.status_code == 200, answer.text
        path = self.file("response.der")
        path.write_bytes(answer.content)
        return path

    def path_by(self, judge: str) -> str:
        chain = (self.file("leaf.pem"), self.intermediates, self.file("root.pem"), self.crls)
        verify = {"bouncy castle": bouncy_castle.verify, "openssl": openssl.verify, "java": java_pkix.verify}[judge]
        return verify(*chain)

    def ocsp_by_bouncy_castle(self) -> str:
        return bouncy_castle.ocsp(self.ask_ocsp(), self.file("leaf.pem"), self.file("issuing.pem"))


def load(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def request(folder: Path, key_type: str, algorithm: str | None) -> Path:
    """A PKCS#10 request by the library, signed as asked."""
    row = KEY_TYPES[key_type]
    builder = x509.CertificateSigningRequestBuilder(x509.Name([]))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
    made = signer_key.sign_builder(builder, signer_key.generate_key(row), choose_signature(row, algorithm))
    path = folder / "request.pem"
    path.write_bytes(made.public_bytes(Encoding.PEM))
    return path


def create_ca(
    installation: Installation, api: httpx2.Client, name: str, kind: str, key_type: str, signs: str | None
) -> Any:
    """By the door of that family, signing as asked."""
    body = {"name": f"{name} {kind}", "subject": f"CN={name} {kind},O=Example", "key_type": key_type}
    body |= {"parent": f"{name} root"} if kind == "issuing" else {}
    body |= {"signature_algorithm": signs} if signs else {}
    if FAMILIES[name].by_cli:
        options = [word for key, value in body.items() for word in (f"--{key.replace('_', '-')}", value)]
        return installation.json("ca", "create", *options)
    answer = api.post("/cas", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def issue(installation: Installation, api: httpx2.Client, name: str, csr: Path) -> Any:
    ca, profile = f"{name} issuing", "tls-server"
    if FAMILIES[name].by_cli:
        return installation.json("cert", "issue", "--ca", ca, "--profile", profile, "--csr", str(csr))
    answer = api.post("/certificates", json={"ca": ca, "profile": profile, "csr": csr.read_text()})
    assert answer.status_code == 201, answer.text
    return answer.json()


def hierarchy(installation: Installation, api: httpx2.Client, folder: Path, name: str) -> Made:
    family = FAMILIES[name]
    root = create_ca(installation, api, name, "root", family.root, family.root_signs)
    issuing = create_ca(installation, api, name, "issuing", family.issuing, family.issuing_signs)
    for ca, key_type, signs in (
        (root, family.root, family.root_signs),
        (issuing, family.issuing, family.issuing_signs),
    ):
        assert ca["keys"][0]["signature_algorithm"] == choose_signature(KEY_TYPES[key_type], signs).name
    issued = issue(installation, api, name, request(folder, family.leaf, family.leaf_signs))
    assert issued["key_type"] == family.leaf
    made = Made(api, folder, name, issued["id"], issuing["keys"][0]["urls"]["ocsp"])
    chain = api.get(f"/certificates/{issued['id']}/export", params={"format": "chain"}).text
    blocks = chain.split("-----END CERTIFICATE-----\n")[:-1]
    for part, block in zip(("leaf", "issuing", "root"), blocks, strict=True):
        made.file(f"{part}.pem").write_text(f"{block}-----END CERTIFICATE-----\n")
    made.publish_crls()
    return made


def flip(certificate: Path) -> Path:
    """The same certificate with one bit of its signature changed."""
    data = bytearray(load(certificate).public_bytes(Encoding.DER))
    data[-20] ^= 1
    path = certificate.with_name("flipped.der")
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_is_accepted_and_after_revocation_refused(
    installation: Installation, api: httpx2.Client, tmp_path: Path, name: str
) -> None:
    made = hierarchy(installation, api, tmp_path, name)
    judges = ["bouncy castle", *(["openssl", "java"] if name in CLASSICAL else [])]
    assert {judge: made.path_by(judge) for judge in judges} == dict.fromkeys(judges, "ok")
    assert made.ocsp_by_bouncy_castle() == "good"
    flipped = bouncy_castle.verify(flip(made.file("leaf.pem")), made.intermediates, made.file("root.pem"), made.crls)
    assert flipped.startswith("0 "), flipped
    assert read_response_facts(made.file("response.der").read_bytes()).algorithm == FAMILIES[name].responder
    if name in CLASSICAL:
        files = (made.file("leaf.pem"), made.file("issuing.pem"), made.file("root.pem"))
        assert openssl.ocsp(*files, made.ocsp_url).status == "good"

    answer = api.post(f"/certificates/{made.certificate_id}/revoke", json={"reason": "superseded"})
    assert answer.status_code == 200, answer.text
    made.publish_crls()
    assert "revo" in made.path_by("bouncy castle").lower()
    if name in CLASSICAL:
        assert made.path_by("openssl") == made.path_by("java") == "revoked"
        assert openssl.ocsp(*files, made.ocsp_url).status == "revoked"
    assert made.ocsp_by_bouncy_castle() == "revoked"
