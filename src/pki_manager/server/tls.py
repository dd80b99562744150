"""TLS of the listeners: certificate, key, and trust anchors change without a restart."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Iterable
from typing import Any

from pki_manager.bootstrap import Installation
from pki_manager.domain.ca import CaState
from pki_manager.protocols.asgi import Receive, Scope, Send
from pki_manager.server.http_protocol import BoundedHttp

_LOOK_ANYWAY = 60.0
_log = logging.getLogger(__name__)


def set_trust_anchors(context: ssl.SSLContext, anchors: Iterable[bytes]) -> None:
    """Set these certificates (DER, at least one) as the context's trust anchors.

    They are passed as PEM: for DER, CPython takes an error that a PKCS #11 module left in this thread's OpenSSL queue
    for its own.
    """
    context.load_verify_locations(cadata="".join(map(ssl.DER_cert_to_PEM_cert, anchors)))


class LiveTls:
    """The TLS context of a listener, whose handshakes use what `refresh` last found.

    Until there is a certificate, handshakes fail with an alert.
    """

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._clock = installation.ctx.ports.clock
        self._stamp: tuple[int, int, int] | None = None
        self.anchors: frozenset[bytes] = frozenset()
        """Certificates (DER) of the CAs whose client certificates are accepted."""
        self._changes: int | None = None
        self._look_at = float("-inf")
        self.has_certificate = False
        self.context = _new_context()
        self._current = self.context
        self.context.sni_callback = self._pick

    def refresh(self) -> None:
        """Load a new certificate file and new trust anchors. Cheap if nothing changed.

        Raises StorageUnavailable while the database is unavailable; the trust anchors stay.
        """
        stamp = self._stamp_of_file()
        anchors = self._find_anchors()
        if stamp is None or (stamp == self._stamp and anchors == self.anchors):
            return
        context = _new_context()
        files = self._installation.tls
        context.load_cert_chain(files.certificate, files.key, files.password)
        if anchors:
            set_trust_anchors(context, sorted(anchors))
        self._stamp, self.anchors, self._current = stamp, anchors, context
        self.has_certificate = True
        _log.info("TLS certificate loaded", extra={"trust_anchors": len(anchors)})

    def _pick(self, connection: ssl.SSLSocket | ssl.SSLObject, _name: str | None, _first: ssl.SSLContext) -> None:
        connection.context = self._current

    def _stamp_of_file(self) -> tuple[int, int, int] | None:
        try:
            found = self._installation.tls.certificate.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _find_anchors(self) -> frozenset[bytes]:
        """Certificates (DER) of every CA whose end entities may still present themselves."""
        storage, now = self._installation.ctx.ports.storage, self._clock.monotonic()
        changes = storage.change_counter()
        if changes == self._changes and now < self._look_at:
            return self.anchors
        moment = self._clock.now()
        with storage.read() as reader:
            trusted = [ca for ca in reader.cas.all() if ca.state_at(moment) in (CaState.ACTIVE, CaState.SUSPENDED)]
            keys = [key for ca in trusted for key in reader.issuer_keys.of_ca(ca.id)]
            held = [certificate for key in keys for certificate in reader.certificates.of_subject_key(key.id)]
        self._changes, self._look_at = changes, now + _LOOK_ANYWAY
        return frozenset(
            certificate.der
            for certificate in held
            if certificate.validity.contains(moment) and certificate.revocation is None
        )


def _new_context() -> ssl.SSLContext:
    """Client certificates are asked for, not demanded; an issuing CA alone may be the anchor."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    return context


class PeerCertificate(BoundedHttp):
    """ASGI middleware that sets `scope["extensions"]["tls"]` with `client_cert_der` and `tls_version`.

    Headers cannot set it.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        connection = transport.get_extra_info("ssl_object")
        tls: dict[str, Any] = {
            "client_cert_der": connection.getpeercert(binary_form=True),
            "tls_version": connection.version(),
        }
        inner = self.app

        async def with_peer(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})["tls"] = tls
            await inner(scope, receive, send)

        self.app = with_peer
