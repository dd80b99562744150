"""TLS of the listeners. The certificate, key, and trust anchors can change without a restart."""

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
    """Set these certificates (DER, at least one) as the trust anchors of the context.

    They are passed as PEM: with DER, CPython would misread an error that a PKCS #11 module left in this thread's
    OpenSSL queue as an error of these certificates.
    """
    context.load_verify_locations(cadata="".join(map(ssl.DER_cert_to_PEM_cert, anchors)))


class LiveTls:
    """The TLS context of a listener. Handshakes use the certificate and trust anchors that `refresh` found last.

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
        """Load the certificate file and the trust anchors if they changed. Cheap if nothing changed.

        Raises StorageUnavailable while the database is unavailable; the trust anchors are then kept.
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
        """Return the valid, unrevoked certificates (DER) of all active and suspended CAs.

        Clients can authenticate with certificates that these CAs have issued.
        """
        storage, now = self._installation.ctx.ports.storage, self._clock.monotonic()
        changes = storage.change_counter()
        if changes == self._changes and now < self._look_at:
            return self.anchors
        moment = self._clock.now()
        with storage.read() as reader:
            trusted = [ca for ca in reader.cas.list_all() if ca.state_at(moment) in (CaState.ACTIVE, CaState.SUSPENDED)]
            keys = [key for ca in trusted for key in reader.issuer_keys.list_by_ca(ca.id)]
            held = [certificate for key in keys for certificate in reader.certificates.list_by_subject_key(key.id)]
        self._changes, self._look_at = changes, now + _LOOK_ANYWAY
        return frozenset(
            certificate.der
            for certificate in held
            if certificate.validity.contains(moment) and certificate.revocation is None
        )


def _new_context() -> ssl.SSLContext:
    """Return a context that requests client certificates but does not require them.

    An issuing CA is sufficient as trust anchor, without its root.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    return context


class PeerCertificate(BoundedHttp):
    """ASGI middleware that sets `scope["extensions"]["tls"]` with `client_cert_der` and `tls_version`.

    HTTP headers cannot change these values.
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
