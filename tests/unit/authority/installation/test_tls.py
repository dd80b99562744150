"""The TLS certificate of the server itself."""

from __future__ import annotations

from pathlib import Path

from pki_manager.authority.installation.tls import TLS_FOLDER, ensure_tls_certificate, find_tls_validity, get_tls_files
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.disk import get_home
from pki_manager.domain.rights.actor import build_system_actor
from tests.support.memory.events import records


def test_a_certificate_that_is_good_is_kept(ctx: Context, tmp_path: Path) -> None:
    asked = {"names": ["DNS:pki.example.com"], "directory": tmp_path, "password": b"password"}
    files = ensure_tls_certificate(ctx, build_system_actor("start"), **asked)
    assert files == get_tls_files(tmp_path, b"password")
    assert b"-----BEGIN CERTIFICATE" in files.certificate.read_bytes()
    with records(ctx):
        ensure_tls_certificate(ctx, build_system_actor("start"), **asked)


def test_the_validity_of_the_server_certificate_is_read_from_its_file(ctx: Context) -> None:
    assert find_tls_validity(ctx) is None
    folder = get_home(ctx) / TLS_FOLDER
    files = ensure_tls_certificate(
        ctx, build_system_actor("start"), names=["DNS:pki.example.com"], directory=folder, password=b"password"
    )
    with records(ctx):
        validity = find_tls_validity(ctx)
    assert validity is not None
    assert validity.contains(ctx.ports.clock.now())
    files.certificate.write_bytes(b"damaged")
    assert find_tls_validity(ctx) is None
