"""The fast path of frequent ACME POST requests, which skips the layers of the framework."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from pki_manager.domain.errors import PkiError

Handler = Callable[[Request], Awaitable[Response]]


class FastPosts:
    """ASGI middleware inside `Boundary` that handles frequent POST requests. All other requests continue to the routes.

    `handlers` are the handlers by path. A part of a path such as `{order}` matches any text without a slash. Two paths
    with the same number of parts must differ in a fixed first or last part. A path in which both are fixed takes
    precedence.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        handlers: Mapping[str, Handler],
        on_error: Callable[[Request, Exception], Awaitable[Response]],
    ) -> None:
        self._app = app
        self._on_error = on_error
        self._by_ends: dict[tuple[int, str, str], tuple[tuple[str, ...], Handler]] = {}
        for path, handler in handlers.items():
            parts = path.split("/")
            self._by_ends[_ends_of(parts)] = tuple(parts), handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._find(scope) if scope["type"] == "http" and scope["method"] == "POST" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        scope["path_params"], handler = found
        request = Request(scope, receive)
        try:
            response = await handler(request)
        except PkiError as error:
            response = await self._on_error(request, error)
        await response(scope, receive, send)

    def _find(self, scope: Scope) -> tuple[dict[str, str], Handler] | None:
        parts = scope["path"].removeprefix(scope.get("root_path", "")).split("/")
        first, last = (parts[1], parts[-1]) if len(parts) > 1 else ("", "")
        keys = ((len(parts), *ends) for ends in ((first, last), (first, ""), ("", last)))
        known = next(filter(None, map(self._by_ends.get, keys)), None)
        if known is None or not all(parts[1:]):
            return None
        pattern, handler = known
        return {name[1:-1]: part for name, part in zip(pattern, parts, strict=True) if name.startswith("{")}, handler


def _ends_of(parts: list[str]) -> tuple[int, str, str]:
    first, last = (part if not part.startswith("{") else "" for part in (parts[1], parts[-1]))
    return len(parts), first, last
