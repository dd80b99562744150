"""The container image: an OCI archive with Debian's Python, OpenSSL, and the program. It contains no shell.

Packages of Debian are only extracted. None of their scripts runs, so that the files depend on nothing but the packages.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.release.components import Component
from tools.release.documents import write_sbom
from tools.release.program import (
    DOCUMENTS,
    LIBRARY,
    PACKAGING,
    PYTHON,
    install_program,
    run,
    write_compressed,
    write_file,
)

TOOLS = ("mmdebstrap", "buildah")
USER = 10001
"""User and group ID of the processes. The number is fixed, because the files of a volume belong to it."""
_SUITE = "bookworm"
_PACKAGES = (
    f"python{PYTHON}-minimal",
    f"libpython{PYTHON}-stdlib",
    "openssl",
    "ca-certificates",
    "base-files",
    "netbase",
)
_UNUSED = frozenset(
    {
        # Needed only by scripts of packages
        *("debconf", "dpkg", "mawk", "tar", "libacl1", "libmd0", "libpcre2-8-0", "libselinux1"),
        # Needed only by _MODULES
        *(
            "libdb5.3",
            "libgssapi-krb5-2",
            "libk5crypto3",
            "libkeyutils1",
            "libkrb5-3",
            "libkrb5support0",
            "libcom-err2",
        ),
        *("libncursesw6", "libnsl2", "libreadline8", "libtinfo6", "libtirpc-common", "libtirpc3", "readline-common"),
    }
)
_MODULES = ("_curses", "_curses_panel", "_dbm", "nis", "readline")
_TRIMMED = (
    *(f"usr/lib/python{PYTHON}/{name}" for name in ("pydoc_data", "turtledemo", "idlelib", "ensurepip", "distutils")),
    *("usr/lib/*/gconv", "usr/lib/*/perl*", "usr/share/man", "usr/share/locale", "usr/share/lintian", "usr/share/info"),
    *("usr/share/doc/*/changelog*", "usr/share/doc/*/NEWS*", "usr/share/bug", "usr/share/debconf", "usr/share/pixmaps"),
    *("usr/bin/c_rehash", "usr/sbin", "sbin", "var/lib/dpkg", "boot", "home", "media", "mnt", "opt", "srv"),
)
_ACCOUNTS = f"""\
root:x:0:0:root:/root:/usr/sbin/nologin
pki-manager:x:{USER}:{USER}:PKI Manager:/var/lib/pki-manager:/usr/sbin/nologin
"""
_GROUPS = f"root:x:0:\npki-manager:x:{USER}:\n"
_VOLUME = "/var/lib/pki-manager"
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PKIM_HOME": f"{_VOLUME}/home",
    "PKIM_NODE_NAME": "pki-manager",
    "PKIM_TLS_BIND": "0.0.0.0:8443",
    "PKIM_STATUS_BIND": "0.0.0.0:8081",
}
"""Environment of the processes. The node name is fixed, because each new container has another host name."""
_PORTS = ("8443/tcp", "8081/tcp")


def find_missing_tools() -> list[str]:
    """Return what is missing on this machine to build an image."""
    missing = [name for name in TOOLS if shutil.which(name) is None]
    return missing if os.geteuid() == 0 else [*missing, "root"]


def build_image(target: Path, components: Sequence[Component], *, uv: Path, version: str, epoch: int) -> Path:
    """Build the image and its SBOM from the wheel, the requirements, and the license texts in `target`."""
    architecture = run("dpkg", "--print-architecture").strip()
    stem = f"pki-manager_{version}_{architecture}.oci"
    archive = target / f"{stem}.tar"
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        packages = _extract_packages(work / "root", _download_packages(work / "packages", epoch))
        install_program(work / "root", target, uv)
        sbom = write_sbom([*components, *packages], version, epoch)
        (target / f"{stem}.cdx.json").write_text(sbom, encoding="utf-8")
        [licenses] = target.glob("*.licenses.txt")
        write_compressed(work / "root" / DOCUMENTS / "licenses.txt.gz", licenses.read_text(encoding="utf-8"))
        write_compressed(work / "root" / DOCUMENTS / "pki-manager.cdx.json.gz", sbom)
        _write_system_files(work / "root")
        _compile_modules(work / "root")
        _set_modes(work / "root")
        _pack(work, archive, version, epoch)
    return archive


def _download_packages(folder: Path, epoch: int) -> list[Path]:
    folder.mkdir()
    copy = f'cp "$1"/var/cache/apt/archives/*.deb {folder}'
    options = ("--variant=extract", "--mode=root", "--format=null", f"--include={','.join(_PACKAGES)}")
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    environment = {"SOURCE_DATE_EPOCH": str(epoch), "PATH": path}
    run("mmdebstrap", *options, f"--extract-hook={copy}", _SUITE, "-", environment=environment)
    return sorted(folder.glob("*.deb"))


def _extract_packages(root: Path, packages: Sequence[Path]) -> list[Component]:
    """Extract the packages that the program needs. Return them as components."""
    root.mkdir()
    found, stanzas = [], []
    for package in packages:
        control = run("dpkg-deb", "--field", str(package))
        fields = dict(line.split(": ", 1) for line in control.splitlines() if ": " in line and not line.startswith(" "))
        name, version = fields["Package"], fields["Version"]
        if name in _UNUSED:
            continue
        run("dpkg-deb", "--extract", str(package), str(root))
        found.append(
            Component(
                kind="deb/debian",
                name=name,
                version=version,
                license=f"see /usr/share/doc/{name}/copyright",
                text="",
                qualifiers=f"?arch={fields['Architecture']}&distro=debian-12",
            )
        )
        stanzas.append(f"{control.rstrip()}\nStatus: install ok unpacked\n")
    for pattern in (*_TRIMMED, *(f"usr/lib/python{PYTHON}/lib-dynload/{name}.*" for name in _MODULES)):
        for path in root.glob(pattern):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    # Scanners for vulnerabilities read this file.
    write_file(root / "var/lib/dpkg/status", "\n".join(stanzas))
    return found


def _write_system_files(root: Path) -> None:
    """Write the files that scripts of the packages would write."""
    write_file(root / "etc/passwd", _ACCOUNTS)
    write_file(root / "etc/group", _GROUPS)
    write_file(root / "etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n")
    anchors = sorted((root / "usr/share/ca-certificates").rglob("*.crt"))
    bundle = root / "etc/ssl/certs/ca-certificates.crt"
    write_file(bundle, "".join(file.read_text(encoding="ascii") for file in anchors))
    (root / "usr/bin/pkim").symlink_to(f"/{LIBRARY}/bin/pkim")
    shutil.copy(PACKAGING / "image" / "pkim-health", root / "usr/bin/pkim-health")
    (root / _VOLUME.lstrip("/")).mkdir()


def _compile_modules(root: Path) -> None:
    """Compile all modules, because a process cannot write them. The results contain no time of a file."""
    folders = (f"/usr/lib/python{PYTHON}", f"/{LIBRARY}/lib")
    options = ("-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash")
    run("chroot", str(root), f"/usr/bin/python{PYTHON}", *options, *folders, environment={"PYTHONHASHSEED": "0"})


def _set_modes(root: Path) -> None:
    """Let everyone read everything, and the user of the processes write only the volume."""
    programs = {root / LIBRARY / "bin/pkim", root / "usr/bin/pkim-health"}
    for path in _walk(root):
        if path.is_symlink():
            continue
        if path.is_dir():
            path.chmod(0o755)
        else:
            path.chmod(0o755 if path in programs or path.stat().st_mode & 0o100 else 0o644)
        os.chown(path, 0, 0)
    for name in ("tmp", "var/tmp"):
        (root / name).chmod(0o1777)
    volume = root / _VOLUME.lstrip("/")
    volume.chmod(0o700)
    os.chown(volume, USER, USER)


def _walk(root: Path) -> Iterator[Path]:
    yield root
    yield from root.rglob("*")


def _pack(work: Path, archive: Path, version: str, epoch: int) -> None:
    """Pack the files with the configuration of the image."""
    storage = ("--root", str(work / "storage"), "--runroot", str(work / "run"), "--storage-driver", "vfs")

    def buildah(*command: str) -> str:
        return run("buildah", *storage, *command).strip()

    container = buildah("from", "scratch")
    # `buildah copy` would change the owner of the volume.
    run("cp", "--archive", f"{work / 'root'}/.", buildah("mount", container))
    buildah("config", *_build_options(version), container)
    layout = work / "layout"
    options = ("--rm", "--format", "oci", "--disable-compression=false", "--timestamp", str(epoch))
    buildah("commit", "--quiet", *options, container, f"oci:{layout}:pki-manager:{version}")
    # buildah's own archives contain the time of their creation.
    same = ("--sort=name", "--format=ustar", f"--mtime=@{epoch}", "--owner=0", "--group=0", "--numeric-owner")
    run(
        "tar",
        "--create",
        "--file",
        str(archive),
        *same,
        "--directory",
        str(layout),
        "blobs",
        "index.json",
        "oci-layout",
    )


def _build_options(version: str) -> Iterator[str]:
    yield from ("--user", f"{USER}:{USER}", "--volume", _VOLUME, "--stop-signal", "SIGTERM", "--workingdir", "/")
    yield from ("--entrypoint", '["/usr/bin/pkim"]', "--cmd", "serve")
    labels = {
        "title": "PKI Manager",
        "description": "Private certificate authority with web UI, REST API, and ACME",
        "version": version,
        "licenses": "Apache-2.0",
    }
    for name, value in ENVIRONMENT.items():
        yield from ("--env", f"{name}={value}")
    for port in _PORTS:
        yield from ("--port", port)
    for name, value in labels.items():
        yield from ("--label", f"org.opencontainers.image.{name}={value}")
