"""The short way to an operation: found by a look into a table, called without the framework's layers in between.

It is for operations whose path and query say nothing (issuing is one): all that FastAPI does for them is to check the
body against its model, and that is asked of FastAPI here as well. Who asks, may they, is it well-formed, what is said
of an error: it is the same code either way. Every other operation goes on to FastAPI.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from pki_manager.protocols.rest.operation import Operation

Answer = Callable[[Request], Awaitable[Response]]
OnError = Callable[[Request, Exception], Awaitable[Response]]


class FastPath:
    """ASGI middleware inside the door's boundary. `on_error` are the door's exception handlers, by type."""

    def __init__(
        self, app: ASGIApp, *, operations: Iterable[Operation], on_error: Mapping[type[Exception], OnError]
    ) -> None:
        self._app = app
        self._on_error = on_error
        self._answers: dict[tuple[str, str], Answer] = {
            (method, operation.path): operation.answer_directly
            for operation in operations
            if operation.is_direct
            for method in operation.methods or ()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        answer = self._answers.get((scope["method"], path)) if scope["type"] == "http" else None
        if answer is None:
            await self._app(scope, receive, send)
            return
        scope["path_params"] = {}
        request = Request(scope, receive)
        try:
            response = await answer(request)
        except Exception as error:  # noqa: BLE001 - what no handler knows goes on to the boundary
            response = await self._told(request, error)
        await response(scope, receive, send)

    async def _told(self, request: Request, error: Exception) -> Response:
        for kind in type(error).__mro__:
            if kind in self._on_error:
                return await self._on_error[kind](request, error)
        raise error
