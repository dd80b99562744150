"""ACME over HTTP (RFC 8555 §6): mounted at `/acme`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pki_manager.authority.acme import accounts, nonces, renewal
from pki_manager.authority.enrollment import orderable_profiles
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import Fault, PkiError
from pki_manager.protocols.acme import errors, responses, wire
from pki_manager.protocols.acme.batch import AcmeBatches, AcmeCall, answer_accepted, answer_singly
from pki_manager.protocols.acme.door import AcmeRequest
from pki_manager.protocols.acme.fast_posts import FastPosts
from pki_manager.protocols.acme.http_responses import to_error_response, to_problem, to_response
from pki_manager.protocols.acme.jws import MAX_OCTETS
from pki_manager.protocols.acme.operations import OPERATIONS, AcmeOperation
from pki_manager.protocols.acme.urls import Bases
from pki_manager.protocols.http import Boundary, request_id

_NEW_NONCE = "/new-nonce"


def create_acme(ctx: Context, bases: Bases) -> ASGIApp:
    """Return ACME as an ASGI application, to be mounted at `urls.PREFIX`."""
    door = _Door(ctx, bases)
    routes = [
        Route("/directory", door.directory_of_profiles),
        Route("/{ca}/directory", door.directory_of_profiles),
        Route("/{ca}/{profile}/directory", door.directory),
        Route(_NEW_NONCE, door.new_nonce),
        Route("/renewal-info/{certificate}", door.renewal_info),
    ]
    posts = {path: partial(door.posted, operation) for path, operation in OPERATIONS.items()}
    routes += [Route(path, posted, methods=["POST"]) for path, posted in posts.items()]
    bounded = Middleware(
        Boundary,
        new_request_id=lambda: str(ctx.new_id()),
        fault=lambda _: to_error_response(Fault("")),
        max_body=MAX_OCTETS,
    )
    frequent = {path: posted for path, posted in posts.items() if OPERATIONS[path].is_frequent}
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(_FreshNonce, new_nonce=partial(nonces.create_nonce, ctx)),
            bounded,
            Middleware(FastPosts, handlers=frequent, on_error=_on_error),
        ],
        exception_handlers={PkiError: _on_error, HTTPException: _on_http},
    )
    app.router.redirect_slashes = False
    return app


class _FreshNonce:
    """ASGI middleware that adds a nonce to responses to POST and newNonce requests (RFC 8555 §6.5, §7.2)."""

    def __init__(self, app: ASGIApp, new_nonce: Callable[[], str]) -> None:
        self._app = app
        self._new_nonce = new_nonce

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Replay-Nonce"] = self._new_nonce()
            await send(message)

        needs_nonce = scope["type"] == "http" and (scope["method"] == "POST" or scope["path"].endswith(_NEW_NONCE))
        await self._app(scope, receive, answer if needs_nonce else send)


class _Door:
    def __init__(self, ctx: Context, bases: Bases) -> None:
        self._ctx = ctx
        self._bases = bases
        self._batches = AcmeBatches(ctx)

    async def directory(self, request: Request) -> Response:
        """Return the directory of a CA and profile (RFC 8555 §7.1.1). It does not reveal whether they exist."""
        urls = self._bases.urls(request.headers.get("host"), request.url.scheme)
        is_open = await run_in_threadpool(accounts.is_open, self._ctx)
        new_order = urls.new_order(request.path_params["ca"], request.path_params["profile"])
        issuers = self._ctx.config.acme_persist_issuers
        return to_response(responses.build_directory(urls, new_order, is_open=is_open, issuers=issuers))

    async def directory_of_profiles(self, request: Request) -> Response:
        """Return the directory for all profiles of a CA (draft-ietf-acme-profiles §3)."""
        return await run_in_threadpool(self._directory_of_profiles, request)

    def _directory_of_profiles(self, request: Request) -> Response:
        ca = request.path_params.get("ca")
        orderable_profiles.get_directory_ca(self._ctx, ca)
        profiles = orderable_profiles.list_orderable_profiles(self._ctx)
        urls = self._bases.urls(request.headers.get("host"), request.url.scheme)
        directory = responses.build_directory(
            urls,
            urls.new_order_of(ca),
            is_open=accounts.is_open(self._ctx),
            profiles=profiles,
            issuers=self._ctx.config.acme_persist_issuers,
        )
        return to_response(directory)

    async def new_nonce(self, request: Request) -> Response:
        """Return an empty response, to which `_FreshNonce` adds a nonce (RFC 8555 §7.2)."""
        return Response(status_code=200 if request.method == "HEAD" else 204)

    async def renewal_info(self, request: Request) -> Response:
        """Return the renewal information of a certificate (RFC 9773 §4.1). Requires no authentication."""
        return await run_in_threadpool(self._renewal_info, request.path_params["certificate"])

    def _renewal_info(self, name: str) -> Response:
        return to_response(
            responses.build_renewal(renewal.get_renewal_window(self._ctx, *wire.read_certificate_id(name)))
        )

    async def posted(self, operation: AcmeOperation, request: Request) -> Response:
        try:
            body = await request.body()
        except ClientDisconnect:
            return Response(status_code=400)
        call = AcmeCall(operation, self._acme_request(request, body))
        answer = await self._batches.answer(call) if operation.is_frequent else None
        if answer is None:
            return await run_in_threadpool(answer_singly, self._ctx, call)
        if not isinstance(answer, Response):
            return await run_in_threadpool(answer_accepted, self._ctx, call, answer)
        return answer

    def _acme_request(self, request: Request, body: bytes) -> AcmeRequest:
        scope = request.scope
        target, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
        return AcmeRequest(
            bases=self._bases,
            urls=self._bases.urls(request.headers.get("host"), scope["scheme"]),
            target=f"{target}?{query}" if query else target,
            parameters=request.path_params,
            cursor=request.query_params.get("cursor") if query else None,
            media_type=request.headers.get("content-type", ""),
            body=body,
            peer=request.client.host if request.client else None,
            request_id=request_id(scope),
        )


async def _on_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, PkiError):
        raise error
    return to_problem(error)


async def _on_http(_request: Request, error: Exception) -> Response:
    """Return the response to an error of the framework: unknown path or method."""
    if not isinstance(error, HTTPException):
        raise error
    document = {"type": f"{errors.URN}malformed", "detail": error.detail, "status": error.status_code}
    return Response(errors.encode_json(document), error.status_code, error.headers, errors.MEDIA_TYPE)
