"""What OpenSSL writes in BER is decoded."""

from __future__ import annotations

import subprocess
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pki_manager.x509.decode import decode_objects
from tests.unit.x509.test_decode import KEY, certificate


def test_pkcs7_in_ber_is_read(tmp_path: Path) -> None:
    (tmp_path / "c.pem").write_bytes(certificate().public_bytes(Encoding.PEM))
    (tmp_path / "k.pem").write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    command = ["openssl", "cms", "-sign", "-signer", "c.pem", "-inkey", "k.pem", "-outform", "DER", "-stream"]
    done = subprocess.run(
        [*command, "-nodetach", "-out", "m.der"], cwd=tmp_path, input=b"text", capture_output=True, check=True
    )
    assert done.returncode == 0
    data = (tmp_path / "m.der").read_bytes()
    assert data[1] == 0x80
    (found,) = decode_objects(data)
    assert [one.subject for one in found.contents] == ["CN=www.example.com"]
    assert found.details["signers"] == 1
