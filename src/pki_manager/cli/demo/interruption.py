"""Ctrl-C and SIGTERM while a demo is built."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class DeferredInterrupt:
    """A context in which Ctrl-C and SIGTERM take effect only where `check` is called.

    An interrupt in the middle of an event loop or of a lock can leave a thread that never ends. A second signal
    takes effect at once.
    """

    def __init__(self) -> None:
        self._is_requested = False

    def __enter__(self) -> DeferredInterrupt:
        self._before = [signal.signal(number, self._request) for number in _SIGNALS]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        for number, handler in zip(_SIGNALS, self._before, strict=True):
            signal.signal(number, handler)
        if kind is None:
            self.check()

    def check(self) -> None:
        """Raise KeyboardInterrupt if a signal has arrived."""
        if self._is_requested:
            raise KeyboardInterrupt

    def _request(self, _number: int, _frame: FrameType | None) -> None:
        if self._is_requested:
            raise KeyboardInterrupt
        self._is_requested = True
