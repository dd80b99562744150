from __future__ import annotations

import _ssl
import ctypes
import ssl
from datetime import timedelta

import pytest

from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.cas.views import get_ca_chain
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.status.revoke import revoke
from pki_manager.bootstrap import Installation
from pki_manager.domain.names import AlternativeName
from pki_manager.domain.revocation import RevocationReason
from pki_manager.server.tls import LiveTls, set_trust_anchors
from pki_manager.worker.schedule import renew_tls
from pki_manager.x509 import export
from pki_manager.x509.csr import make_csr
from tests.fakes.clock import FrozenClock
from tests.support.factories import ADMIN

PASSWORD = b"client"
NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME: the test's clock stands still, OpenSSL's does not; who is believed is what is judged."""


def client_context(installation: Installation) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    set_trust_anchors(context, [get_ca_chain(installation.ctx, ADMIN, "Issuing CA")[-1].der])
    context.verify_flags |= NO_CHECK_TIME
    return context


def with_certificate(installation: Installation, context: ssl.SSLContext, ca: str) -> None:
    private, request = make_csr("ECDSA-P256", [AlternativeName.parse("DNS:client.example.com")], PASSWORD)
    order = Enroll(ca=ca, profile="tls-client", csr=request)
    certificate, _ = enroll(installation.ctx, ADMIN, order)
    path = installation.settings.home / "client.pem"
    path.write_bytes(private + export.encode_certificate_pem(certificate.der).encode())
    context.load_cert_chain(path, path, PASSWORD)


def handshake(tls: LiveTls, context: ssl.SSLContext, *, name: str | None = "localhost") -> tuple[bytes, bytes | None]:
    """`(server's certificate, the client's as the server sees it)`, both DER; SSLError when either says no."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    if name is None:
        context.check_hostname = False
    client = context.wrap_bio(to_client, to_server, server_hostname=name)
    server = tls.context.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(6):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    server_certificate = client.getpeercert(binary_form=True)
    assert server_certificate is not None
    return server_certificate, server.getpeercert(binary_form=True)


@pytest.fixture
def tls(installation: Installation) -> LiveTls:
    renew_tls(installation)
    live = LiveTls(installation)
    live.context.verify_flags |= NO_CHECK_TIME
    live.refresh()
    return live


@pytest.mark.parametrize("name", ["localhost", None])
def test_the_servers_certificate_is_ours_and_client_certificates_are_optional(
    installation: Installation, tls: LiveTls, name: str | None
) -> None:
    shown, client = handshake(tls, client_context(installation), name=name)
    assert export.encode_certificate_pem(shown) in installation.tls.certificate.read_text()
    assert client is None


def test_a_client_certificate_of_ours_arrives(installation: Installation, tls: LiveTls) -> None:
    context = client_context(installation)
    with_certificate(installation, context, "Issuing CA")
    _, seen = handshake(tls, context)
    assert seen is not None
    assert export.encode_certificate_pem(seen) in (installation.settings.home / "client.pem").read_text()


def test_a_ca_made_or_revoked_while_serving_is_believed_or_not_at_the_next_look(
    installation: Installation, tls: LiveTls
) -> None:
    ctx = installation.ctx
    view, _ = create_ca(ctx, ADMIN, CreateCa(name="New Root", subject="CN=New Root", key_type="ECDSA-P256"))
    view, _ = create_ca(
        ctx, ADMIN, CreateCa(name="New CA", subject="CN=New CA", key_type="ECDSA-P256", parent="New Root")
    )
    context = client_context(installation)
    with_certificate(installation, context, "New CA")
    with pytest.raises(ssl.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        handshake(tls, context)
    tls.refresh()
    assert handshake(tls, context)[1] is not None
    revoke(ctx, ADMIN, view.keys[0].certificates[0].id, RevocationReason.CESSATION_OF_OPERATION)
    tls.refresh()
    assert view.keys[0].certificates[0].der not in tls.anchors


def test_a_renewed_certificate_is_shown_without_a_restart(
    installation: Installation, tls: LiveTls, clock: FrozenClock
) -> None:
    before, _ = handshake(tls, client_context(installation))
    clock.advance(timedelta(days=70))
    renew_tls(installation)
    tls.refresh()
    after, _ = handshake(tls, client_context(installation))
    assert after != before


def test_without_a_certificate_the_handshake_ends(installation: Installation) -> None:
    live = LiveTls(installation)
    live.refresh()
    assert not live.has_certificate
    with pytest.raises(ssl.SSLError, match="NO_SUITABLE_SIGNATURE_ALGORITHM"):
        handshake(live, client_context(installation))


def test_tls_1_1_is_refused(installation: Installation, tls: LiveTls) -> None:
    context = client_context(installation)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError, match="NO_PROTOCOLS_AVAILABLE"):
        handshake(tls, context)


def test_what_a_module_left_in_the_queue_of_openssl_is_no_fault_of_an_anchor(installation: Installation) -> None:
    """As a PKCS #11 module does that looks for an engine which is not there."""
    openssl = ctypes.CDLL(_ssl.__file__)
    openssl.ERR_new()
    openssl.ERR_set_error(38, 116, None)  # ERR_LIB_ENGINE, ENGINE_R_NO_SUCH_ENGINE
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        set_trust_anchors(
            context, [certificate.der for certificate in get_ca_chain(installation.ctx, ADMIN, "Issuing CA")]
        )
        assert len(context.get_ca_certs()) == 2
    finally:
        openssl.ERR_clear_error()
