"""OpenSSL reads the names that are written."""

from __future__ import annotations

import subprocess

from pki_manager.x509 import names
from pki_manager.x509.asn1 import der


def test_openssl_reads_a_name_in_the_same_order() -> None:
    sequence = der.encode_sequence(names.encode_dn(names.parse_dn("CN=leaf,O=Example,C=FR")))
    done = subprocess.run(["openssl", "asn1parse", "-inform", "DER"], input=sequence, capture_output=True, check=True)
    lines = [line.split(b":")[-1] for line in done.stdout.splitlines() if b"STRING" in line]
    assert lines == [b"FR", b"Example", b"leaf"]
