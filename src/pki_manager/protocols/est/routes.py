"""EST over HTTP: mounted at `/.well-known/est`, with and without a label."""

from __future__ import annotations

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from pki_manager.authority.enrollment.authenticate import Origin
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import Fault, Forbidden, PkiError
from pki_manager.protocols.est import door, errors, wire
from pki_manager.protocols.est.door import EstRequest
from pki_manager.protocols.http import Boundary, request_id

PREFIX = "/.well-known/est"

Operation = Callable[[Context, EstRequest], Response]


def create_est(ctx: Context) -> ASGIApp:
    """Return EST as an ASGI application, to be mounted at `PREFIX`."""
    operations: dict[str, tuple[str, Operation]] = {
        "cacerts": ("GET", _cacerts),
        "csrattrs": ("GET", _csrattrs),
        "simpleenroll": ("POST", _simpleenroll),
        "simplereenroll": ("POST", _simplereenroll),
        "serverkeygen": ("POST", _serverkeygen),
    }
    routes = [
        Route(f"{label}/{name}", _endpoint(ctx, run), methods=[method])
        for name, (method, run) in operations.items()
        for label in ("", "/{label}")
    ]
    bounded = Middleware(
        Boundary,
        new_request_id=lambda: str(ctx.new_id()),
        fault=lambda _: _on_pki_error(Fault("")),
        max_body=wire.MAX_OCTETS,
    )
    app = Starlette(
        routes=routes, middleware=[bounded], exception_handlers={PkiError: _on_error, HTTPException: _on_http}
    )
    app.router.redirect_slashes = False
    return app


def _endpoint(ctx: Context, run: Operation) -> Callable[[Request], object]:
    async def handle(request: Request) -> Response:
        if request.scope["scheme"] != "https":
            raise Forbidden("EST requires TLS (RFC 7030 section 3.3). Use the https URL.")
        try:
            body = await request.body()
        except ClientDisconnect:
            return Response(status_code=400)
        return await run_in_threadpool(run, ctx, _read(request, body))

    return handle


def _read(request: Request, body: bytes) -> EstRequest:
    tls = request.scope.get("extensions", {}).get("tls", {})
    return EstRequest(
        label=request.path_params.get("label"),
        authorization=request.headers.get("authorization", ""),
        certificate=tls.get("client_cert_der"),
        media_type=request.headers.get("content-type", ""),
        body=body,
        origin=Origin(peer=request.client.host if request.client else None, request_id=request_id(request.scope)),
    )


def _cacerts(ctx: Context, message: EstRequest) -> Response:
    # RFC 8951 deprecates the header Content-Transfer-Encoding; older clients require it.
    return _base64(wire.write_certificates(door.get_ca_certificates(ctx, message)), wire.CERTIFICATES_TYPE)


def _csrattrs(ctx: Context, message: EstRequest) -> Response:
    return _base64(wire.write_der(door.get_csr_attributes(ctx, message)), wire.CSR_ATTRIBUTES_TYPE)


def _simpleenroll(ctx: Context, message: EstRequest) -> Response:
    return _base64(wire.write_certificates([door.enroll(ctx, message).der]), wire.CERTIFICATES_ONLY)


def _simplereenroll(ctx: Context, message: EstRequest) -> Response:
    return _base64(wire.write_certificates([door.renew(ctx, message).der]), wire.CERTIFICATES_ONLY)


def _serverkeygen(ctx: Context, message: EstRequest) -> Response:
    made = door.enroll_with_server_key(ctx, message)
    body = wire.write_server_key(made.key_der, made.certificate.der, is_encrypted=made.is_encrypted)
    return Response(body, 200, {"Cache-Control": "no-store"}, wire.SERVER_KEY_TYPE)


def _base64(body: bytes, media_type: str) -> Response:
    return Response(body, 200, {"Content-Transfer-Encoding": "base64"}, media_type)


async def _on_error(_request: Request, error: Exception) -> Response:
    """Return the response to an error. Internal errors are raised again to `Boundary`, which logs them."""
    if not isinstance(error, PkiError) or errors.STATUS[type(error)] == errors.FAULT:
        raise error
    return _on_pki_error(error)


def _on_pki_error(error: PkiError) -> Response:
    return PlainTextResponse(errors.format_text(error), errors.STATUS[type(error)], errors.build_headers(error))


async def _on_http(_request: Request, error: Exception) -> Response:
    """Return the response to an error of the framework: unknown path or method."""
    if not isinstance(error, HTTPException):
        raise error
    return PlainTextResponse(f"{error.detail}.\n", error.status_code, error.headers)
