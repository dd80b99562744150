"""Allowed host names of requests, against DNS rebinding: a page of another name cannot use this server's origin."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from pki_manager.protocols.http import request_id
from pki_manager.protocols.rest import problems

_MISDIRECTED = 421


class AllowedHosts:
    """ASGI middleware that returns 421 for a request to another host name (RFC 9110 §15.5.20).

    IP addresses are always allowed, because DNS rebinding needs a name. A request without a Host field is allowed, too:
    HTTP/1.0 permits it and browsers never send it. Ports are ignored.
    """

    def __init__(self, app: ASGIApp, *, names: Collection[str], refuse: ASGIApp) -> None:
        """`names` are the allowed host names in lower case. `refuse` responds to requests for other hosts."""
        self._app = app
        self._names = frozenset(names)
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        allowed = scope["type"] != "http" or self._allows(Headers(scope=scope).get("host"))
        await (self._app if allowed else self._refuse)(scope, receive, send)

    def _allows(self, host: str | None) -> bool:
        name = _name_of(host or "")
        return not host or name in self._names or _is_address(name)


async def refuse_host(scope: Scope, receive: Receive, send: Send) -> None:
    """Send the 421 problem document. It must run inside a `Boundary`, which sets the request ID."""
    host = Request(scope).headers.get("host", "")
    document = problems.build_problem(
        status=_MISDIRECTED,
        code="misdirected_request",
        title="Host not allowed",
        detail=f"This server is not configured for the host {_name_of(host)[:253]!r}. Use a host of its "
        "public_url, or add the host to the setting allowed_hosts.",
        request_id=request_id(scope),
    )
    await problems.answer(document)(scope, receive, send)


def _name_of(host: str) -> str:
    """Return the name or address in a Host field, without port, brackets, and trailing dot."""
    text = host.strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0].removesuffix(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
