"""Calls of an ASGI application in process, without a server or a socket."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message


@dataclass(frozen=True, slots=True)
class AsgiResponse:
    """An HTTP response. The names in `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def send_request(
    app: ASGIApp,
    method: str,
    target: str,
    *,
    headers: Sequence[tuple[str, str]] = (),
    body: bytes = b"",
    extensions: Mapping[str, object] | None = None,
) -> AsgiResponse:
    """Send one request and return the whole response. `target` is path and query; `extensions` go into the scope."""
    import asyncio

    return asyncio.run(exchange_request(app, method, target, headers=headers, body=body, extensions=extensions))


async def exchange_request(
    app: ASGIApp,
    method: str,
    target: str,
    *,
    headers: Sequence[tuple[str, str]] = (),
    body: bytes = b"",
    extensions: Mapping[str, object] | None = None,
) -> AsgiResponse:
    """Send one request as `send_request` does, on a running event loop."""
    path, _, query = target.partition("?")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode("ascii"),
        "root_path": "",
        "query_string": query.encode("ascii"),
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        "client": None,
        "server": None,
        "extensions": dict(extensions or {}),
    }
    return await _exchange(app, scope, body)


async def _exchange(app: ASGIApp, scope: MutableMapping[str, Any], body: bytes) -> AsgiResponse:
    status = 0
    headers: dict[str, str] = {}
    parts: list[bytes] = []
    pending = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return pending.pop() if pending else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            headers.update(
                {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message["headers"]}
            )
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    return AsgiResponse(status, headers, b"".join(parts))
