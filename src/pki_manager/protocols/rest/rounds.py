"""Requests that one thread answers together: what comes while a round is under way is in the next one.

A request that waits for others costs no thread of its own. Idle, a round is one request and nobody waits for company.
"""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, Future
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextvars import Context
from inspect import unwrap
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from pki_manager.protocols.rest.answering import answered

LARGEST = 64
"""As many as share a commit."""

Given: TypeAlias = Mapping[str, Any]
"""What an endpoint would be called with."""

Several: TypeAlias = Callable[[Sequence[Given]], Sequence[BaseModel | Exception | None]]
"""Each request's answer or error; None for one that its endpoint has to answer, alone. What it raises, all get."""

_SEVERAL: dict[Callable[..., Any], Several] = {}


def together(several: Several) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Of an endpoint: who answers several requests of it at once."""

    def register(endpoint: Callable[..., Any]) -> Callable[..., Any]:
        _SEVERAL[endpoint] = several
        return endpoint

    return register


def rounds_of(endpoint: Callable[..., Any], status: int) -> Rounds | None:
    """None for an endpoint that answers each request by itself."""
    several = _SEVERAL.get(unwrap(endpoint))
    return None if several is None else Rounds(several, status)


class Rounds:
    """Of one endpoint. To be used on event loops; each has a queue of its own."""

    def __init__(self, several: Several, status: int) -> None:
        self._several = several
        self._status = status
        self._queues: WeakKeyDictionary[AbstractEventLoop, _Queue] = WeakKeyDictionary()

    async def join(self, given: Given) -> Response | None:
        """The answer to this request, or its error; None when its endpoint has to be asked."""
        loop = asyncio.get_running_loop()
        queue = self._queues.setdefault(loop, _Queue())
        future: Future[Response | None] = loop.create_future()
        queue.waiting.append((given, future))
        if queue.worker is None:
            # Not in the context of whoever came first: what is logged belongs to nobody in particular.
            queue.worker = loop.create_task(self._serve(queue), context=Context())
        return await future

    async def _serve(self, queue: _Queue) -> None:
        try:
            while queue.waiting:
                places = [queue.waiting.popleft() for _ in range(min(len(queue.waiting), LARGEST))]
                await self._answer(places)
        finally:
            queue.worker = None

    async def _answer(self, places: Sequence[_Place]) -> None:
        try:
            results = await run_in_threadpool(self._work, [given for given, _ in places])
        except Exception as error:  # noqa: BLE001 - each of them raises it
            results = [error] * len(places)
        for (_, future), result in zip(places, results, strict=True):
            if future.done():  # whoever asked has been cancelled
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)

    def _work(self, given: Sequence[Given]) -> Sequence[Response | Exception | None]:
        return [
            result if result is None else answered(result, self._status, one)
            for one, result in zip(given, self._several(given), strict=True)
        ]


_Place: TypeAlias = "tuple[Given, Future[Response | None]]"


class _Queue:
    """Who waits, and the task that serves them; None while nobody does."""

    def __init__(self) -> None:
        self.waiting: deque[_Place] = deque()
        self.worker: asyncio.Task[None] | None = None
