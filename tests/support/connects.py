"""Records every attempt of this process to connect a socket."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Connects:
    """The only recorder of the process: an audit hook cannot be removed."""

    def __init__(self) -> None:
        self.watching = False
        self.seen: list[Any] = []
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.watching and event == "socket.connect":
            self.seen.append(arguments[1])

    @contextmanager
    def watched(self) -> Iterator[list[Any]]:
        self.seen, self.watching = [], True
        try:
            yield self.seen
        finally:
            self.watching = False


CONNECTS = Connects()

NEVER = (
    *("127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "::", "::ffff:169.254.169.254", "169.254.169.254", "fe80::1%eth0"),
    *("::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "fd00:ec2::254", "100.100.100.200", "224.0.0.1"),
    "ff02::1",
)
"""Addresses that are refused unless the settings name them, and most of them even then."""
