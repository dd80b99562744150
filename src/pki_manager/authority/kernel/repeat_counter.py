"""Counters of repeated events, so that a repeat increments a number instead of storing a record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from pki_manager.domain.errors import PkiError
from pki_manager.domain.rights.actor import Actor, build_system_actor

MAX_KINDS = 100


@dataclass(frozen=True, slots=True)
class RefusalKind:
    """The key by which refusals are counted together: actor, operation, and reason.

    The reason is the class of the error and, for a permission error, its rule.
    """

    actor: Actor
    operation: str
    error: type[PkiError]
    rule: str | None = None


OTHERS = RefusalKind(build_system_actor("refusals"), "others", PkiError)
"""The kind that counts all refusals beyond the first `MAX_KINDS` kinds."""


@dataclass(frozen=True, slots=True)
class IssuedKind:
    """The key by which issued certificates are counted: CA name, profile name, and interface of the request."""

    ca: str
    profile: str
    via: str


class IssuedTally:
    """Numbers of certificates that this process has issued, by kind. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counter[IssuedKind] = Counter()

    def add(self, kind: IssuedKind) -> None:
        with self._lock:
            self._counts[kind] += 1

    def counts(self) -> Mapping[IssuedKind, int]:
        with self._lock:
            return dict(self._counts)


class EventCounter:
    """The number of events in this process. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._count = 0

    def add(self) -> None:
        with self._lock:
            self._count += 1

    @property
    def count(self) -> int:
        return self._count


class RefusalTally:
    """Numbers of refusals by kind since the last drain. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._repeats: dict[RefusalKind, int] = {}

    def is_first(self, kind: RefusalKind) -> bool:
        """Count a refusal. Returns whether it is the first of its kind, to be recorded at once."""
        with self._lock:
            if kind not in self._repeats and len(self._repeats) < MAX_KINDS:
                self._repeats[kind] = 0
                return True
            self._add(kind if kind in self._repeats else OTHERS, 1)
            return False

    def put_back(self, kind: RefusalKind, times: int) -> None:
        """Add counts that were drained and could not be stored."""
        with self._lock:
            self._add(kind, times)

    def drain(self) -> Mapping[RefusalKind, int]:
        """Return how often each kind was repeated, and set all counts to zero."""
        with self._lock:
            counted, self._repeats = self._repeats, {}
        return {kind: times for kind, times in counted.items() if times > 0}

    def _add(self, kind: RefusalKind, times: int) -> None:
        self._repeats[kind] = self._repeats.get(kind, 0) + times
