"""What the recipes of the Makefile get from it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_uv_trusts_the_trust_anchors_of_the_system_as_pip_and_npm_do() -> None:
    """Otherwise setting up fails behind a proxy that inspects TLS."""
    recipe = 'show:\n\t@echo "$$UV_SYSTEM_CERTS"\n'
    environment = {"PATH": os.environ["PATH"]}
    command = ("make", "--silent", "-f", "Makefile", "-f", "-", "show")
    shown = subprocess.run(
        command, cwd=ROOT, env=environment, input=recipe, capture_output=True, text=True, check=True, timeout=60
    )
    assert shown.stdout == "1\n"
