"""Where the key-encryption key (KEK) of a keystore comes from: a key file, a passphrase, or a systemd credential."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
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
_HKDF_INFO = b"pki-manager keystore kek v1"
_HEX_KEY = re.compile(r"[0-9a-fA-F]{64}")

CREDENTIAL_KEY = "master.key"
CREDENTIAL_PASSPHRASE = "master.passphrase"


@dataclass(frozen=True, slots=True)
class Argon2Cost:
    """Argon2id cost (RFC 9106 §3.1): memory in KiB, passes, lanes. The defaults are its §4 second recommendation."""

    memory_kib: int = 65536
    iterations: int = 3
    lanes: int = 4

    def bearable(self) -> bool:
        """Whether a header that says so may be believed; a forged one must not exhaust the machine (4 GiB, 64, 64)."""
        return (
            1 <= self.lanes <= 64
            and 8 * self.lanes <= self.memory_kib <= 4 * 1024 * 1024
            and 1 <= self.iterations <= 64
        )


@dataclass(frozen=True, slots=True)
class KeystoreHeader:
    """What a KEK is derived with; public. `salt` is 32 random bytes, made with the keystore."""

    format: int
    salt: bytes
    argon2: Argon2Cost


class KekSource(Protocol):
    """One way to come by the KEK."""

    def derive(self, header: KeystoreHeader) -> bytes:
        """The 32-byte KEK for that keystore. HomeUnusable, naming the fix, when the secret is missing or unfit."""
        ...


@dataclass(frozen=True, slots=True)
class KeyFile:
    """32 random bytes in a file: the version line, then base64 or hex. The KEK is HKDF-SHA-256 of them (RFC 5869)."""

    path: Path
    credential: bool = False

    def derive(self, header: KeystoreHeader) -> bytes:
        key = _parse_key(read_private(self.path, "master key", credential=self.credential), self.path)
        return HKDF(algorithm=SHA256(), length=KEK_SIZE, salt=header.salt, info=_HKDF_INFO).derive(key)


@dataclass(frozen=True, slots=True)
class PassphraseFile:
    """A passphrase in a file, without the line ends after it. The KEK is its Argon2id, cost and salt by the header."""

    path: Path
    credential: bool = False

    def derive(self, header: KeystoreHeader) -> bytes:
        passphrase = read_private(self.path, "passphrase file", credential=self.credential).rstrip(b"\r\n")
        if not passphrase:
            raise HomeUnusable(f"the passphrase file {self.path} is empty")
        cost = header.argon2
        if not cost.bearable():
            raise HomeUnusable("the keystore asks for an impossible Argon2id cost: its header is damaged")
        return Argon2id(
            salt=header.salt,
            length=KEK_SIZE,
            iterations=cost.iterations,
            lanes=cost.lanes,
            memory_cost=cost.memory_kib,
        ).derive(passphrase)


def from_credentials(directory: Path) -> KekSource:
    """The source in a systemd credential directory (systemd.exec(5), LoadCredential=): a key file or a passphrase.

    Their names there are `master.key` and `master.passphrase`. HomeUnusable unless exactly one is there.
    """
    key = KeyFile(directory / CREDENTIAL_KEY, credential=True)
    passphrase = PassphraseFile(directory / CREDENTIAL_PASSPHRASE, credential=True)
    match key.path.exists(), passphrase.path.exists():
        case True, False:
            return key
        case False, True:
            return passphrase
        case _:
            raise HomeUnusable(
                f"{directory} must hold one of {CREDENTIAL_KEY} and {CREDENTIAL_PASSPHRASE}: check LoadCredential="
            )


def create_key_file(path: Path, entropy: Entropy) -> bool:
    """Write a new master key (0600, base64), durable when this returns. False, nothing changed, when `path` exists.

    Of two processes that start together one makes it and both may go on. HomeUnusable when the folder cannot hold it.
    """
    text = f"{_VERSION_LINE}\n{base64.b64encode(entropy.token(KEK_SIZE)).decode('ascii')}\n"

    def fill(file: Path) -> None:
        file.write_text(text, encoding="ascii")

    return install_new(path, fill, entropy)


def _parse_key(content: bytes, path: Path) -> bytes:
    lines = content.decode("ascii", "replace").splitlines()
    if len(lines) != 2 or lines[0].strip() != _VERSION_LINE:
        raise HomeUnusable(f"{path} is not a master key: it must be the line {_VERSION_LINE!r} and a line with the key")
    text = lines[1].strip()
    try:
        key = bytes.fromhex(text) if _HEX_KEY.fullmatch(text) else base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEK_SIZE:
        raise HomeUnusable(f"{path} is damaged: its second line must be {KEK_SIZE} bytes in base64 or hex")
    return key
