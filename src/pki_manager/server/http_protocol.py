"""HTTP/1.1 with limits: uvicorn's protocol, in which no client decides how much memory and time it uses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NoReturn, cast

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from pki_manager.server import http_limits
from pki_manager.server.connection_gate import Admission, ConnectionGate
from pki_manager.server.http_limits import HttpLimits, HttpRefusal

Monotonic = Callable[[], float]

_SLICE = 16 * http_limits.KIB
"""Octets passed to the parser at once, so that an endless head is counted before it is stored."""


class _Refused(Exception):
    pass


class BoundedHttp(HttpToolsProtocol):
    """One connection. Call `check` about once a second.

    Complete requests cost almost nothing extra: octets are counted and deadlines begin only while a request is
    incomplete.
    """

    # With more than thirty attributes in its dictionary, an object is slower to read: these stay beside it.
    __slots__ = (
        "_admission",
        "_body_octets",
        "_body_since",
        "_closing_since",
        "_gate",
        "_has_progressed",
        "_has_requests",
        "_has_stopped",
        "_head_since",
        "_hosts",
        "_idle_octets",
        "_idle_since",
        "_inner",
        "_is_complete",
        "_is_draining",
        "_is_in_head",
        "_limits",
        "_monotonic",
        "_refusal",
        "_rest_octets",
        "_rest_since",
        "_write_since",
    )

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        *,
        gate: ConnectionGate,
        limits: HttpLimits,
        monotonic: Monotonic,
        admission: Admission | None = None,
    ) -> None:
        """If `admission` is None, the gate admits the connection once it is established."""
        super().__init__(config, server_state, {})
        self._gate = gate
        self._admission = admission
        self._limits = limits
        self._monotonic = monotonic
        self._has_requests = False
        self._is_complete = False
        """Whether the last request with a complete head was received to its end."""
        self._is_in_head = False
        """Whether the head of a request is being received."""
        self._has_progressed = False
        """Whether the last data that the parser got completed a head, a piece of a body, or a request."""
        self._idle_octets = 0
        """Octets received since the last progress."""
        self._hosts = 0
        """Number of Host fields in the request that is being received."""
        self._body_octets = self._rest_octets = 0
        self._refusal = http_limits.MALFORMED
        self._has_stopped = False
        """Whether everything that the client still sends is read and discarded."""
        self._is_draining = False
        """Whether, in addition, the last response has been written."""
        self._head_since: float | None = None
        self._body_since: float | None = None
        self._rest_since: float | None = None
        self._idle_since: float | None = None
        """Time at which `check` first found no further request after a response."""
        self._write_since: float | None = None
        self._closing_since: float | None = None

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._inner = transport
        self.transport = cast("asyncio.Transport", _DrainingTransport(transport, self))
        self._head_since = self._monotonic()
        if self._admission is None:
            self._admission = self._gate.admit(self.client[0] if self.client else "::")
        if self._admission is None:
            self._has_stopped = True
            self._inner.abort()
        else:
            self._admission.served = self

    def connection_lost(self, exc: Exception | None) -> None:
        if self._admission is not None:
            self._gate.release(self._admission)
        self._has_stopped = self._is_draining = True
        super().connection_lost(exc)

    @property
    def is_waiting(self) -> bool:
        """Return whether no complete request is being handled."""
        return not self._is_complete or self._is_answered

    @property
    def _is_answered(self) -> bool:
        """Return whether every request that was passed to the application has its response."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def abort(self) -> None:
        self._inner.abort()

    def finish(self) -> None:
        """Close the connection, but read and discard for a while what the client is still sending.

        If it were closed at once, the kernel would reset the connection, and the client would lose the response (RFC
        9112 §9.6).
        """
        if self._is_draining:
            return
        if (self._has_requests and not self._is_complete) or self._has_stopped or self.flow.read_paused:
            self._begin_draining()
        else:
            self._inner.close()

    def shutdown(self) -> None:
        """End the connection on server stop: an idle one at once, a busy one after its response."""
        if self._is_draining:
            self.abort()
        else:
            super().shutdown()

    def _begin_draining(self) -> None:
        self._has_stopped = self._is_draining = True
        self.flow.resume_reading()
        if self._inner.can_write_eof():
            self._inner.write_eof()

    # Octets

    def data_received(self, data: bytes) -> None:
        if self._has_stopped:
            self._drop(len(data))
            return
        if len(data) > _SLICE:
            for start in range(0, len(data), _SLICE):
                self._parse(data[start : start + _SLICE])
        else:
            self._parse(data)

    def _parse(self, data: bytes) -> None:
        if self._has_stopped:
            return
        self._has_progressed = False
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # No other protocol is offered, so the request is answered as it is (RFC 9110 §7.8).
        except httptools.HttpParserError:
            self._refuse(self._refusal)
            return
        if self._has_progressed and self._is_complete and not self._is_in_head:
            self._head_since = self._body_since = None
            self._idle_octets = 0
        else:
            self._watch(len(data))

    def _watch(self, octets: int) -> None:
        """Count the octets of an incomplete request, and start its deadline."""
        self._idle_octets = 0 if self._has_progressed else self._idle_octets + octets
        if self._idle_octets > self._limits.head_octets:
            self._refuse(http_limits.HEAD_TOO_LARGE)
        elif self._is_in_body:
            self._head_since = None
            if self._body_since is None:
                self._body_since = self._monotonic()
            if self.cycle.response_complete:
                self._drop(octets)
        elif self._head_since is None:
            self._head_since = self._monotonic()

    @property
    def _is_in_body(self) -> bool:
        return self._has_requests and not self._is_complete and not self._is_in_head

    def _drop(self, octets: int) -> None:
        self._rest_octets += octets
        if self._rest_octets > self._limits.linger_octets:
            self._note("drain_limit")
            self.abort()

    # The parser's callbacks

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head = True

    def on_header(self, name: bytes, value: bytes) -> None:
        # Headers are counted as they arrive, because a second loop would take longer than everything else here.
        name = name.lower()
        if name == b"host":
            self._hosts += 1
        elif name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._require_head()
        self._begin_request()

    def _begin_request(self) -> None:
        """Pass the request to the application. Its body follows."""
        HttpToolsProtocol.on_headers_complete(self)
        # What comes from now on are trailer fields, which must not be taken for headers (RFC 9110 §6.5.1).
        self.headers = []

    def _require_head(self) -> None:
        """Check a complete head, and begin to wait for the body. Raises _Refused if it is invalid or over a limit."""
        url, headers, limits = self.url, self.headers, self._limits
        if len(url) > limits.url_octets:
            self._stop(http_limits.URL_TOO_LONG)
        if len(headers) > limits.header_fields:
            self._stop(http_limits.HEAD_TOO_LARGE)
        if self.pipeline and len(self.pipeline) >= limits.pipelined:
            self._stop(http_limits.PIPELINE_FULL)
        # RFC 9112 §3.2: exactly one Host field since HTTP/1.1.
        if self._hosts != 1 and (self._hosts > 1 or self.parser.get_http_version() != "1.0"):
            self._stop(http_limits.HOST_INVALID)
        if url[0] != _SLASH:
            self._read_absolute_target()
        self._has_requests = self._has_progressed = True
        self._is_complete = self._is_in_head = False
        self._body_octets = self._rest_octets = 0
        self._rest_since = None

    def on_chunk_header(self) -> None:
        self._has_progressed = True

    def on_body(self, body: bytes) -> None:
        self._has_progressed = True
        cycle = self.cycle
        if cycle.response_complete:
            return
        self._body_octets += len(body)
        cycle.body += body
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.message_event.set()

    def on_message_complete(self) -> None:
        self._has_progressed = self._is_complete = True
        self._hosts = 0  # Only now: a trailer section can name it, too.
        cycle = self.cycle
        if not cycle.response_complete:
            cycle.more_body = False
            cycle.message_event.set()

    def _read_absolute_target(self) -> None:
        """Replace the Host field with the authority of an absolute target (RFC 9112 §3.2.2)."""
        if self.url == b"*":
            return
        scheme, separator, rest = self.url.partition(b"://")
        end = min((at for at in map(rest.find, (b"/", b"?")) if at >= 0), default=len(rest))
        ctx, target = rest[:end], rest[end:]
        if scheme.lower() not in (b"http", b"https") or not separator or not ctx or b"@" in ctx:
            self._stop(http_limits.MALFORMED)
        self.headers[:] = [(b"host", ctx), *(field for field in self.headers if field[0] != b"host")]
        self.url = target if target.startswith(b"/") else b"/" + target

    def _stop(self, refusal: HttpRefusal) -> NoReturn:
        self._refusal = refusal
        raise _Refused

    def on_response_complete(self) -> None:
        """Begin the next request. `check` closes idle connections, which is cheaper than timers."""
        self.server_state.total_requests += 1
        if self._inner.is_closing():
            return
        self._idle_since = None
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)

    # Refusals

    def _refuse(self, refusal: HttpRefusal) -> None:
        """Stop reading. Earlier requests still get their responses; then the connection ends."""
        self._note(refusal.reason)
        if self._inner.is_closing():
            return
        if not self._is_in_body:
            if not self._is_answered:
                self._has_stopped = True
                self.cycle.keep_alive = False
                return
        elif not self.cycle.response_complete:
            if self.cycle.response_started or self.pipeline:
                self.abort()
                return
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        else:
            self._begin_draining()
            return
        self._inner.write(STATUS_LINE[refusal.status] + refusal.to_head_and_body(self.server_state.default_headers))
        self._begin_draining()

    def _note(self, reason: str) -> None:
        address = self._admission.address if self._admission is not None else ""
        self._gate.refusals.note(self._gate.listener, reason, address)

    # Deadlines

    def pause_writing(self) -> None:
        super().pause_writing()
        self._write_since = self._monotonic()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._write_since = None

    def check(self, now: float) -> None:
        """End a request or connection that takes too long; `now` is monotonic time in seconds."""
        limits = self._limits
        if self._is_draining or self._inner.is_closing():
            self._closing_since = self._closing_since or now
            if now - self._closing_since > limits.linger_seconds:
                self.abort()
        elif self._write_since is not None and now - self._write_since > limits.write_seconds:
            self._note("write_timeout")
            self.abort()
        elif self._is_in_body:
            self._check_body(now)
        elif self._head_since is not None and now - self._head_since > limits.head_seconds:
            if self._has_requests or self._idle_octets:
                self._refuse(http_limits.HEAD_TIMEOUT)
            else:
                self._note("connection_timeout")
                self._inner.close()
        elif self._head_since is None and self.is_waiting:
            self._idle_since = self._idle_since or now
            if now - self._idle_since > self.timeout_keep_alive:
                self.finish()

    def _check_body(self, now: float) -> None:
        if self.cycle.response_complete:
            self._rest_since = self._rest_since or now
            if now - self._rest_since > self._limits.linger_seconds:
                self.abort()
        elif self.flow.read_paused or self._body_since is None:
            self._body_since = now  # The application reads no faster: that is not the client's time.
        else:
            allowed = self._limits.body_seconds + self._body_octets / self._limits.body_octets_per_second
            if now - self._body_since > allowed:
                self._refuse(http_limits.BODY_TIMEOUT)


_SLASH = ord("/")


class _DrainingTransport:
    """The transport that responses are written to. Closing it calls `BoundedHttp.finish`."""

    def __init__(self, inner: asyncio.Transport, protocol: BoundedHttp) -> None:
        self.write = inner.write
        self.is_closing = inner.is_closing
        self.get_extra_info = inner.get_extra_info
        self.close = protocol.finish
