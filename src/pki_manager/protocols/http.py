"""The outermost layer of HTTP interfaces: request IDs, body limits, security headers, and uncaught errors."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from types import MappingProxyType

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pki_manager.domain.current_request import CURRENT_REQUEST
from pki_manager.domain.errors import PkiError, TooLarge

_log = logging.getLogger(__name__)

API_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
"""Headers of responses that browsers must not render, cache, or embed."""

HSTS = ("Strict-Transport-Security", "max-age=31536000")
"""HSTS header of responses over TLS (RFC 6797 §7.2: never over plain HTTP).

It does not include subdomains, because they can belong to other services.
"""

REQUEST_ID_HEADER = "X-Request-ID"

DEFAULT_MAX_BODY = 1024 * 1024


def request_id(scope: Scope) -> str:
    """Return the ID that `Boundary` gave this request. A client cannot choose it."""
    identifier: str = scope["state"]["request_id"]
    return identifier


class Boundary:
    """ASGI middleware around one interface.

    It gives each request an ID, in `scope["state"]` and the response's `X-Request-ID`. Reading more than `max_body`
    octets of a body (or the limit in `larger` for its path) raises TooLarge before anything is parsed. Every response
    has `headers` unless it set its own. Every uncaught exception is logged with the request ID and becomes the response
    of `fault`.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        new_request_id: Callable[[], str],
        fault: Callable[[str], ASGIApp],
        headers: Mapping[str, str] = API_HEADERS,
        max_body: int = DEFAULT_MAX_BODY,
        larger: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self._app = app
        self._new_request_id = new_request_id
        self._fault = fault
        self._headers = headers
        self._max_body = max_body
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        identifier = self._new_request_id()
        # A copy: what an outer application keeps in its state must not change under it.
        scope["state"] = {**scope.get("state", {}), "request_id": identifier}
        CURRENT_REQUEST.set(identifier)
        started = False

        async def answer(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._add_headers(message, identifier, over_tls=scope["scheme"] == "https")
            await send(message)

        try:
            await self._app(scope, self._capped(scope, receive), answer)
        except ClientDisconnect:  # not an error of the server, and no client is left to read a response
            _log.debug("client disconnected", extra={"method": scope["method"], "path": scope["path"]})
        except Exception as error:  # last resort: no text of an unexpected error may reach the caller
            facts = error.facts if isinstance(error, PkiError) else {}
            place = {"request_id": identifier, "method": scope["method"], "path": scope["path"]}
            _log.exception("request failed", extra={**place, "facts": facts})
            if started:
                raise
            await self._fault(identifier)(scope, receive, answer)

    def _add_headers(self, message: Message, identifier: str, *, over_tls: bool) -> None:
        headers = MutableHeaders(scope=message)
        headers[REQUEST_ID_HEADER] = identifier
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        if over_tls:
            headers.setdefault(*HSTS)

    def _capped(self, scope: Scope, receive: Receive) -> Receive:
        declared = Headers(scope=scope).get("content-length", "")
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        limit = self._larger.get(path, self._max_body)
        seen = 0

        async def read() -> Message:
            nonlocal seen
            _require_small(int(declared) if declared.isdecimal() and len(declared) < 20 else 0, limit)
            message = await receive()
            seen += len(message.get("body", b""))
            _require_small(seen, limit)
            return message

        return read


def _require_small(size: int, limit: int) -> None:
    if size > limit:
        raise TooLarge(f"The request body must have at most {limit} bytes.")
