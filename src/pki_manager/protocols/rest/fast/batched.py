"""Operations whose concurrent requests are handled as one batch, by one thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

from starlette.responses import Response

from pki_manager.protocols.async_batcher import AsyncBatcher

Arguments: TypeAlias = Mapping[str, Any]
"""The arguments of an endpoint, by name."""

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

LARGEST_BODY = 4096
"""Maximum octets of a request body that can join a batch: parsing a longer one would delay the other requests."""

_MARK = "batched"


@dataclass(frozen=True, slots=True)
class Batched:
    """How an endpoint's requests are batched.

    `fits` decides on the event loop whether a request can join a batch. `answer` returns a response or an error for
    each request, or None for a request that the endpoint must handle alone.
    """

    fits: Callable[[Arguments], bool]
    answer: Callable[[Sequence[Arguments]], Sequence[Response | Exception | None]]

    def of(self, endpoint: Endpoint) -> Endpoint:
        """Mark an endpoint as batched. Use as a decorator, below the decorator of the route."""
        setattr(endpoint, _MARK, self)
        return endpoint


def find_batched(endpoint: Callable[..., Any]) -> Batched | None:
    """Return how an endpoint is batched, or None if it is not."""
    found: Batched | None = getattr(endpoint, _MARK, None)
    return found


class AppBatchers:
    """The batchers of an application, by event loop, because in-process clients have their own event loops."""

    def __init__(self) -> None:
        self._of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, AsyncBatcher[Arguments, Response]]] = (
            WeakKeyDictionary()
        )
        self._lock = Lock()

    async def answer(self, operation: str, batched: Batched, arguments: Arguments) -> Response | None:
        """Return the response from a batch, or raise its error. None if the endpoint must handle the request."""
        with self._lock:
            batchers = self._of_loops.setdefault(asyncio.get_running_loop(), {})
        if operation not in batchers:
            batchers[operation] = AsyncBatcher(batched.answer, operation.replace("_", "-"))
        return await batchers[operation].join(arguments)
