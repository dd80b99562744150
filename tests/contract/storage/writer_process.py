"""What the other process does in the tests of several processes. Prints each thing that it was promised."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from pki_manager.storage.leader import build_scheduler_lock
from pki_manager.storage.storage import SqlStorage
from tests.conftest import MAC_KEY, lock_path, open_engine
from tests.contract.storage.values import ACTOR, EVENT
from tests.fakes.clock import FrozenClock
from tests.fakes.entropy import SeededEntropy


def write(url: str, chain: str, units: str) -> None:
    """Write units one by one; print the key of each as soon as it is durable."""
    storage = SqlStorage(
        open_engine(url),
        chain=chain,
        mac_key=MAC_KEY,
        clock=FrozenClock(),
        entropy=SeededEntropy(),
        lock_path=lock_path(url),
    )
    for number in range(int(units)):
        with storage.begin(ACTOR) as unit:
            unit.meta.put(f"{chain}/{number}", "1")
            unit.record(EVENT)
        print(f"{chain}/{number}", flush=True)  # noqa: T201 - the protocol with the test
    storage.close()


def lead(url: str, path: str) -> None:
    """Take the lead, say so, and wait to be killed."""
    lock = build_scheduler_lock(open_engine(url), Path(path) if lock_path(url) else None)
    print(lock.try_lead(), flush=True)  # noqa: T201
    time.sleep(60)


if __name__ == "__main__":
    {"write": write, "lead": lead}[sys.argv[1]](*sys.argv[2:])
