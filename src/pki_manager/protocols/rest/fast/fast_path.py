"""The fast path of frequent operations, which skips FastAPI's layers.

It serves operations without path and query parameters, such as issuance. For these, FastAPI only validates the body,
and the fast path calls the same validation. Authentication, permissions, validation, and error responses are the same
code on both paths. FastAPI serves every other operation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

Handler = Callable[[Request], Awaitable[Response]]
OnError = Callable[[Request, Exception], Awaitable[Response]]


class FastOperation(Protocol):
    """An operation, as far as the fast path needs it. `is_direct` is true if `answer_directly` can be called."""

    path: str
    methods: set[str] | None

    @property
    def is_direct(self) -> bool: ...

    @property
    def answer_directly(self) -> Handler: ...


class FastPath:
    """ASGI middleware of the fast path, inside the error boundary. `on_error` are the exception handlers by type."""

    def __init__(
        self, app: ASGIApp, *, operations: Iterable[FastOperation], on_error: Mapping[type[Exception], OnError]
    ) -> None:
        self._app = app
        self._on_error = on_error
        self._handlers: dict[tuple[str, str], Handler] = {
            (method, operation.path): operation.answer_directly
            for operation in operations
            if operation.is_direct
            for method in operation.methods or ()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        handler = self._handlers.get((scope["method"], path)) if scope["type"] == "http" else None
        if handler is None:
            await self._app(scope, receive, send)
            return
        scope["path_params"] = {}
        request = Request(scope, receive)
        try:
            response = await handler(request)
        except Exception as error:  # noqa: BLE001 - what no handler knows goes on to the boundary
            response = await self._error_response(request, error)
        await response(scope, receive, send)

    async def _error_response(self, request: Request, error: Exception) -> Response:
        for kind in type(error).__mro__:
            if kind in self._on_error:
                return await self._on_error[kind](request, error)
        raise error
