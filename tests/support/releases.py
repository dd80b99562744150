"""Release files as `make dist` builds them."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.judges.services import require

ROOT = Path(__file__).parents[2]
UI = ROOT / "web" / "dist" / "index.html"


def build_release(target: Path, *options: str) -> Path:
    """Build the release files into `target`, with the web UI that is built already."""
    if not UI.is_file():
        pytest.fail("the web UI is not built: run `make web`")
    subprocess.run([sys.executable, "-m", "tools.release", *options, target], cwd=ROOT, check=True, timeout=600)
    return target


def build_image(target: Path) -> Path:
    """Build the release files with the container image into `target`; the archive of the image."""
    for tool in ("mmdebstrap", "buildah"):
        require(tool)
    [archive] = build_release(target, "--image").glob("*.oci.tar")
    return archive


def get_shared_image(factory: pytest.TempPathFactory) -> Path:
    """The archive of the image, built once for all processes of this test run."""
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with (shared / "image.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        built = list((shared / "image").glob("*.oci.tar"))
        return built[0] if (shared / "image" / "SHA256SUMS").exists() else build_image(shared / "image")
