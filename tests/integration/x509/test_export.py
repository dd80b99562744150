"""OpenSSL reads the bundles that are written."""

from __future__ import annotations

import subprocess

from pki_manager.x509 import export, pem
from tests.support.hierarchies import make_root


def test_a_bundle_of_certificates_is_read_by_openssl() -> None:
    ders = [make_root(name).issuer.certificate_der or b"" for name in ("One", "Two")]
    done = subprocess.run(
        ["openssl", "pkcs7", "-inform", "DER", "-print_certs"],
        input=export.encode_certificates_only(ders),
        capture_output=True,
        check=True,
    )
    assert set(pem.read_many(done.stdout, pem.CERTIFICATE, "chain")) == set(ders)
