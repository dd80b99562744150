"""`python -m bench [NAME]...`: run the measurements of that name. Default: all. Notes go to stderr.

NAME is issue, acme, enrollment, status, growth, bulk, cpu, access, shortcuts, signin, keys, kms, million, refresh,
takeover, or ui.
`python -m bench floods --ready FILE` is separate: it measures a server that runs already.
`python -m bench gate` compares CPU times with recorded ones. `python -m bench journey` counts the commands and seconds
from a package to a trusted certificate on another machine.
"""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime

from bench import (
    access,
    acme,
    bulk,
    cpu,
    enrollment,
    floods,
    gate,
    growth,
    issue,
    journey,
    keys,
    kms,
    million,
    refresh,
    shortcuts,
    signin,
    status,
    takeover,
    ui,
)
from bench.load import note

PARTS = {
    "issue": issue.main,
    "acme": acme.main,
    "enrollment": enrollment.main,
    "status": status.main,
    "growth": growth.main,
    "bulk": bulk.main,
    "cpu": cpu.main,
    "access": access.main,
    "shortcuts": shortcuts.main,
    "signin": signin.main,
    "keys": keys.main,
    "kms": kms.main,
    "million": million.main,
    "refresh": refresh.main,
    "takeover": takeover.main,
    "ui": ui.main,
}


def main(names: list[str]) -> None:
    if any(name not in PARTS for name in names):
        raise SystemExit(f"usage: python -m bench [{'|'.join(PARTS)}]...")
    print(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, Python {platform.python_version()}",
        flush=True,
    )
    for name in names or PARTS:
        note(f"{name}: load average {os.getloadavg()[0]:.2f} before the start")
        PARTS[name]()


if __name__ == "__main__":
    if sys.argv[1:2] == ["floods"]:
        floods.main(sys.argv[2:])
    elif sys.argv[1:2] == ["gate"]:
        gate.main(sys.argv[2:])
    elif sys.argv[1:] == ["journey"]:
        journey.main()
    else:
        main(sys.argv[1:])
