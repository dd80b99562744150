"""Limits of an HTTP connection, and the responses if a client exceeds a limit."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from pki_manager.protocols.asgi import encode_header_fields

KIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """Limits of one connection. The defaults are documented in `docs/operations/005-deployment.md`."""

    head_octets: int = 64 * KIB
    """Maximum octets of request line and header fields.

    It also limits trailer fields, and input that completes no part of a request.
    """

    url_octets: int = 16 * KIB
    header_fields: int = 128
    pipelined: int = 32
    """Maximum number of requests that wait for the responses to earlier requests."""

    head_seconds: float = 10.0
    """Maximum time from the connection, or the first octet of a later request, to the end of the header section."""

    body_seconds: float = 30.0
    body_octets_per_second: int = 16 * KIB
    """Rate that extends the time for a body: `body_seconds`, plus the octets so far divided by this rate."""

    write_seconds: float = 30.0
    """Maximum time that a client may read nothing while a response waits for it."""

    linger_octets: int = 64 * KIB * KIB
    linger_seconds: float = 10.0
    """Limits on request data that is read and discarded after the response, so that a TCP reset does not destroy it."""

    handshake_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class HttpRefusal:
    """A response that is sent instead of calling the application.

    `reason` is its problem code and the label of the metric.
    """

    status: int
    reason: str
    title: str
    detail: str

    def to_body(self) -> bytes:
        """Return the problem document (RFC 9457)."""
        document = {
            "type": f"urn:pki-manager:problem:{self.reason}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.reason,
            "errors": [],
        }
        return json.dumps(document).encode("ascii")

    def to_head_and_body(self, first: Iterable[tuple[bytes, bytes]]) -> bytes:
        """Return the response without its status line; `first` are header fields before its other ones."""
        body = self.to_body()
        headers = [
            *first,
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"connection", b"close"),
        ]
        return encode_header_fields(headers) + b"\r\n" + body


MALFORMED = HttpRefusal(400, "malformed", "Malformed request", "The request is not valid HTTP/1.1 (RFC 9112).")
HOST_INVALID = HttpRefusal(
    400, "malformed_host", "Invalid Host header", "An HTTP/1.1 request must have exactly one Host header field."
)
HEAD_TIMEOUT = HttpRefusal(
    408, "header_timeout", "Request timeout", "The request line and header fields did not arrive in time."
)
BODY_TIMEOUT = HttpRefusal(408, "body_timeout", "Request timeout", "The request body did not arrive in time.")
URL_TOO_LONG = HttpRefusal(414, "url_too_long", "URL too long", f"A URL must have at most {16 * KIB} octets.")
HEAD_TOO_LARGE = HttpRefusal(
    431,
    "header_too_large",
    "Header too large",
    f"The request line and header fields must have at most {64 * KIB} octets and 128 fields.",
)
PIPELINE_FULL = HttpRefusal(
    429, "pipeline_full", "Too many requests", "Wait for responses before you send more requests on a connection."
)
