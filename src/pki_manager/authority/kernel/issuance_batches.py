"""Where issuances come together, so that what is slow holds up nobody else, and all share their commits.

All whose signatures are made in this process are in one place; those that wait for signatures of one backend by one
type of key in another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Generic, TypeVar

from pki_manager.authority.kernel.batcher import Batcher

T = TypeVar("T")
R = TypeVar("R")

Kind = tuple[str, str]
"""A backend and a type of key (`IssuerKey.kind`)."""

ABREAST = 2
"""Rounds of a kind that signatures are waited for: while one waits, the next is being made ready."""

AT_ONCE = 16
"""Signatures that such a round asks for at once, and its size: nobody in it waits for a second turn."""


class Rounds(Generic[T]):
    """Thread-safe."""

    def __init__(self) -> None:
        self._here: Batcher[T] = Batcher()
        self._away: dict[Kind, _Away[T]] = {}
        self._lock = Lock()

    def join(self, item: T, work: Callable[[Sequence[T]], None], *, waits_for: Kind | None) -> None:
        """`Batcher.join`; `waits_for` is whose signatures have to be waited for, if they have."""
        gathering = self._here if waits_for is None else self._of(waits_for).idlest()
        gathering.join(item, work)

    def at_once(self, kind: Kind, ask: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """What `ask` answers for each of them, asked at the same time as far as the threads go."""
        return list(self._of(kind).threads.map(ask, items))

    def _of(self, kind: Kind) -> _Away[T]:
        with self._lock:
            if kind not in self._away:
                self._away[kind] = _Away(kind[0])
            return self._away[kind]


class _Away(Generic[T]):
    """One kind's rounds, and the threads that wait for its signatures; they are started when they are needed."""

    def __init__(self, backend: str) -> None:
        self._rounds = tuple(Batcher[T](AT_ONCE) for _ in range(ABREAST))
        self.threads = ThreadPoolExecutor(ABREAST * AT_ONCE, thread_name_prefix=f"signing-{backend}")

    def idlest(self) -> Batcher[T]:
        return min(self._rounds, key=len)
