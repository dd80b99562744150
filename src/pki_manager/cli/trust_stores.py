"""Truststores of this machine: those of the operating system, of NSS (Chromium, Firefox), and of Java."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pki_manager.domain.errors import Forbidden, NotFound

_PREFIX = "pki-manager-"
_SECONDS = 120
_READ_ONLY = (
    "Add the root where the image of this machine is built, or make the file system writable, or pass --store nss."
)


def build_entry_name(fingerprint: bytes) -> str:
    """Return the name of a root certificate in every store. It depends only on the certificate."""
    return f"{_PREFIX}{fingerprint.hex()[:16]}"


class TrustStore(ABC):
    """A place where programs look for trusted root certificates. Changes can be repeated."""

    name: str

    @abstractmethod
    def contains(self, fingerprint: bytes) -> bool:
        """Return whether this store has the root certificate, under the name that pkim uses."""

    @abstractmethod
    def add(self, pem: str, fingerprint: bytes) -> None:
        """Add the root certificate to this store. Raises Forbidden if this user cannot change the store."""

    @abstractmethod
    def remove(self, fingerprint: bytes) -> None:
        """Remove the root certificate if it is in this store. Raises Forbidden if this user cannot change the store."""


@dataclass(frozen=True, slots=True)
class SystemStore(TrustStore):
    """The truststore of the system: files in the folder `anchors`, which the command `update` puts into effect."""

    name: str
    anchors: Path
    update: tuple[str, ...]

    def contains(self, fingerprint: bytes) -> bool:
        path = self._path(fingerprint)
        return path.is_file() and _pem_fingerprint(path.read_text(encoding="ascii", errors="replace")) == fingerprint

    def add(self, pem: str, fingerprint: bytes) -> None:
        try:
            path = self._path(fingerprint)
            path.write_text(pem, encoding="ascii")
            path.chmod(0o644)
        except OSError as error:
            raise self._closed(error) from None
        try:
            _run(self.update)
        except Forbidden:
            # Otherwise `contains` would be true for a root that no program trusts.
            path.unlink(missing_ok=True)
            raise

    def remove(self, fingerprint: bytes) -> None:
        try:
            self._path(fingerprint).unlink(missing_ok=True)
        except OSError as error:
            raise self._closed(error) from None
        _run(self.update)

    def _path(self, fingerprint: bytes) -> Path:
        return self.anchors / f"{build_entry_name(fingerprint)}.crt"

    def _closed(self, error: OSError) -> Forbidden:
        reason = f"{str(self.anchors)!r} cannot be changed: {error.strerror}"
        if error.errno == errno.EROFS:
            return Forbidden(f"{reason}. {_READ_ONLY}")
        return Forbidden(f"{reason}. Run the command as root, for example with sudo, or pass --store nss.")


@dataclass(frozen=True, slots=True)
class NssStore(TrustStore):
    """The NSS database in `folder`: that of Chromium, or of a Firefox profile."""

    name: str
    folder: Path

    def contains(self, fingerprint: bytes) -> bool:
        found = self._certutil("-L", "-n", build_entry_name(fingerprint), "-a", check=False)
        return found.returncode == 0 and _pem_fingerprint(found.stdout) == fingerprint

    def add(self, pem: str, fingerprint: bytes) -> None:
        if not (self.folder / "cert9.db").exists():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._certutil("-N", "--empty-password")
        with tempfile.NamedTemporaryFile("w", suffix=".pem", encoding="ascii") as file:
            file.write(pem)
            file.flush()
            self._certutil("-A", "-t", "C,,", "-n", build_entry_name(fingerprint), "-i", file.name)

    def remove(self, fingerprint: bytes) -> None:
        if self.contains(fingerprint):
            self._certutil("-D", "-n", build_entry_name(fingerprint))

    def _certutil(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return _run(("certutil", "-d", f"sql:{self.folder}", *arguments), check=check)


@dataclass(frozen=True, slots=True)
class JavaStore(TrustStore):
    """A Java truststore. `store` are the options of keytool that select it."""

    name: str
    store: tuple[str, ...] = ("-cacerts", "-storepass", "changeit")

    def contains(self, fingerprint: bytes) -> bool:
        found = self._keytool("-exportcert", "-rfc", "-alias", build_entry_name(fingerprint), check=False)
        return found.returncode == 0 and _pem_fingerprint(found.stdout) == fingerprint

    def add(self, pem: str, fingerprint: bytes) -> None:
        if self.contains(fingerprint):
            return
        with tempfile.NamedTemporaryFile("w", suffix=".pem", encoding="ascii") as file:
            file.write(pem)
            file.flush()
            self._keytool("-importcert", "-noprompt", "-alias", build_entry_name(fingerprint), "-file", file.name)

    def remove(self, fingerprint: bytes) -> None:
        if self.contains(fingerprint):
            self._keytool("-delete", "-alias", build_entry_name(fingerprint))

    def _keytool(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return _run(("keytool", *arguments, *self.store), check=check)


_SYSTEM = (
    SystemStore("system (Fedora)", Path("/etc/pki/ca-trust/source/anchors"), ("update-ca-trust", "extract")),
    SystemStore("system (Arch)", Path("/etc/ca-certificates/trust-source/anchors"), ("update-ca-trust",)),
    SystemStore("system (Debian)", Path("/usr/local/share/ca-certificates"), ("update-ca-certificates",)),
)


def find_system_stores() -> list[TrustStore]:
    """Return the truststore of this operating system; empty if pkim does not support the system."""
    found = [one for one in _SYSTEM if one.anchors.is_dir() and _find_program(one.update[0])]
    return [*found[:1]]


def find_nss_stores(user_home: Path) -> list[TrustStore]:
    """Return the databases of Chromium and of each Firefox profile of a user; empty without certutil."""
    if not _find_program("certutil"):
        return []
    profiles = sorted(path.parent for path in user_home.glob(".mozilla/firefox/*/cert9.db"))
    return [
        NssStore("nss (Chromium)", user_home / ".pki" / "nssdb"),
        *(NssStore(f"nss (Firefox {profile.name})", profile) for profile in profiles),
    ]


def find_java_stores() -> list[TrustStore]:
    """Return the truststore of the Java installation whose keytool is found first; empty without one."""
    return [JavaStore("java")] if _find_program("keytool") else []


def _find_program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


def _run(command: Sequence[str], *, check: bool = True) -> subprocess.CompletedProcess[str]:
    program = _find_program(command[0])
    if program is None:
        raise NotFound(f"The program {command[0]!r} was not found.")
    done = subprocess.run(  # noqa: S603 - tools of the system, with arguments of this module
        [program, *command[1:]], capture_output=True, text=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL
    )
    if check and done.returncode != 0:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
        reason = lines[-1] if lines else f"exit code {done.returncode}"
        failed = f"{command[0]} could not change the truststore: {reason}."
        is_read_only = os.strerror(errno.EROFS) in done.stderr
        raise Forbidden(f"{failed} {_READ_ONLY if is_read_only else 'Run the command as root if required.'}")
    return done


def _pem_fingerprint(text: str) -> bytes | None:
    from pki_manager.domain.errors import Malformed
    from pki_manager.x509 import pem

    try:
        return sha256(pem.read_one(text, [pem.CERTIFICATE], "certificate")).digest()
    except Malformed:
        return None
