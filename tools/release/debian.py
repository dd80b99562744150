"""The Debian package: the wheel with all Python packages that it needs, a hardened service, and the command `pkim`."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from pki_manager.cli.completion import Shell, build_script
from tools.release.program import (
    DOCUMENTS,
    LIBRARY,
    PACKAGING,
    install_program,
    run,
    write_compressed,
    write_file,
)

_ROOT = Path(__file__).resolve().parents[2]
_SOURCE = PACKAGING / "debian"
_UNIT = _ROOT / "deploy" / "systemd" / "pki-manager.service"
_UNIT_CHANGES = (
    ("/opt/pki-manager/bin/pkim serve", "/usr/lib/pki-manager/bin/pkim serve"),
    (
        "Wants=network-online.target\n",
        "Wants=network-online.target\nConditionPathExists=/var/lib/pki-manager/home/init.lock\n",
    ),
    (
        "ExecStart=",
        (
            "EnvironmentFile=-/etc/pki-manager/environment\n"
            "ExecStartPre=/usr/lib/pki-manager/bin/pkim db upgrade\nExecStart="
        ),
    ),
)
_COMPLETIONS = {
    Shell.BASH: "usr/share/bash-completion/completions/pkim",
    Shell.ZSH: "usr/share/zsh/vendor-completions/_pkim",
    Shell.FISH: "usr/share/fish/vendor_completions.d/pkim.fish",
}


def build_debian_package(target: Path, *, uv: Path, version: str, epoch: int) -> Path:
    """Build the package from the wheel, the requirements, and the license texts in `target`."""
    architecture = run("dpkg", "--print-architecture").strip()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        install_program(root, target, uv)
        _install_files(root, target, version, epoch)
        size = sum(file.stat().st_size for file in root.rglob("*") if file.is_file()) // 1024
        _write_control(root, {"VERSION": version, "ARCHITECTURE": architecture, "SIZE": str(size)})
        _set_modes(root)
        package = target / f"pki-manager_{version}-1_{architecture}.deb"
        options = ("--root-owner-group", "-Zxz", "--build")
        run("dpkg-deb", *options, str(root), str(package), environment={"SOURCE_DATE_EPOCH": str(epoch)})
    return package


def _install_files(root: Path, target: Path, version: str, epoch: int) -> None:
    unit = _UNIT.read_text(encoding="utf-8")
    for old, new in _UNIT_CHANGES:
        if unit.count(old) != 1:
            raise ValueError(f"{_UNIT} must contain {old!r} once")
        unit = unit.replace(old, new)
    when = datetime.fromtimestamp(epoch, UTC)
    manual = (_SOURCE / "pkim.1").read_text(encoding="utf-8")
    manual = manual.replace("@VERSION@", version).replace("@DATE@", f"{when:%Y-%m-%d}")
    maintainer = "PKI Manager contributors <pki-manager@localhost>"
    changelog = (
        f"pki-manager ({version}-1) stable; urgency=medium\n\n  * See the changelog of PKI Manager {version}.\n\n"
        f" -- {maintainer}  {format_datetime(when)}\n"
    )
    [licenses], [sbom] = target.glob("*.licenses.txt"), target.glob("*.cdx.json")
    documents = root / DOCUMENTS
    write_file(root / "lib/systemd/system/pki-manager.service", unit)
    write_file(root / "etc/pki-manager/environment", (_SOURCE / "environment").read_text(encoding="utf-8"))
    write_file(root / "usr/bin/pkim", (_SOURCE / "pkim").read_text(encoding="utf-8"))
    write_file(documents / "copyright", (_SOURCE / "copyright").read_text(encoding="utf-8"))
    write_file(
        root / "usr/share/lintian/overrides/pki-manager", (_SOURCE / "lintian-overrides").read_text(encoding="utf-8")
    )
    write_compressed(root / "usr/share/man/man1/pkim.1.gz", manual)
    write_compressed(documents / "changelog.Debian.gz", changelog)
    write_compressed(documents / "licenses.txt.gz", licenses.read_text(encoding="utf-8"))
    write_compressed(documents / "pki-manager.cdx.json.gz", sbom.read_text(encoding="utf-8"))
    for shell, place in _COMPLETIONS.items():
        write_file(root / place, build_script(shell) + "\n")


def _write_control(root: Path, values: dict[str, str]) -> None:
    control = (_SOURCE / "control").read_text(encoding="utf-8")
    for name, value in values.items():
        control = control.replace(f"@{name}@", value)
    write_file(root / "DEBIAN" / "control", control)
    write_file(root / "DEBIAN" / "conffiles", "/etc/pki-manager/environment\n")
    files = sorted(path for path in root.rglob("*") if path.is_file() and root / "DEBIAN" not in path.parents)
    sums = (
        f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  {path.relative_to(root)}\n"
        for path in files
    )
    write_file(root / "DEBIAN" / "md5sums", "".join(sums))
    for name in ("postinst", "prerm", "postrm"):
        shutil.copy(_SOURCE / name, root / "DEBIAN" / name)


def _set_modes(root: Path) -> None:
    """Set mode 0755 on directories and programs, 0644 on all other files."""
    programs = {root / "usr/bin/pkim", root / LIBRARY / "bin/pkim"}
    programs |= {root / "DEBIAN" / name for name in ("postinst", "prerm", "postrm")}
    root.chmod(0o755)
    for path in root.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path in programs else 0o644)
