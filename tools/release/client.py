"""Build the release files of the Python client into `dist/clients/`: wheel, sdist, SBOM, licenses, and checksums."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tools.release.__main__ import find_epoch
from tools.release.components import find_python_components
from tools.release.documents import write_checksums, write_licenses, write_sbom

_ROOT = Path(__file__).resolve().parents[2]
_SOURCE = _ROOT / "clients" / "python"


def build_python_client(target: Path) -> None:
    """Build all release files of the client. `target` is a folder of its own; what it contains is deleted."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    epoch = find_epoch()
    uv = Path(sys.executable).with_name("uv")
    command: list[str | Path] = [uv, "build", "--quiet", "--no-build-isolation", "--out-dir", target, _SOURCE]
    subprocess.run(command, check=True, env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch)})
    (target / ".gitignore").unlink(missing_ok=True)
    project = tomllib.loads((_SOURCE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name, version = project["name"], project["version"]
    components = find_python_components("httpx2")
    stem = f"{name.replace('-', '_')}-{version}"
    (target / f"{stem}.cdx.json").write_text(write_sbom(components, version, epoch, name=name), encoding="utf-8")
    (target / f"{stem}.licenses.txt").write_text(write_licenses(components), encoding="utf-8")
    (target / "SHA256SUMS").write_text(write_checksums(target.iterdir()), encoding="utf-8")


if __name__ == "__main__":
    build_python_client(Path(sys.argv[1]) if len(sys.argv) > 1 else _ROOT / "dist" / "clients")
