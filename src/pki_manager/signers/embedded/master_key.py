"""Sources of a keystore's key-encryption key (KEK): a key file, a passphrase, or a systemd credential."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pki_manager.domain.errors import HomeUnusable
from pki_manager.ports.entropy import Entropy
from pki_manager.signers.private_file import install_new, read_private

KEK_SIZE = 32
SALT_SIZE = 32
_VERSION_LINE = "pki-manager master key v1"
_WRAPPED_LINE = "pki-manager wrapped master key v1"
_HKDF_INFO = b"pki-manager keystore kek v1"
_HEX_KEY = re.compile(r"[0-9a-fA-F]{64}")

CREDENTIAL_KEY = "master.key"
CREDENTIAL_PASSPHRASE = "master.passphrase"


@dataclass(frozen=True, slots=True)
class Argon2Cost:
    """Argon2id cost (RFC 9106 §3.1): memory in KiB, passes, lanes.

    The default is the second recommended option of RFC 9106 §4.
    """

    memory_kib: int = 65536
    iterations: int = 3
    lanes: int = 4

    def bearable(self) -> bool:
        """Return whether the cost is within limits (4 GiB, 64, 64).

        An attacker could forge a header with a higher cost.
        """
        return (
            1 <= self.lanes <= 64
            and 8 * self.lanes <= self.memory_kib <= 4 * 1024 * 1024
            and 1 <= self.iterations <= 64
        )


@dataclass(frozen=True, slots=True)
class KeystoreHeader:
    """The public parameters of a KEK. `salt` is 32 random octets, created with the keystore."""

    format: int
    salt: bytes
    argon2: Argon2Cost


class KekSource(Protocol):
    """A source of the KEK, such as a key file or a passphrase."""

    @property
    def pending_source(self) -> KekSource | None:
        """Return the source that is about to replace this one, or None. It may already have replaced this one."""
        ...

    def derive(self, header: KeystoreHeader) -> bytes:
        """Return the KEK (32 octets) of the keystore with that header.

        Raises HomeUnusable, with what to do, if the secret of the source is unsuitable.
        """
        ...


Unwrap = Callable[[str, str, bytes], bytes]
"""Function `(backend, key_id, wrapped)` that returns the key that a key of a key backend has wrapped.

Raises BackendUnavailable if the backend is unavailable; HomeUnusable if the backend cannot unwrap it.
"""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A source of the KEK: 32 random octets in a file, unencrypted or wrapped by a key of a key backend.

    The KEK is the HKDF-SHA-256 (RFC 5869) of these octets. The file has a version line, then Base64 or hex. If wrapped,
    it also has the name of the key backend and the ID of the wrapping key there.
    """

    path: Path
    credential: bool = False
    unwrap: Unwrap | None = None

    @property
    def successor(self) -> Path:
        """Return the path of the new key file during a change of the master key (`rewrap.py`)."""
        return self.path.with_name(f"{self.path.name}.new")

    @property
    def pending_source(self) -> KeyFile | None:
        """Return the new key file if one is waiting.

        It is the right one if a change was interrupted after the encryption.
        """
        return None if self.credential or not self.successor.exists() else replace(self, path=self.successor)

    def derive(self, header: KeystoreHeader) -> bytes:
        content = read_private(self.path, "master key", credential=self.credential).decode("ascii", "replace")
        lines = [line.strip() for line in content.splitlines()]
        key = self._unwrapped(lines) if lines[:1] == [_WRAPPED_LINE] else _parse_key(lines, self.path)
        return HKDF(algorithm=SHA256(), length=KEK_SIZE, salt=header.salt, info=_HKDF_INFO).derive(key)

    def _unwrapped(self, lines: list[str]) -> bytes:
        try:
            _, backend, key_id, text = lines
            wrapped = base64.b64decode(text, validate=True)
        except ValueError:
            raise HomeUnusable(f"The file {self.path} is damaged. A wrapped master key has four lines.") from None
        key = self.unwrap(backend, key_id, wrapped) if self.unwrap is not None else b""
        if len(key) != KEK_SIZE:
            raise HomeUnusable(f"The key backend {backend!r} cannot unwrap the master key in {self.path}.")
        return key


