"""File descriptors of a process: the limit is raised at start, and divided among its listeners."""

from __future__ import annotations

import logging
import resource
from collections.abc import Mapping

from pki_manager.settings import Listener

MOST = 65536
RESERVED = 256
"""Descriptors that are reserved for databases, files, child processes, and outgoing connections."""

_FEWEST = 16
_SHARES: Mapping[Listener, int] = {"status": 2, "management": 1, "tls": 1}
_log = logging.getLogger(__name__)


def raise_descriptors() -> int:
    """Raise the soft limit on open files to the hard limit, at most MOST. Returns the new limit."""
    try:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    except OSError:  # a system call filter
        return 1024
    reachable = MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)
    if soft == resource.RLIM_INFINITY or soft >= reachable:
        return MOST if soft == resource.RLIM_INFINITY else soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (reachable, hard))
    except (OSError, ValueError) as error:
        _log.warning("limit on open files not raised", extra={"limit": soft, "reason": str(error)})
        return soft
    return reachable


def compute_connection_limit(listener: Listener, *, maximum: int, descriptors: int) -> int:
    """Return how many connections the listener can have: `maximum`, or fewer if its share of descriptors is smaller.

    The shares do not overlap, so a flood of connections on one listener leaves the other listeners' shares free.
    """
    share = max(descriptors - RESERVED, 0) * _SHARES[listener] // sum(_SHARES.values())
    return max(min(maximum, share), _FEWEST)
