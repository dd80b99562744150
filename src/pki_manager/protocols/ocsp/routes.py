"""OCSP over HTTP (RFC 6960 appendix A, RFC 5019 §5): `POST /ocsp` and `GET /ocsp/{base64}`."""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

from pki_manager.domain.errors import Malformed, TooLarge
from pki_manager.protocols.asgi import (
    Header,
    Receive,
    Reply,
    Scope,
    build_not_allowed,
    build_text_reply,
    find_header,
    read_body,
)
from pki_manager.protocols.ocsp.responder import OcspResponder
from pki_manager.x509.ocsp.request import MAX_REQUEST_OCTETS
from pki_manager.x509.ocsp.response import OcspError

OCSP_PATH = b"/ocsp"

_REQUEST_TYPE = b"application/ocsp-request"
_PREFIX = OCSP_PATH + b"/"
_POSTED = frozenset({OCSP_PATH, _PREFIX})
_CONTENT_TYPE, _IF_NONE_MATCH = b"content-type", b"if-none-match"
_LONGEST_PATH = MAX_REQUEST_OCTETS * 4 // 3 + 16
BODY_SECONDS = 10.0
# Clients and proxies that take the text for a form or for base64url leave these behind.
_REPAIRED = bytes.maketrans(b" -_", b"++/")
_CLOSE = (b"connection", b"close")
_TOO_LARGE = build_text_reply(413, "the request is too large", _CLOSE)
_TOO_SLOW = build_text_reply(408, "the request took too long", _CLOSE)
_URI_TOO_LONG = build_text_reply(414, "the path is too long")
_WRONG_TYPE = build_text_reply(415, "must be application/ocsp-request", _CLOSE)
_POST_ONLY = build_not_allowed("POST")
_READ_ONLY = build_not_allowed("GET", "HEAD")


class OcspRoutes:
    """OCSP over HTTP, called by the status listener."""

    def __init__(self, responder: OcspResponder) -> None:
        self._responder = responder

    async def reply(self, scope: Scope, receive: Receive, path: bytes, now: float) -> Reply | None:
        """Return the response to a request whose raw path begins with OCSP_PATH. None if the client has disconnected.

        `now` is monotonic time.
        """
        bare = path in _POSTED
        if scope["method"] in ("GET", "HEAD"):
            return _POST_ONLY if path == OCSP_PATH else await self._get(path)
        if not bare:
            return _READ_ONLY
        return await self._post(scope, receive, now) if scope["method"] == "POST" else _POST_ONLY

    def find_direct(
        self, method: bytes, target: bytes, headers: Sequence[Header], body: bytes, now: float
    ) -> bytes | None:
        """Return a cached response with status 200, as `OcspResponder.encoded` does; None if `reply` must be called."""
        if method == b"GET":
            if body or any(name == _IF_NONE_MATCH for name, _ in headers):
                return None
            return self._responder.encoded(target, now)
        if target in _POSTED and (_CONTENT_TYPE, _REQUEST_TYPE) in headers:
            return self._responder.encoded(body, now)
        return None

    async def _get(self, path: bytes) -> Reply:
        """Return the response to a GET request. `StatusApp` has already checked the cache."""
        if len(path) > _LONGEST_PATH:
            return _URI_TOO_LONG
        try:
            data = decode_path(path[len(_PREFIX) :])
        except Malformed:
            return self._responder.error(OcspError.MALFORMED_REQUEST)
        return await self._responder.answer(path, data)

    async def _post(self, scope: Scope, receive: Receive, now: float) -> Reply | None:
        media_type = find_header(scope, _CONTENT_TYPE) or b""
        if media_type.partition(b";")[0].strip().lower() != _REQUEST_TYPE:
            return _WRONG_TYPE
        try:
            body = await read_body(scope, receive, limit=MAX_REQUEST_OCTETS, seconds=BODY_SECONDS)
        except TooLarge:
            return _TOO_LARGE
        except TimeoutError:
            return _TOO_SLOW
        if body is None:
            return None
        return self._responder.cached(body, now) or await self._responder.answer(body, body)


def decode_path(text: bytes) -> bytes:
    """Return the OCSPRequest in the raw path after `/ocsp/`, with any encoding of slashes, pluses, and padding.

    A DER SEQUENCE never begins with a slash in Base64, so leading slashes are ignored. Raises Malformed if the path is
    not Base64.
    """
    plain = unquote_to_bytes(text).translate(_REPAIRED).lstrip(b"/")
    try:
        return binascii.a2b_base64(plain + b"=" * (-len(plain) % 4), strict_mode=True)
    except binascii.Error:
        raise Malformed.of("request", "ocsp.base64", "is not Base64") from None
