"""Speaks ASGI to an application, as a server would: raw paths, bodies in pieces, clients that go away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Application = Callable[..., Awaitable[None]]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


async def ask(
    app: Application,
    method: str,
    raw_path: str | bytes,
    *,
    body: bytes | Sequence[bytes] = b"",
    headers: Mapping[str, str] | None = None,
    goes_away: bool = False,
    stalls: bool = False,
) -> Answer | None:
    """The answer, or None when the application gave none.

    A body in pieces comes in as many messages. Then the client goes away or says nothing more, if it is to.
    """
    pieces = [body] if isinstance(body, bytes) else list(body)
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages[-1]["more_body"] = goes_away or stalls
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop(0)
        if stalls:
            await asyncio.sleep(3600)
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    raw = raw_path.encode() if isinstance(raw_path, str) else raw_path
    wire = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": "http", "method": method, "raw_path": raw, "headers": wire, "query_string": b""}
    await app(scope, receive, send)
    if not sent:
        return None
    start, *rest = sent
    names = [name.decode() for name, _ in start["headers"]]
    assert len(names) == len(set(names)), "a header stands twice"
    answered = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], answered, b"".join(one.get("body", b"") for one in rest))


def asked(app: Application, method: str, raw_path: str | bytes, **how: Any) -> Answer:
    """`ask` in an event loop of its own, for an application that answers."""
    answer = asyncio.run(ask(app, method, raw_path, **how))
    assert answer is not None
    return answer
