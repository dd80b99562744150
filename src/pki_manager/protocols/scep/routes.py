"""SCEP over HTTP (RFC 8894 §4): mounted at `/scep`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from pki_manager.authority.enrollment.authenticate import Origin
from pki_manager.authority.enrollment.scep import (
    ScepTarget,
    admits_legacy,
    find_target,
    list_ca_certificates,
    sign_next_ca_certificate,
)
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import InvalidInput, Malformed, PkiError, UnsupportedMedia
from pki_manager.protocols.http import Boundary, request_id
from pki_manager.protocols.scep import errors
from pki_manager.protocols.scep.operations import operate
from pki_manager.x509.cms.content import MAX_OCTETS

PREFIX = "/scep"

CAPABILITIES = ("AES", "POSTPKIOperation", "Renewal", "SCEPStandard", "SHA-256", "SHA-384", "SHA-512")
"""Capabilities of the server (RFC 8894 §3.5.2). Without SHA-384 in the list, strongSwan 5.9 ignores AES."""
LEGACY_CAPABILITIES = ("DES3", "SHA-1")
"""Further capabilities if a credential allows them. A client uses AES if it supports both (RFC 8894 §3.5.2)."""

MESSAGE = "application/x-pki-message"
_BODY_TYPES = frozenset({"", MESSAGE, "application/octet-stream"})
MAX_THREADS = 24
"""Maximum number of threads for SCEP requests. They can wait for the service that validates challenges for seconds.

The other protocols and the web UI have threads of their own, which SCEP requests cannot occupy.
"""

_INTERNAL = 500
_RETRY_AFTER = 5


def create_scep(ctx: Context) -> ASGIApp:
    """Return SCEP as an ASGI application, to be mounted at PREFIX."""
    endpoint = _Endpoint(ctx)
    paths = ("/{ca}/{profile}", "/{ca}/{profile}/pkiclient.exe")
    bounded = Middleware(
        Boundary, new_request_id=lambda: str(ctx.new_id()), fault=lambda _: _fault(), max_body=MAX_OCTETS
    )
    app = Starlette(
        routes=[Route(path, endpoint.called, methods=["GET", "POST"]) for path in paths],
        middleware=[bounded],
        exception_handlers={PkiError: _on_error, HTTPException: _on_http},
    )
    app.router.redirect_slashes = False
    return app


class _Endpoint:
    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._threads = CapacityLimiter(MAX_THREADS)
        self._reads: Mapping[str, Callable[[ScepTarget], Response]] = {
            "GetCACaps": self._capabilities,
            "GetCACert": self._ca_certificates,
            "GetNextCACert": self._next_ca_certificate,
        }

    async def called(self, request: Request) -> Response:
        try:
            body = await request.body() if request.method == "POST" else b""
        except ClientDisconnect:
            return Response(status_code=400)
        return await to_thread.run_sync(self._answer, request, body, limiter=self._threads)

    def _answer(self, request: Request, body: bytes) -> Response:
        operation = request.query_params.get("operation", "")
        target = find_target(self._ctx, request.path_params["ca"], request.path_params["profile"])
        if operation == "PKIOperation":
            return self._operate(target, request, body)
        if operation not in self._reads or request.method == "POST":
            known = ", ".join(("PKIOperation", *self._reads))
            raise InvalidInput.of("operation", "scep.operation", f"must be one of {known}; all but the first use GET")
        return self._reads[operation](target)

    def _operate(self, target: ScepTarget, request: Request, body: bytes) -> Response:
        message = body if request.method == "POST" else _from_query(request.query_params.get("message", ""))
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if request.method == "POST" and kind not in _BODY_TYPES:
            raise UnsupportedMedia(f"Send the message as {MESSAGE}.")
        peer = request.client.host if request.client else None
        origin = Origin(peer=peer, request_id=request_id(request.scope))
        return Response(operate(self._ctx, target, message, origin), media_type=MESSAGE)

    def _capabilities(self, target: ScepTarget) -> Response:
        """Return the capabilities (RFC 8894 §3.5.1)."""
        legacy = LEGACY_CAPABILITIES if admits_legacy(self._ctx, target) else ()
        return PlainTextResponse("".join(f"{one}\n" for one in sorted((*CAPABILITIES, *legacy))))

    def _ca_certificates(self, target: ScepTarget) -> Response:
        """Return the CA certificates (RFC 8894 §4.2)."""
        return Response(list_ca_certificates(self._ctx, target), media_type="application/x-x509-ca-ra-cert")

    def _next_ca_certificate(self, target: ScepTarget) -> Response:
        """Return the certificate of the next CA key (RFC 8894 §4.7)."""
        return Response(sign_next_ca_certificate(self._ctx, target), media_type="application/x-x509-next-ca-cert")


def _from_query(text: str) -> bytes:
    """Return the message in a URL (RFC 8894 §4.1).

    It is Base64, whose plus signs some clients do not escape. Raises Malformed if it is too long or not Base64.
    """
    if len(text) > MAX_OCTETS:
        raise Malformed.of("message", "scep.size", f"must have at most {MAX_OCTETS} characters")
    compact = text.replace(" ", "+").translate({10: None, 13: None})
    try:
        return base64.b64decode(compact.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise Malformed.of("message", "scep.base64", "must be Base64 in the query (RFC 8894 §4.1)") from None


async def _on_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, PkiError):
        raise error
    status = errors.get_status(error)
    if status == _INTERNAL:
        raise error
    seconds = error.retry_after if error.retry_after is not None else _RETRY_AFTER
    headers = {"Retry-After": str(seconds)} if status in (429, 503) else {}
    return PlainTextResponse(f"{error.detail}\n", status, headers)


async def _on_http(_request: Request, error: Exception) -> Response:
    """Return the response to an error of the framework: unknown path or method."""
    if not isinstance(error, HTTPException):
        raise error
    return PlainTextResponse(f"{error.detail}\n", error.status_code, error.headers)


def _fault() -> ASGIApp:
    return PlainTextResponse("Internal error. The server log has details under this request's X-Request-ID.\n", 500)
