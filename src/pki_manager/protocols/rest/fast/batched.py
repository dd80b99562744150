"""Operations of which several that come at once are answered by one thread, in one round."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

from starlette.responses import Response

from pki_manager.protocols.async_batcher import Rounds

Given: TypeAlias = Mapping[str, Any]
"""The arguments of an endpoint, by name."""

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

LARGEST_BODY = 4096
"""Octets of a request that may go with others: one that takes long to look at must not make them wait."""

_MARK = "together"


@dataclass(frozen=True, slots=True)
class Batched:
    """`answer` gives what the endpoint's answers are, or errors; None for what has to go alone.

    `fits` tells what may go in at all, on the event loop.
    """

    fits: Callable[[Given], bool]
    answer: Callable[[Sequence[Given]], Sequence[Response | Exception | None]]

    def of(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint, for whose requests this holds: below the decorator that makes it a route."""
        setattr(endpoint, _MARK, self)
        return endpoint


def together_of(endpoint: Callable[..., Any]) -> Batched | None:
    found: Batched | None = getattr(endpoint, _MARK, None)
    return found


class AppRounds:
    """The rounds of an application. Callers in the process bring event loops of their own, so each loop has its own."""

    def __init__(self) -> None:
        self._of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Rounds[Given, Response]]] = (
            WeakKeyDictionary()
        )
        self._lock = Lock()

    async def answer(self, operation: str, how: Batched, given: Given) -> Response | None:
        """The answer, or its error; None when the endpoint has to be asked."""
        with self._lock:
            rounds = self._of_loops.setdefault(asyncio.get_running_loop(), {})
        if operation not in rounds:
            rounds[operation] = Rounds(how.answer, operation.replace("_", "-"))
        return await rounds[operation].join(given)
