"""Check the invariants of an installation. Exits with 1 if one is violated, and with 2 if it cannot be checked."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from pki_manager.domain.errors import PkiError
from pki_manager.settings import load
from tests.faults.invariants.client_records import ClientRecords, load_records
from tests.faults.invariants.report import check_invariants, format_results

VIOLATED, NOT_CHECKED = 1, 2


def main(arguments: list[str]) -> int:
    """Print the table of results. Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.invariants", description=__doc__)
    parser.add_argument("--home", type=Path, metavar="DIR", help="data directory. Default: PKIM_HOME")
    parser.add_argument("--database-url", metavar="URL", help="PostgreSQL database. Default: that of the settings")
    parser.add_argument("--told", type=Path, metavar="FILE", help="records of what clients received, one JSON a line")
    options = parser.parse_args(arguments)
    environment = dict(os.environ)
    if options.database_url:
        environment["PKIM_DATABASE_URL"] = options.database_url
    try:
        records = load_records(options.told) if options.told else ClientRecords()
        results = check_invariants(load(options.home, environment), records)
    except PkiError as error:
        sys.stderr.write(f"{error.detail}\n")
        return NOT_CHECKED
    except OSError as error:
        sys.stderr.write(f"{error.filename} cannot be read: {error.strerror}.\n")
        return NOT_CHECKED
    sys.stdout.write(f"{format_results(results)}\n")
    return VIOLATED if any(result.violations for result in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
