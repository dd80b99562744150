"""Build the release files into `dist/`: `make dist`.

With `--debian` also the Debian package, which needs dpkg-deb. With `--image` also the container image, which needs
mmdebstrap, buildah, and root.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from pki_manager import __version__
from tools.release.components import Component, find_python_components, find_web_components
from tools.release.debian import build_debian_package
from tools.release.deployment import write_deployment_files
from tools.release.documents import lock_requirements, write_checksums, write_licenses, write_sbom
from tools.release.image import build_image, find_missing_tools

_ROOT = Path(__file__).resolve().parents[2]
_WEB = _ROOT / "web" / "dist"
_LISTING = "THIRD_PARTY_LICENSES.txt"


def main() -> None:
    """Build all release files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", nargs="?", type=Path, default=_ROOT / "dist")
    parser.add_argument("--debian", action="store_true")
    parser.add_argument("--image", action="store_true")
    arguments = parser.parse_args()
    if arguments.image and (missing := find_missing_tools()):
        parser.error(f"the image needs: {', '.join(missing)}")
    target: Path = arguments.target
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    epoch = find_epoch()
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
    uv = Path(sys.executable).with_name("uv")
    command: list[str | Path] = [uv, "build", "--quiet", "--no-build-isolation", "--out-dir", target, _ROOT]
    subprocess.run(command, check=True, env=environment)
    (target / ".gitignore").unlink(missing_ok=True)
    components = find_components()
    stem = target / f"pki_manager-{__version__}"
    lock = (_ROOT / "requirements.lock").read_text(encoding="utf-8")
    stem.with_name(f"{stem.name}.cdx.json").write_text(write_sbom(components, __version__, epoch), encoding="utf-8")
    stem.with_name(f"{stem.name}.licenses.txt").write_text(write_licenses(components), encoding="utf-8")
    stem.with_name(f"{stem.name}.requirements.txt").write_text(lock_requirements(lock, components), encoding="utf-8")
    write_deployment_files(target, version=__version__, epoch=epoch)
    if arguments.debian:
        build_debian_package(target, uv=uv, version=__version__, epoch=epoch)
    if arguments.image:
        build_image(target, components, uv=uv, version=__version__, epoch=epoch)
    (target / "SHA256SUMS").write_text(write_checksums(target.iterdir()), encoding="utf-8")


def find_epoch() -> int:
    """Return SOURCE_DATE_EPOCH, or the time of the commit, in seconds since 1970."""
    known = os.environ.get("SOURCE_DATE_EPOCH")
    git = ["git", "-C", str(_ROOT), "log", "-1", "--format=%ct"]
    return int(known or subprocess.run(git, check=True, capture_output=True, text=True).stdout)


def find_components() -> list[Component]:
    """Return the components that the wheel installs, and those in its web UI."""
    return [*find_python_components(), *find_web_components((_WEB / _LISTING).read_text(encoding="utf-8"))]


if __name__ == "__main__":
    main()
