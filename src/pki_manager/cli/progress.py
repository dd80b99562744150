"""Progress of commands that read or write whole tables."""

from __future__ import annotations

import sys
from collections.abc import Callable

from pki_manager.cli.output import Output


def choose_progress(output: Output) -> Callable[[str, int], None]:
    """Return a function that prints on stderr how many rows of a table are done. It prints nothing for programs."""
    return _discard if output.is_document else _print


def _print(table: str, rows: int) -> None:
    print(f"{table}: {rows} rows", file=sys.stderr)


def _discard(_table: str, _rows: int) -> None:
    pass
