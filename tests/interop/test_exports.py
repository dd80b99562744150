"""What OpenSSL, GnuTLS and Java's keytool read in every file that is handed out."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.enroll_with_key import EnrollWithKey, enroll_with_key
from pki_manager.authority.certificates.generated_keys import KeyForm, KeyOrder
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.issuers import get_chain
from pki_manager.storage.engine.engines import open_sqlcipher
from pki_manager.storage.storage import SqlStorage
from pki_manager.x509 import export
from tests.conftest import CHAIN, DATABASE_KEY, MAC_KEY
from tests.fakes.clock import FrozenClock
from tests.fakes.entropy import SeededEntropy
from tests.judges.services import require, run
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, initialized, make_authority

PASSPHRASE = "correct horse battery"
PUBLIC = export.PUBLIC_PASSWORD.decode()


@pytest.fixture(scope="module")
def ctx(tmp_path_factory: pytest.TempPathFactory, sqlcipher_template: Path) -> Iterator[Context]:
    folder = tmp_path_factory.mktemp("exports")
    shutil.copyfile(sqlcipher_template, folder / "pki.db")
    clock = FrozenClock()
    storage = SqlStorage(
        open_sqlcipher(folder / "pki.db", DATABASE_KEY),
        chain=CHAIN,
        mac_key=MAC_KEY,
        clock=clock,
        entropy=SeededEntropy("exports"),
        lock_path=folder / "pki.lock",
    )
    yield initialized(make_authority(folder, storage, clock))
    storage.close()


@pytest.fixture(scope="module")
def chain(ctx: Context) -> list[bytes]:
    made, _ = enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com")))
    with ctx.ports.storage.read() as reader:
        return [link.der for link in get_chain(reader, made)]


def said(command: list[str | Path]) -> str:
    done = run(command)
    assert done.returncode == 0, done.stderr
    return done.stdout


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_openssl_reads_a_p7b(chain: list[bytes], tmp_path: Path) -> None:
    path = write(tmp_path / "chain.p7b", export.encode_certificates_only(chain))
    told = said([require("openssl"), "pkcs7", "-inform", "DER", "-in", path, "-print_certs", "-noout"])
    assert told.count("subject=") == 3


@pytest.mark.parametrize("legacy", [False, True])
def test_certificates_in_pkcs12_are_read(chain: list[bytes], tmp_path: Path, legacy: bool) -> None:
    path = write(tmp_path / "chain.p12", export.encode_pkcs12_certificates(chain, legacy=legacy))
    command = [require("openssl"), "pkcs12", "-in", path, "-passin", f"pass:{PUBLIC}", "-nokeys", "-info"]
    done = run(command)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("BEGIN CERTIFICATE") == 3
    assert ("pbeWithSHA1And3-KeyTripleDES-CBC" in done.stderr) is legacy
    assert ("AES-256-CBC" in done.stderr) is not legacy
    told = said([require("certtool"), "--p12-info", "--inder", "--infile", path, "--password", PUBLIC])
    assert told.count("BEGIN CERTIFICATE") == 3


def test_keytool_trusts_what_the_truststore_holds(chain: list[bytes], tmp_path: Path) -> None:
    path = write(tmp_path / "truststore.p12", export.encode_java_truststore(chain[1:]))
    told = said([require("keytool"), "-list", "-keystore", path, "-storepass", PUBLIC])
    assert told.count("trustedCertEntry") == 2


@pytest.mark.parametrize("key_type", ["RSA-2048", "ECDSA-P256", "Ed25519"])
@pytest.mark.parametrize("form", [KeyForm.P12, KeyForm.P12_LEGACY])
def test_a_made_key_in_pkcs12_is_read(ctx: Context, tmp_path: Path, key_type: str, form: KeyForm) -> None:
    order = KeyOrder(key_type=key_type, passphrase=PASSPHRASE, form=form)
    wish = EnrollWithKey(ca="Issuing CA", profile="tls-server", key=order, sans=("DNS:made.example.com",))
    keyed, _ = enroll_with_key(ctx, ADMIN, wish)
    assert keyed.key_file is not None
    path = write(tmp_path / "made.p12", keyed.key_file)
    certificate = write(tmp_path / "made.pem", export.encode_certificate_pem(keyed.certificate.der).encode())
    secret = write(tmp_path / "passphrase", PASSPHRASE.encode())
    private = write(tmp_path / "key.pem", b"")
    openssl = require("openssl")
    unpack = [openssl, "pkcs12", "-in", path, "-passin", f"file:{secret}"]
    said([*unpack, "-nocerts", "-noenc", "-out", private])
    of_key = said([openssl, "pkey", "-in", private, "-pubout"])
    assert of_key == said([openssl, "x509", "-in", certificate, "-noout", "-pubkey"])
    assert said([*unpack, "-nokeys"]).count("BEGIN CERTIFICATE") == 3
    told = said([require("keytool"), "-list", "-v", "-keystore", path, "-storepass", PASSPHRASE])
    assert "PrivateKeyEntry" in told
    assert "Certificate chain length: 3" in told
    told = said([require("certtool"), "--p12-info", "--inder", "--infile", path, "--password", PASSPHRASE])
    assert "PRIVATE KEY" in told


def test_openssl_opens_a_made_key_in_pem(ctx: Context, tmp_path: Path) -> None:
    order = KeyOrder(key_type="ECDSA-P384", passphrase=PASSPHRASE, form=KeyForm.PEM)
    wish = EnrollWithKey(ca="Issuing CA", profile="tls-server", key=order, sans=("DNS:made.example.com",))
    keyed, _ = enroll_with_key(ctx, ADMIN, wish)
    assert keyed.key_file is not None
    path = write(tmp_path / "key.pem", keyed.key_file)
    secret = write(tmp_path / "passphrase", PASSPHRASE.encode())
    told = said([require("openssl"), "pkey", "-in", path, "-passin", f"file:{secret}", "-pubout"])
    assert "BEGIN PUBLIC KEY" in told
    details = said([require("openssl"), "asn1parse", "-in", path])
    assert "PBES2" in details
    assert "aes-256-cbc" in details
