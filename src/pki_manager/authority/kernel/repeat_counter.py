"""Counting what comes again, so that a repeat costs a number and not a record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from pki_manager.domain.errors import PkiError
from pki_manager.domain.rights.actor import Actor, system

MAX_KINDS = 100


@dataclass(frozen=True, slots=True)
class RefusalKind:
    """What makes two refusals the same: who (without the request's id), which operation, and why.

    Why is an error's class, and for one of access its rule.
    """

    actor: Actor
    operation: str
    error: type[PkiError]
    rule: str | None = None


OTHERS = RefusalKind(system("refusals"), "others", PkiError)
"""What more kinds than are told apart are summed under."""


@dataclass(frozen=True, slots=True)
class IssuedKind:
    """The CA by its name, the profile by its name, and the door that the request came through."""

    ca: str
    profile: str
    via: str


class IssuedTally:
    """Certificates that this process has issued, by kind; threads share it."""

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
    """How often something happened in this process; threads share it."""

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
    """Refusals by kind since the last drain; threads share it. The context holds that of its process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._repeats: dict[RefusalKind, int] = {}

    def is_first(self, kind: RefusalKind) -> bool:
        """Return whether to report this one at once; otherwise it is counted until the drain."""
        with self._lock:
            if kind not in self._repeats and len(self._repeats) < MAX_KINDS:
                self._repeats[kind] = 0
                return True
            self._add(kind if kind in self._repeats else OTHERS, 1)
            return False

    def put_back(self, kind: RefusalKind, times: int) -> None:
        """What was drained and could not be written."""
        with self._lock:
            self._add(kind, times)

    def drain(self) -> Mapping[RefusalKind, int]:
        """How often each kind came again since the last drain; from now on each is a first one once more."""
        with self._lock:
            counted, self._repeats = self._repeats, {}
        return {kind: times for kind, times in counted.items() if times > 0}

    def _add(self, kind: RefusalKind, times: int) -> None:
        self._repeats[kind] = self._repeats.get(kind, 0) + times
