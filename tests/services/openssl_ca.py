"""A CA that lives in a folder, run by the real `openssl ca`: `index.txt`, `serial`, `crlnumber`, `newcerts/`."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.support.csrs import make_csr

_CONFIG = """
[ca]
default_ca = here

[here]
dir = {folder}
database = $dir/index.txt
new_certs_dir = $dir/newcerts
certificate = $dir/ca.crt
private_key = $dir/private/ca.key
serial = $dir/serial
crlnumber = $dir/crlnumber
default_md = sha256
default_days = 365
default_crl_days = 30
unique_subject = no
copy_extensions = copy
policy = anything
x509_extensions = leaf
crl_extensions = crl

[anything]
commonName = optional
organizationName = optional

[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth,clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
crlDistributionPoints = URI:http://old.example.com/ca.crl
authorityInfoAccess = OCSP;URI:http://old.example.com/ocsp

[crl]
authorityKeyIdentifier = keyid

[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash

[req]
distinguished_name = name
prompt = no

[name]
"""


class OpensslCa:
    """`key` are arguments of `openssl genpkey`; `passphrase` encrypts the key, as PKCS#8 with PBES2."""

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "Old Root CA",
        key: Sequence[str] = ("EC", "P-256"),
        passphrase: str | None = None,
    ) -> None:
        self.folder = folder
        self.passphrase = passphrase
        for place in (folder, folder / "private", folder / "newcerts"):
            place.mkdir()
        (folder / "openssl.cnf").write_text(_CONFIG.format(folder=folder))
        (folder / "index.txt").write_text("")
        (folder / "serial").write_text("1000\n")
        (folder / "crlnumber").write_text("01\n")
        option = {"EC": "ec_paramgen_curve", "RSA": "rsa_keygen_bits"}[key[0]]
        sealed = ["-aes-256-cbc", "-pass", f"pass:{passphrase}"] if passphrase else []
        self.openssl("genpkey", "-algorithm", key[0], "-pkeyopt", f"{option}:{key[1]}", *sealed, "-out", str(self.key))
        subject = ["-subj", f"/O=Old Example/CN={name}"]
        self.openssl(
            *("req", "-x509", "-new", "-config", "openssl.cnf", "-extensions", "root", "-days", "3650", *subject),
            *("-key", str(self.key), *self._pass(), "-out", str(self.certificate)),
        )

    @property
    def certificate(self) -> Path:
        return self.folder / "ca.crt"

    @property
    def key(self) -> Path:
        return self.folder / "private" / "ca.key"

    @property
    def index(self) -> Path:
        return self.folder / "index.txt"

    @property
    def newcerts(self) -> Path:
        return self.folder / "newcerts"

    def issue(self, names: Sequence[str], *options: str) -> list[Path]:
        """One certificate for each DNS name, all by one process; their files in `newcerts`."""
        before = set(self.newcerts.iterdir())
        requests = []
        for name in names:
            path = self.folder / f"{name}.csr"
            path.write_text(make_csr(name))
            requests.append(str(path))
        self._ca("-batch", "-notext", *options, "-infiles", *requests)
        return sorted(set(self.newcerts.iterdir()) - before)

    def revoke(self, certificate: Path, *options: str) -> None:
        """`-crl_reason keyCompromise`, `-crl_hold holdInstructionReject`, `-crl_compromise 20250101000000Z`."""
        self._ca("-revoke", str(certificate), *options)

    def crl(self) -> Path:
        self._ca("-gencrl", "-out", "ca.crl")
        return self.folder / "ca.crl"

    def openssl(self, *arguments: str) -> str:
        done = subprocess.run(
            ["openssl", *arguments], cwd=self.folder, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _ca(self, *arguments: str) -> None:
        self.openssl("ca", "-config", "openssl.cnf", *self._pass(), *arguments)

    def _pass(self) -> list[str]:
        return ["-passin", f"pass:{self.passphrase}"] if self.passphrase else []
