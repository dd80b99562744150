"""SignedData that OpenSSL writes is read, and OpenSSL reads what is written."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pki_manager.x509.cms import signed
from tests.support.paths import ROOT
from tests.support.paths import crl as make_crl
from tests.support.scep_messages import client_key, self_signed


def test_openssl_signatures_are_read(tmp_path: Path) -> None:
    """With the signature algorithm named sha256WithRSAEncryption as well as rsaEncryption."""
    key, certificate = client_key(), self_signed(client_key())
    (tmp_path / "c.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (tmp_path / "k.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "data").write_bytes(b"hello")
    command = "openssl cms -sign -binary -nodetach -md sha256 -signer c.pem -inkey k.pem -in data -outform DER"
    for stream in ([], ["-stream"]):
        made = subprocess.run([*command.split(), *stream], cwd=tmp_path, check=True, capture_output=True).stdout
        assert signed.read_signed(made).content == b"hello"


def test_a_crl_travels_alone(tmp_path: Path) -> None:
    der = make_crl(ROOT, 1)
    (tmp_path / "crl.p7").write_bytes(signed.build_crl_only(der))
    command = "openssl pkcs7 -inform DER -in crl.p7 -print_certs -outform PEM"
    told = subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert ssl.PEM_cert_to_DER_cert(told[told.index("-----BEGIN") :].replace("X509 CRL", "CERTIFICATE")) == der
