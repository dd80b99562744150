"""A real server in years to come: libfaketime moves its clock, and that of the command line and of OpenSSL."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from tests.judges.services import require, require_faketime
from tests.services.installation import Installation

YEAR = 365


SLEEP = """
import select
import time


def sleep(seconds):
    select.select([], [], [], seconds)


time.sleep = sleep
"""
"""Python sleeps until a moment of the monotonic clock, and with that libfaketime gets itself wrong (EINVAL)."""


def go_on(installation: Installation, days: int) -> None:
    """Everything that is started from now on lives so many days later."""
    (installation.folder / "sitecustomize.py").write_text(SLEEP)
    judge = installation.folder / "openssl"
    # The self-check gives OpenSSL an environment of its own.
    judge.write_text(f'#!/bin/sh\nLD_PRELOAD={require_faketime()} FAKETIME=+{days}d exec {require("openssl")} "$@"\n')
    judge.chmod(0o755)
    installation.environment |= {
        "PATH": f"{installation.folder}:{os.environ['PATH']}",
        "PYTHONPATH": str(installation.folder),
        "LD_PRELOAD": str(require_faketime()),
        "FAKETIME": f"+{days}d",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "PKIM_CLOCK_LONGEST_PAUSE": "P3660D",
    }


def check(installation: Installation) -> None:
    """The self-check walks every URL of every CA, and a certificate from its issuance to its revocation."""
    with installation.serving() as server:
        installation.run("selfcheck")
        assert httpx2.get(f"{server.management}/readyz", timeout=60).status_code == 200


@pytest.mark.long
def test_ops_12_a_real_server_lives_through_the_years(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    installation.run("init")
    check(installation)
    for days in (40, 4 * YEAR):
        go_on(installation, days)
        check(installation)
    installation.run("ca", "rotate", "Issuing CA")
    for days in (5 * YEAR + 30, 7 * YEAR):
        go_on(installation, days)
        check(installation)
    ca = installation.json("ca", "show", "Issuing CA")
    assert ca["state"] == "active"
    assert [key["state"] for key in ca["keys"]] == ["current", "retired"]
    assert datetime.fromisoformat(ca["not_after"]) > datetime.now(UTC) + timedelta(days=8 * YEAR)
    assert installation.json("audit", "verify")["valid"]
