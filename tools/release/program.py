"""The program as packages contain it: a virtual environment on the Python of Debian, without tools to install."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
PACKAGING = _ROOT / "packaging"
PYTHON = "3.11"
"""The Python of Debian 12, for which the compiled parts are chosen."""
LIBRARY = Path("usr/lib/pki-manager")
DOCUMENTS = Path("usr/share/doc/pki-manager")


def install_program(root: Path, target: Path, uv: Path) -> None:
    """Create the virtual environment below `root`, from the wheel and the requirements of the release in `target`."""
    library = root / LIBRARY
    packages = library / "lib" / f"python{PYTHON}" / "site-packages"
    [requirements], [wheel] = target.glob("*.requirements.txt"), target.glob("*.whl")
    install = (str(uv), "pip", "install", "--quiet", "--target", str(packages), "--python-version", PYTHON)
    run(*install, "--only-binary", ":all:", "--require-hashes", "-r", str(requirements))
    run(*install, "--no-deps", str(wheel))
    shutil.rmtree(packages / "bin", ignore_errors=True)
    for name in ("direct_url.json", "INSTALLER", "REQUESTED", "RECORD", ".lock", "uv_cache.json"):
        for file in packages.rglob(name):
            file.unlink()
    for file in packages.rglob("*.py"):
        _drop_interpreter(file)
    (library / "bin").mkdir()
    (library / "bin" / "python").symlink_to(f"../../../bin/python{PYTHON}")
    (library / "pyvenv.cfg").write_text(f"home = /usr/bin\ninclude-system-site-packages = false\nversion = {PYTHON}\n")
    shutil.copy(PACKAGING / "program", library / "bin" / "pkim")


def write_file(path: Path, text: str) -> None:
    """Write a file and its missing directories."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def write_compressed(path: Path, text: str) -> None:
    """Write a file with gzip, with the same bytes each time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def run(*command: str, environment: Mapping[str, str] | None = None) -> str:
    """Run a command, and return its standard output. Raises CalledProcessError if it fails, with what it wrote."""
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env={**os.environ, **(environment or {})}
    )
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
    return done.stdout


def _drop_interpreter(file: Path) -> None:
    """Remove the interpreter line of modules that begin as scripts: they are only imported."""
    content = file.read_bytes()
    if content.startswith(b"#!"):
        file.write_bytes(content[content.index(b"\n") :])
