"""Complete responses of an ASGI application without a framework, built once and sent often."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
from typing import Any

from pki_manager.domain.errors import InvalidInput, TooLarge

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]

PLAIN = b"text/plain; charset=utf-8"
NO_STORE = (b"cache-control", b"no-store")
LONGEST_CACHING = 3600
"""Maximum seconds that caches may keep a response. For this time, a cache can hide a revocation."""

_LONGEST_STEADY = 10.0
_NOSNIFF = (b"x-content-type-options", b"nosniff")
_READ = frozenset({"GET", "HEAD"})
_NO_BODY: Message = {"type": "http.response.body", "body": b""}


@dataclass(frozen=True, slots=True)
class Reply:
    """The two ASGI messages of a response. `etag` (quoted) is set if the response supports conditional requests."""

    start: Message
    body: Message
    etag: bytes | None


def build_reply(status: int, content_type: bytes, body: bytes, *headers: Header, etag: bytes | None = None) -> Reply:
    """Build a response with its content type, its length, and the given headers."""
    own = [(b"content-type", content_type), (b"content-length", str(len(body)).encode()), _NOSNIFF, *headers]
    if etag is not None:
        own.append((b"etag", etag))
    start = {"type": "http.response.start", "status": status, "headers": own}
    return Reply(start, {"type": "http.response.body", "body": body}, etag)


def encode_header_fields(headers: Iterable[Header]) -> bytes:
    """Return header fields encoded for HTTP/1.1."""
    return b"".join(name + b": " + value + b"\r\n" for name, value in headers)


def encode_reply(answer: Reply) -> bytes:
    """Return header fields and body encoded for HTTP/1.1: what follows the status line."""
    body: bytes = answer.body["body"]
    return encode_header_fields(answer.start["headers"]) + b"\r\n" + body


def build_text_reply(status: int, sentence: str, *headers: Header) -> Reply:
    """Return a plain text response of one sentence."""
    return build_reply(status, PLAIN, f"{sentence}\n".encode(), *headers)


def build_cacheable_reply(
    content_type: bytes, body: bytes, *, modified: datetime, expires: datetime | None, now: datetime
) -> Reply:
    """Return a response that caches can keep until `expires`, at most LONGEST_CACHING (RFC 5019 §6.2)."""
    seconds = LONGEST_CACHING
    headers = [(b"last-modified", format_http_date(modified))]
    if expires is not None:
        seconds = max(0, min(seconds, int((expires - now).total_seconds())))
        headers.append((b"expires", format_http_date(expires)))
    headers.append((b"cache-control", b"max-age=%d, public, no-transform, must-revalidate" % seconds))
    etag = b'"%s"' % sha256(body).hexdigest()[:32].encode()
    return build_reply(200, content_type, body, *headers, etag=etag)


def compute_reuse_seconds(expires: datetime | None, now: datetime) -> float:
    """Return for how many seconds a response of `build_cacheable_reply` can be sent again unchanged.

    During this time, its max-age stays correct, and a valid response is not sent after `expires`. The result is never
    long, because the wall clock can be set.
    """
    remaining = (expires - now).total_seconds() if expires is not None else 0.0
    if remaining <= 0:
        return _LONGEST_STEADY
    return min(_LONGEST_STEADY, max(remaining - LONGEST_CACHING, min(1.0, remaining)))


def format_http_date(moment: datetime) -> bytes:
    """Return a time as IMF-fixdate (RFC 9110 §5.6.7)."""
    return format_datetime(moment.astimezone(UTC), usegmt=True).encode()


def build_not_allowed(*methods: str) -> Reply:
    """Return a 405 response that lists the allowed methods."""
    return build_text_reply(405, "method not allowed", (b"allow", ", ".join(methods).encode()))


def find_header(scope: Scope, name: bytes) -> bytes | None:
    """Return the first header with that lower-case name, or None."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value)
    return None


async def respond(answer: Reply, scope: Scope, send: Send) -> int:
    """Send a response and return the status that was sent.

    A client that already has the response gets 304. HEAD gets no body (RFC 9110 §9.3.2, §13.1.2).
    """
    if answer.etag is not None and scope["method"] in _READ:
        known = find_header(scope, b"if-none-match")
        if known is not None and (answer.etag in known or known.strip() == b"*"):
            await send({**answer.start, "status": 304, "headers": _without_content(answer.start["headers"])})
            await send(_NO_BODY)
            return 304
    await send(answer.start)
    await send(_NO_BODY if scope["method"] == "HEAD" else answer.body)
    status: int = answer.start["status"]
    return status


def _without_content(headers: list[Header]) -> list[Header]:
    return [(name, value) for name, value in headers if not name.startswith(b"content-")]


async def read_body(scope: Scope, receive: Receive, *, limit: int, seconds: float) -> bytes | None:
    """Read and return the body of a request. None if the client has disconnected.

    Raises TooLarge as soon as more than `limit` octets are announced or received; TimeoutError if reading takes longer
    than `seconds`.
    """
    announced = find_header(scope, b"content-length")
    if announced is not None and announced.isdigit() and int(announced) > limit:
        raise _too_large(limit)
    body = b""
    async with asyncio.timeout(seconds):
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            chunk: bytes = message.get("body", b"")
            body += chunk
            if len(body) > limit:
                raise _too_large(limit)
            if not message.get("more_body", False):
                return body


def _too_large(limit: int) -> InvalidInput:
    return TooLarge.of("body", "http.body_size", f"must have at most {limit} bytes")


async def decline(scope: Scope, receive: Receive, send: Send) -> None:
    """Respond to ASGI scopes other than HTTP: accept lifespan events and close WebSockets."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1000})
