"""Upgrades a database to the newest schema: python -m tests.faults.migration_process URL (whole | commit).

`commit`: dies by SIGKILL when everything is done and nothing is committed. Says "go" when the work begins.
"""

from __future__ import annotations

import os
import signal
import sys

import sqlalchemy as sa

from pki_manager.storage.engine import schema
from tests.conftest import open_engine


def run(url: str, end: str) -> None:
    engine = open_engine(url)
    if end == "commit":
        sa.Connection.commit = lambda _self: os.kill(os.getpid(), signal.SIGKILL)
    print("go", flush=True)  # noqa: T201 - the protocol with the test
    schema.upgrade(engine)
    engine.dispose()


if __name__ == "__main__":
    run(*sys.argv[1:])
