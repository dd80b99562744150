"""The status listener: OCSP, CRLs, CA certificates, and the trust page over plain HTTP, as a bare ASGI application.

It does not use the database, and most responses come from memory. It works while the database or a key backend is
unavailable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from pki_manager.domain.errors import StorageUnavailable
from pki_manager.ports.clock import Clock
from pki_manager.ports.publish import PublishedStore
from pki_manager.protocols.asgi import (
    NO_STORE,
    Header,
    Receive,
    Reply,
    Scope,
    Send,
    build_not_allowed,
    build_text_reply,
    decline,
    respond,
)
from pki_manager.protocols.crl.routes import PublishedFiles
from pki_manager.protocols.ocsp.live import LiveResponder
from pki_manager.protocols.ocsp.responder import OcspResponder
from pki_manager.protocols.ocsp.routes import OCSP_PATH, OcspRoutes
from pki_manager.protocols.trust_page import TrustPage

_LOOK_EVERY = 0.1
_HEALTH = b"/healthz"
_READ = frozenset({"GET", "HEAD"})
_OCSP_KIND = "ocsp"
_OCSP_ANSWERED = (_OCSP_KIND, 200)
_TRUST_PAGE = b"/"
_TRUST = "trust"
_KINDS = {
    b"/crl/": "crl",
    b"/ca/": "ca_certificate",
    b"/root.": _TRUST,
    b"/roots/": _TRUST,
    b"/fingerprint": _TRUST,
    b"/trust.json": _TRUST,
    _HEALTH: "health",
}
_REFUSED = 400
_CLIENT_CLOSED = 499
_ALIVE = build_text_reply(200, "ok", NO_STORE)
_READ_ONLY = build_not_allowed("GET", "HEAD")
_UNAVAILABLE = build_text_reply(503, "status is being brought up to date", (b"retry-after", b"1"))


class StatusApp:
    """The ASGI application of the status listener, one instance for each event loop."""

    def __init__(
        self,
        store: PublishedStore,
        live: LiveResponder,
        clock: Clock,
        note_refusal: Callable[[str, str], None] = lambda _reason, _peer: None,
        *,
        is_current: Callable[[], bool] = lambda: True,
    ) -> None:
        """`note_refusal` receives the reason and the peer's address of each response with status 400 or higher.

        While `is_current` returns False, the store may be older than the database: OCSP responses are then signed on
        demand, and files are unavailable.
        """
        self.requests: Counter[tuple[str, int]] = Counter()
        """Number of responses by kind and status; 499 if the client disconnected before the response."""
        self._note_refusal = note_refusal
        self._store = store
        self._clock = clock
        self._is_current = is_current
        self._responder = OcspResponder(store, live, clock, is_current)
        self._ocsp = OcspRoutes(self._responder)
        self._files = PublishedFiles(store, clock)
        self._trust_page = TrustPage(store)
        self._version: int | None = None
        self._look_at = clock.monotonic()

    def close(self) -> None:
        """Release the threads that sign, after the responses in progress."""
        self._responder.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await decline(scope, receive, send)
            return
        now = self._clock.monotonic()
        path: bytes = scope["raw_path"]
        self._keep_step(now)
        kind = _OCSP_KIND
        answer = self._responder.cached(path, now) if scope["method"] in _READ else None
        if answer is None:
            kind = _kind_of(path)
            answer = await self._reply(scope, receive, path, now)
        status = _CLIENT_CLOSED if answer is None else await respond(answer, scope, send)
        self.requests[kind, status] += 1
        if status >= _REFUSED and answer is not None:
            self._note_refusal(f"{kind}_{status}", scope["client"][0] if scope.get("client") else "")

    def find_direct(self, method: bytes, target: bytes, headers: Sequence[Header], body: bytes) -> bytes | None:
        """Return a cached OCSP response without an ASGI call (`server.direct_http`).

        It is encoded as the part after the status line of 200. None if the application must be called.
        """
        now = self._clock.monotonic()
        self._keep_step(now)
        found = self._ocsp.find_direct(method, target, headers, body, now)
        if found is not None:
            self.requests[_OCSP_ANSWERED] += 1
        return found

    def _keep_step(self, now: float) -> None:
        """Clear the cache if the database or another process may have newer contents."""
        if not self._is_current():
            self._forget()
        elif now >= self._look_at:
            self._look(now)

    async def _reply(self, scope: Scope, receive: Receive, path: bytes, now: float) -> Reply | None:
        """Return the response to a request. None if the client closed the connection."""
        if path.startswith(OCSP_PATH) and path[len(OCSP_PATH) : len(OCSP_PATH) + 1] in (b"", b"/"):
            return await self._ocsp.reply(scope, receive, path, now)
        if path == _HEALTH:
            return _ALIVE if scope["method"] in _READ else _READ_ONLY
        if not path.startswith(OCSP_PATH):
            if not self._is_current():
                return _UNAVAILABLE
            # At every request: of two processes neither may send an older CRL than the other has sent before.
            self._look(now)
        if path == _TRUST_PAGE:
            return await self._trust_page.reply(scope["method"])
        return await self._files.reply(scope["method"], path, now)

    def _look(self, now: float) -> None:
        """Clear the cache if any process has published something. While the store is unavailable, keep the cache."""
        self._look_at = now + _LOOK_EVERY
        try:
            version = self._store.get_version()
        except StorageUnavailable:
            return
        if version != self._version:
            self._version = version
            self._forget()

    def _forget(self) -> None:
        self._responder.forget()
        self._files.forget()
        self._trust_page.forget()


def _kind_of(path: bytes) -> str:
    """Return the metric label for a path: the kind of object requested, whether it exists or not."""
    if path.startswith(OCSP_PATH):
        return _OCSP_KIND
    if path == _TRUST_PAGE:
        return _TRUST
    for prefix, kind in _KINDS.items():
        if path.startswith(prefix):
            return kind
    return "other"
