"""The TLS certificate of the server itself."""

from __future__ import annotations

from pathlib import Path

from pki_manager.authority.installation.tls import ensure_tls_certificate, tls_files
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.rights.actor import system
from tests.support.memory.events import records


def test_a_certificate_that_is_good_is_kept(ctx: Context, tmp_path: Path) -> None:
    asked = {"names": ["DNS:pki.example.com"], "directory": tmp_path, "password": b"password"}
    files = ensure_tls_certificate(ctx, system("start"), **asked)
    assert files == tls_files(tmp_path, b"password")
    assert b"-----BEGIN CERTIFICATE" in files.certificate.read_bytes()
    with records(ctx):
        ensure_tls_certificate(ctx, system("start"), **asked)
