"""Batches of issuances: a slow key backend delays only its own issuances.

Issuances whose signatures are made in this process form one queue. Those that wait for a remote key backend form one
queue for each key backend and key type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Generic, TypeVar

from pki_manager.authority.kernel.batcher import Batcher

T = TypeVar("T")
R = TypeVar("R")
S = TypeVar("S")
U = TypeVar("U")

Kind = tuple[str, str]
"""A backend and a key type (`IssuerKey.kind`)."""

CONCURRENT_BATCHES = 2
"""Concurrent batches per remote backend and key type: one is prepared while the other waits for its signatures."""

CONCURRENT_SIGNATURES = 16
"""Maximum number of signatures that a batch requests from a remote backend at once, and its maximum size."""


class IssuanceBatches(Generic[T, R]):
    """The queues of issuances of one process. Thread-safe."""

    def __init__(self) -> None:
        self._local: Batcher[T, R] = Batcher()
        self._remote: dict[Kind, _RemoteBackend[T, R]] = {}
        self._lock = Lock()

    def join(self, item: T, work: Callable[[Sequence[T]], Sequence[R | Exception]], *, waits_for: Kind | None) -> R:
        """Return what `Batcher.join` returns, in the queue of the key backend and key type `waits_for`.

        None means the queue of keys whose signatures are made in this process.
        """
        batcher = self._local if waits_for is None else self._of(waits_for).least_busy()
        return batcher.join(item, work)

    def map_concurrently(self, kind: Kind, request: Callable[[S], U], items: Iterable[S]) -> list[U]:
        """Return the results of `request` for all items, in order. The threads of `kind` run the calls concurrently."""
        return list(self._of(kind).threads.map(request, items))

    def _of(self, kind: Kind) -> _RemoteBackend[T, R]:
        with self._lock:
            if kind not in self._remote:
                self._remote[kind] = _RemoteBackend(kind[0])
            return self._remote[kind]


class _RemoteBackend(Generic[T, R]):
    """The batchers of one kind, and the threads that request its signatures. Threads start when they are needed."""

    def __init__(self, backend: str) -> None:
        self._batchers = tuple(Batcher[T, R](CONCURRENT_SIGNATURES) for _ in range(CONCURRENT_BATCHES))
        self.threads = ThreadPoolExecutor(
            CONCURRENT_BATCHES * CONCURRENT_SIGNATURES, thread_name_prefix=f"signing-{backend}"
        )

    def least_busy(self) -> Batcher[T, R]:
        return min(self._batchers, key=len)