@dataclass(frozen=True, slots=True)
class PassphraseFile:
    """A source of the KEK: a passphrase in a file, without trailing line ends. The KEK is its Argon2id hash."""

    path: Path
    credential: bool = False

    @property
    def pending_source(self) -> None:
        """Return None. A passphrase is changed by creating another file and changing the setting that names it."""
        return

    def derive(self, header: KeystoreHeader) -> bytes:
        passphrase = read_private(self.path, "passphrase file", credential=self.credential).rstrip(b"\r\n")
        if not passphrase:
            raise HomeUnusable(f"The passphrase file {self.path} is empty.")
        cost = header.argon2
        if not cost.bearable():
            raise HomeUnusable("The header of the keystore is damaged: its Argon2id cost is out of range.")
        return Argon2id(
            salt=header.salt,
            length=KEK_SIZE,
            iterations=cost.iterations,
            lanes=cost.lanes,
            memory_cost=cost.memory_kib,
        ).derive(passphrase)


def from_credentials(directory: Path, unwrap: Unwrap | None = None) -> KekSource:
    """Return the source in a systemd credential directory (systemd.exec(5), LoadCredential=).

    The file is `master.key` or `master.passphrase`. Raises HomeUnusable unless exactly one of them exists.
    """
    key = KeyFile(directory / CREDENTIAL_KEY, credential=True, unwrap=unwrap)
    passphrase = PassphraseFile(directory / CREDENTIAL_PASSPHRASE, credential=True)
    match key.path.exists(), passphrase.path.exists():
        case True, False:
            return key
        case False, True:
            return passphrase
        case _:
            raise HomeUnusable(
                f"The directory {directory} must contain exactly one of {CREDENTIAL_KEY} and "
                f"{CREDENTIAL_PASSPHRASE}. Check LoadCredential=."
            )


def create_key_file(path: Path, entropy: Entropy) -> bool:
    """Create a master key file (mode 0600, Base64), durably. Returns False if `path` exists.

    Of two parallel callers one creates it, and both can continue. Raises HomeUnusable if the file cannot be created in
    the folder.
    """
    return _create(path, [_VERSION_LINE, base64.b64encode(entropy.token(KEK_SIZE)).decode()], entropy)


def is_wrapped(content: bytes) -> bool:
    """Return whether the content is that of a key file whose key is wrapped by a key backend."""
    return content.startswith(_WRAPPED_LINE.encode())


def create_wrapped_key_file(
    path: Path, backend: str, key_id: str, wrap: Callable[[bytes], bytes], entropy: Entropy
) -> bool:
    """Create a key file as `create_key_file` does, with a new key that `wrap` encrypts.

    The key is never written unencrypted.
    """
    wrapped = wrap(entropy.token(KEK_SIZE))
    return _create(path, [_WRAPPED_LINE, backend, key_id, base64.b64encode(wrapped).decode()], entropy)


def _create(path: Path, lines: list[str], entropy: Entropy) -> bool:
    def fill(file: Path) -> None:
        file.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")

    return install_new(path, fill, entropy)


def _parse_key(lines: list[str], path: Path) -> bytes:
    if len(lines) != 2 or lines[0] != _VERSION_LINE:
        raise HomeUnusable(
            f"The file {path} is not a master key. It must contain the line {_VERSION_LINE!r} and a line with the key."
        )
    text = lines[1]
    try:
        key = bytes.fromhex(text) if _HEX_KEY.fullmatch(text) else base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEK_SIZE:
        raise HomeUnusable(f"The file {path} is damaged. Its second line must be {KEK_SIZE} bytes in Base64 or hex.")
    return key
