"""Judges of the files in deploy/, which `make tools` installs: schemas of Kubernetes and compose, podman-compose."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_SECONDS = 120
_COMPOSE_GO = "github.com/compose-spec/compose-go/v2@v2.16.2"


def require_folder() -> Path:
    """Return the folder of the installed judges. Without it, the test is skipped, or fails in CI."""
    cache = os.environ.get("XDG_CACHE_HOME")
    folder = (Path(cache) if cache else Path.home() / ".cache") / "pki-manager" / "judges" / "deploy"
    return _require(folder / "requirements.txt").parent


def require_compose_schema() -> Path:
    """Return the JSON schema of compose files, as the reference implementation contains it."""
    go = shutil.which("go")
    if go is None:
        return _require(Path("go"))
    command = [go, "mod", "download", "-json", _COMPOSE_GO]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
    folder = json.loads(done.stdout or "{}").get("Dir", "")
    return _require(Path(folder) / "schema" / "compose-spec.json")


def run_judge(module: str, *arguments: str | Path, directory: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a module of the judges to its end."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(require_folder())},
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )


def _require(path: Path) -> Path:
    if not path.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{path} is not installed, and CI has to judge with it")
        pytest.skip(f"{path} is not installed")
    return path
