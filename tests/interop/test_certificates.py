"""What strangers' tools say of the product: requests made by OpenSSL, issued by CLI and REST, judged by three."""

from __future__ import annotations

import subprocess
from pathlib import Path

import httpx2
import pytest

from tests.judges import gnutls, java_pkix, openssl, pkilint, zlint
from tests.services.installation import Installation, Server

KEYS = {
    "RSA-2048": ["-newkey", "rsa:2048"],
    "RSA-4096": ["-newkey", "rsa:4096"],
    "ECDSA-P256": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
    "ECDSA-P384": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"],
    "Ed25519": ["-newkey", "ed25519"],
}
HOST = "www.example.com"


def request(folder: Path, key_type: str) -> Path:
    """A PKCS#10 request by `openssl req`."""
    path = folder / "request.pem"
    key = ["-nodes", *KEYS[key_type], "-keyout", folder / "key.pem"]
    names = ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
    subprocess.run(["openssl", "req", "-new", *key, *names, "-out", path], check=True, capture_output=True)
    return path


@pytest.mark.parametrize("door", ["cli", "rest"])
@pytest.mark.parametrize("key_type", KEYS)
def test_a_certificate_is_accepted_and_after_revocation_refused(
    installation: Installation, api: httpx2.Client, tmp_path: Path, key_type: str, door: str
) -> None:
    csr = request(tmp_path, key_type)
    if door == "cli":
        issued = installation.json("cert", "issue", "--ca", "Issuing CA", "--profile", "tls-server", "--csr", str(csr))
    else:
        answer = api.post("/certificates", json={"ca": "Issuing CA", "profile": "tls-server", "csr": csr.read_text()})
        assert answer.status_code == 201, answer.text
        issued = answer.json()
    assert issued["key_type"] == key_type
    files = Files(api, tmp_path, issued["id"])
    assert files.verdicts() == dict.fromkeys(("openssl", "gnutls", "java"), "ok")
    files.require_clean()

    if door == "cli":
        installation.run("cert", "revoke", issued["id"], "--reason", "keyCompromise")
    else:
        answer = api.post(f"/certificates/{issued['id']}/revoke", json={"reason": "keyCompromise"})
        assert answer.status_code == 200, answer.text
    files.publish_and_fetch_crls()
    assert files.verdicts() == dict.fromkeys(("openssl", "gnutls", "java"), "revoked")
    status = openssl.ocsp(files.leaf, files.issuing, files.root, files.ocsp_url)
    assert (status.status, status.reason) == ("revoked", "keyCompromise")
    files.require_clean()


def test_no_artefact_of_a_fresh_installation_has_an_unexcused_finding(
    api: httpx2.Client, server: Server, tmp_path: Path
) -> None:
    """Roots, issuing CAs, OCSP signers, the server's own certificate, CRLs and OCSP responses."""
    certificates = api.get("/certificates").json()["items"]
    assert {"root-ca", "issuing-ca", "ocsp-responder", "tls-server"} <= {one["profile"] for one in certificates}
    for one in certificates:
        path = tmp_path / f"{one['id']}.pem"
        path.write_text(one["pem"])
        assert pkilint.certificate(path) == [], one["profile"]
        assert zlint.certificate(path) == [], one["profile"]
    chain = api.get("/cas/Issuing CA/chain").json()["chain_pem"].split("-----END CERTIFICATE-----\n")[:-1]
    issuing, root = (tmp_path / name for name in ("issuing.pem", "root.pem"))
    for path, block in zip((issuing, root), chain, strict=True):
        path.write_text(f"{block}-----END CERTIFICATE-----\n")
    response = tmp_path / "response.der"
    url = api.get("/cas/Root CA").json()["keys"][0]["urls"]["ocsp"]
    subprocess.run(
        ["openssl", "ocsp", "-issuer", root, "-cert", issuing, "-CAfile", root, "-url", url, "-respout", response],
        check=True,
        capture_output=True,
    )
    assert pkilint.ocsp(response) == []
    assert zlint.ocsp(response) == []


class Files:
    """One certificate's chain and CRLs as files, as a client would have them."""

    def __init__(self, api: httpx2.Client, folder: Path, certificate_id: str) -> None:
        self.api = api
        self.folder = folder
        self.leaf, self.issuing, self.root = (folder / f"{name}.pem" for name in ("leaf", "issuing", "root"))
        self.crls: list[Path] = []
        chain = api.get(f"/certificates/{certificate_id}/export", params={"format": "chain"}).text
        blocks = [block + "-----END CERTIFICATE-----\n" for block in chain.split("-----END CERTIFICATE-----\n")[:-1]]
        for path, block in zip((self.leaf, self.issuing, self.root), blocks, strict=True):
            path.write_text(block)
        issuing = api.get("/cas/Issuing CA").json()
        self.ocsp_url = issuing["keys"][0]["urls"]["ocsp"]
        self.publish_and_fetch_crls()

    def publish_and_fetch_crls(self) -> None:
        self.crls = []
        for ca in ("Issuing CA", "Root CA"):
            answer = self.api.post(f"/cas/{ca}/crls")
            assert answer.status_code == 201, answer.text
            path = self.folder / f"{ca.split()[0].lower()}.crl.pem"
            path.write_text(answer.json()["pem"])
            self.crls.append(path)

    def verdicts(self) -> dict[str, str]:
        chain = (self.leaf, [self.issuing], self.root, self.crls)
        return {
            "openssl": openssl.verify(*chain, hostname=HOST),
            "gnutls": gnutls.verify(*chain),
            "java": java_pkix.verify(*chain),
        }

    def require_clean(self) -> None:
        """pkilint and zlint have nothing to say that is not excused in writing."""
        for path, issuer in ((self.leaf, self.issuing), (self.issuing, self.root), (self.root, None)):
            assert pkilint.certificate(path, issuer) == []
            assert zlint.certificate(path) == []
        for path in self.crls:
            assert pkilint.crl(path, of_root=path.name.startswith("root")) == []
            assert zlint.crl(path) == []
