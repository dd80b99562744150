"""Calls at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from pki_manager.domain.errors import PkiError


def at_once(tasks: list[Callable[[], object]]) -> list[object]:
    """Start all tasks at the same moment; return what each returned, or the error that it raised."""
    barrier = threading.Barrier(len(tasks))

    def run(task: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return task()
        except PkiError as error:
            return error

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))
