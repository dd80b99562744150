"""`pkim` with a database that does not wait for the disk: `PRAGMA synchronous = NORMAL` instead of FULL.

`python -m tests.faults.hasty ARGUMENTS…`. It is the control of the power cut, and must lose what it acknowledged.
"""

from __future__ import annotations

from typing import Any

from pki_manager.cli.main import main
from pki_manager.storage.engine import engines

_tuned = engines._tuned


def _tune_hastily(connection: Any) -> Any:
    tuned = _tuned(connection)
    tuned.execute("PRAGMA synchronous = NORMAL")
    return tuned


if __name__ == "__main__":
    engines._tuned = _tune_hastily
    main()
