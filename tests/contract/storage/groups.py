"""Units of several threads in one commit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pki_manager.storage.storage import SqlStorage


def in_one_group(storage: SqlStorage, *units: Callable[[], None]) -> list[BaseException | None]:
    """Run a unit that puts `first` and, while it runs, queue the others behind it; what each raised, in that order."""
    results: list[BaseException | None] = [None] * (len(units) + 1)

    def run(number: int, unit: Callable[[], None]) -> None:
        try:
            unit()
        except BaseException as error:  # noqa: BLE001 - handed to the test
            results[number] = error

    threads = [threading.Thread(target=run, args=(number, unit)) for number, unit in enumerate(units, 1)]

    def first() -> None:
        with storage.housekeep() as unit:
            unit.meta.put("first", "1")
            for waiting, thread in enumerate(threads, 1):
                thread.start()
                while len(storage._writer._turnstile._queue) < waiting:
                    time.sleep(0.001)

    run(0, first)
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    return results
