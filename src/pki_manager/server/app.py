"""The application of the management and TLS listeners: REST, ACME, health, metrics, the web UI."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable, Collection, Iterator
from functools import cache

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pki_manager.authority.installation.nodes import find_leader
from pki_manager.authority.installation.queries import get_readiness
from pki_manager.authority.kernel import refusal_log
from pki_manager.authority.kernel.access import Permission, require
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.disk import PartState
from pki_manager.authority.kernel.recovery import STATE
from pki_manager.authority.rights import tokens
from pki_manager.domain.errors import Forbidden, PkiError
from pki_manager.domain.rights.actor import ANONYMOUS, EnrollmentProtocol
from pki_manager.protocols.acme import urls as acme_urls
from pki_manager.protocols.acme.routes import create_acme
from pki_manager.protocols.cmp import routes as cmp
from pki_manager.protocols.est import routes as est
from pki_manager.protocols.http import Boundary, request_id
from pki_manager.protocols.rest import problems
from pki_manager.protocols.rest.app import PREFIX, create_rest
from pki_manager.protocols.scep import routes as scep
from pki_manager.server.api_reference import POLICY, render_reference
from pki_manager.server.hosts import AllowedHosts, refuse_host
from pki_manager.server.metrics import CONTENT_TYPE, Metrics
from pki_manager.server.tls import LiveTls
from pki_manager.server.web_ui import WebUi, find_built
from pki_manager.worker.worker import Worker

_access = logging.getLogger("pki_manager.access")

_STREAM = b"text/event-stream; charset=utf-8"
_PROBED = frozenset({"/healthz", "/readyz", "/metrics"})
_CLIENT_CLOSED = 499
"""Status in log and metrics if the client disconnected before the response. nginx uses the same number."""

NEEDED = ("database", "disk", "clock")
"""Components that issuance requires: while one of them fails, the server is not ready."""


def create_app(
    ctx: Context,
    worker: Worker,
    tls: LiveTls,
    metrics: Metrics,
    *,
    behind_proxy: bool,
    hosts: Collection[str],
    is_stopping: Callable[[], bool],
) -> ASGIApp:
    """Return the whole ASGI application.

    `behind_proxy`: a loopback client can be a proxy, so loopback clients get no metrics. `hosts` are the allowed host
    names in lower case. Event streams end once `is_stopping` returns True.
    """
    service = _Service(ctx, worker, tls, metrics, loopback_is_local=not behind_proxy)
    rest = create_rest(lambda: ctx, is_stopping=is_stopping)
    own = Starlette(
        routes=[
            Route("/healthz", service.healthz),
            Route("/readyz", service.readyz),
            Route("/metrics", service.metrics),
            Route("/docs", _reference_endpoint(rest)),
        ],
        exception_handlers={PkiError: problems.on_error, HTTPException: problems.on_http},
    )
    bounded, refused = (
        Boundary(app, new_request_id=lambda: str(ctx.new_id()), fault=problems.build_fault_response)
        for app in (own, refuse_host)
    )
    own.router.redirect_slashes = False
    own.router.default = WebUi(find_built())
    # As the default rather than as a mount: a path with a line break matches no mount, and is answered like any other.
    whole = Router(
        [Mount(PREFIX, rest), *_enrollment_mounts(ctx)],
        default=bounded,
        redirect_slashes=False,
    )
    guarded = AllowedHosts(whole, names=hosts, refuse=refused)
    return AccessLog(guarded, metrics, ctx.ports.clock.monotonic)


def _reference_endpoint(rest: FastAPI) -> Callable[[Request], Response]:
    """Return the endpoint of the API reference, which is rendered once, on the first request."""
    render = cache(lambda: render_reference(rest.openapi()).encode())

    def show_reference(_request: Request) -> Response:
        return Response(render(), media_type="text/html", headers={"Content-Security-Policy": POLICY})

    return show_reference


def _enrollment_mounts(ctx: Context) -> Iterator[Mount]:
    """Yield the mounts of the enabled enrollment protocols. Paths of the other protocols are not found."""
    enabled = ctx.config.enrollment_protocols
    if EnrollmentProtocol.ACME in enabled:
        yield Mount(acme_urls.PREFIX, create_acme(ctx, acme_urls.Bases(ctx.config.acme_urls)))
    if EnrollmentProtocol.SCEP in enabled:
        yield Mount(scep.PREFIX, scep.create_scep(ctx))
    if EnrollmentProtocol.EST in enabled:
        yield Mount(est.PREFIX, est.create_est(ctx))
    if EnrollmentProtocol.CMP in enabled:
        yield Mount(cmp.PREFIX, cmp.create_cmp(ctx))


class _Service:
    def __init__(
        self, ctx: Context, worker: Worker, tls: LiveTls, metrics: Metrics, *, loopback_is_local: bool
    ) -> None:
        self._ctx = ctx
        self._worker = worker
        self._tls = tls
        self._metrics = metrics
        self._loopback_is_local = loopback_is_local

    async def healthz(self, _request: Request) -> Response:
        """Return 200 while the event loop runs.

        Nothing else is checked, so that an unavailable component does not cause a restart.
        """
        return PlainTextResponse("ok\n")

    def readyz(self, request: Request) -> Response:
        """Return whether requests can be handled.

        Callers who may read metrics also get the state of each component, and the host that runs the scheduler.
        The reasons of components that do not determine readiness are in `/api/v1/status`, which requires a permission.
        """
        parts = get_readiness(self._ctx)
        parts["worker"] = PartState("ok" if self._worker.state.last_error is None else "away")
        parts["tls_certificate"] = PartState("ok" if self._tls.has_certificate else "away")
        ready = all(parts[name].state == "ok" for name in NEEDED)
        body: dict[str, object] = {"ready": ready}
        if STATE in parts:
            body["state"] = STATE
        if self._may_read_metrics(request):
            body["leader"] = find_leader(self._ctx) if parts["database"].state == "ok" else None
            body["parts"] = {name: _visible(part) for name, part in parts.items()}
        return JSONResponse(body, status_code=200 if ready else 503)

    def metrics(self, request: Request) -> Response:
        if not self._is_local(request):
            self._require_permission(request)
        return Response(self._metrics.text(), media_type=CONTENT_TYPE)

    def _is_local(self, request: Request) -> bool:
        return self._loopback_is_local and _from_loopback(request)

    def _may_read_metrics(self, request: Request) -> bool:
        """Return whether the caller may read metrics. A request without a credential is not recorded as a refusal."""
        if self._is_local(request):
            return True
        if "authorization" not in request.headers:
            return False
        try:
            self._require_permission(request)
        except PkiError:
            return False
        return True

    def _require_permission(self, request: Request) -> None:
        identifier = request_id(request.scope)
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        actor = ANONYMOUS
        if scheme.lower() == "bearer":
            peer = request.client.host if request.client else None
            actor = tokens.authenticate(self._ctx, bearer.strip(), peer=peer, request_id=identifier, via="metrics")
        try:
            require(actor, Permission.METRICS_READ)
        except Forbidden as refusal:
            refusal_log.record_refusal(self._ctx, actor, "metrics", "", refusal)
            raise


def _visible(part: PartState) -> dict[str, str]:
    return {"state": part.state} | ({"reason": part.reason} if part.reason and part.is_public else {})


def _from_loopback(request: Request) -> bool:
    return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback


class AccessLog:
    """ASGI middleware: one log line for each response with caller, path, status, and duration, without the query.

    For an event stream, only the time to its beginning is measured.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, monotonic: Callable[[], float]) -> None:
        self._app = app
        self._metrics = metrics
        self._monotonic = monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = self._monotonic()
        status, seconds = _CLIENT_CLOSED, None

        async def answer(message: Message) -> None:
            nonlocal status, seconds
            if message["type"] == "http.response.start":
                status = message["status"]
                if (b"content-type", _STREAM) in message["headers"]:
                    seconds = self._monotonic() - started
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except BaseException:
            if status == _CLIENT_CLOSED:
                status = 500
            raise
        finally:
            seconds = self._monotonic() - started if seconds is None else seconds
            self._metrics.answered(scope["method"], status, seconds)
            fields = {
                "method": scope["method"],
                "path": scope["path"],
                "status": status,
                "milliseconds": round(seconds * 1000, 1),
                "peer": scope["client"][0] if scope.get("client") else None,
            }
            is_quiet = status == _CLIENT_CLOSED or scope["path"] in _PROBED
            _access.log(logging.DEBUG if is_quiet else logging.INFO, "answered", extra=fields)
