"""HTTP/1.1 of the status listener: cached responses are sent without a task and ASGI messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from pki_manager.protocols.asgi import Header, encode_header_fields
from pki_manager.server.http_limits import HttpRefusal
from pki_manager.server.http_protocol import BoundedHttp

_LARGEST_BODY = 4096
_MOST_UNSENT = 64 * 1024
"""Unsent octets above which requests are handled by the application, which waits for the client."""

_METHODS = frozenset({b"GET", b"POST"})
_INDIRECT = frozenset({b"transfer-encoding", b"upgrade", b"expect"})
_OK = STATUS_LINE[200]


class DirectApp(Protocol):
    """An ASGI application with complete responses in memory."""

    def find_direct(self, method: bytes, target: bytes, headers: Sequence[Header], body: bytes) -> bytes | None:
        """Return header fields and body of a response with status 200, encoded for HTTP/1.1.

        None if the application must be called. `target` is path and query as on the wire, `body` is the whole body;
        names of `headers` are in lower case.
        """
        ...


class DirectHttp(BoundedHttp):
    """One connection of a `DirectApp`, with the limits of `BoundedHttp`.

    A request is held until the parser has read everything that arrived with its head. If the request is complete then,
    the application is asked for a direct response. Otherwise, it is called as usual.
    """

    __slots__ = ("_body", "_first", "_first_of", "_is_held")

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - those of BoundedHttp
        super().__init__(*args, **options)
        self._find_direct = cast(DirectApp, self.app).find_direct
        self._is_held = False
        self._body = b""
        self._first, self._first_of = b"", self.server_state.default_headers
        """Encoded status line and header fields of the server, and the list of these fields, a new one every second."""

    def on_message_begin(self) -> None:
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
        self._is_in_head = True

    def on_headers_complete(self) -> None:
        self._require_head()
        self._body = b""
        self._is_held = self._may_hold()
        if not self._is_held:
            self._begin_request()

    def on_body(self, body: bytes) -> None:
        if self._is_held:
            self._has_progressed = True
            self._body += body
            if len(self._body) > _LARGEST_BODY:
                self._release()
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._is_held:
            if self._answer():
                self._is_held, self._is_complete, self._hosts = False, True, 0
                self._idle_since = None
                self.server_state.total_requests += 1
                return
            self._release()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_held = False
        super().connection_lost(exc)

    def _watch(self, octets: int) -> None:
        self._release()
        super()._watch(octets)

    def _refuse(self, refusal: HttpRefusal) -> None:
        self._release()
        super()._refuse(refusal)

    def _may_hold(self) -> bool:
        parser = self.parser
        return (
            self._is_answered
            and parser.get_method() in _METHODS
            and parser.should_keep_alive()
            and parser.get_http_version() == "1.1"
            and not any(name in _INDIRECT for name, _ in self.headers)
        )

    def _answer(self) -> bool:
        """Send a direct response if there is one and the client reads. Returns whether it was sent."""
        inner = self._inner
        if inner.is_closing() or inner.get_write_buffer_size() > _MOST_UNSENT:
            return False
        found = self._find_direct(self.parser.get_method(), self.url, self.headers, self._body)
        if found is None:
            return False
        if self._first_of is not self.server_state.default_headers or not self._first:
            self._first_of = self.server_state.default_headers
            self._first = _OK + encode_header_fields(self._first_of)
        inner.write(self._first + found)
        return True

    def _release(self) -> None:
        """Pass a held request to the application, with the part of its body that has arrived."""
        if self._is_held:
            self._is_held = False
            self._begin_request()
            if self._body:
                super().on_body(self._body)

    def _begin_request(self) -> None:
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        HttpToolsProtocol.on_message_begin(self)
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(headers)
        super()._begin_request()
