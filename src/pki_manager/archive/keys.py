"""Keys of a backup: a passphrase, or the public keys of recipients, whose identities decrypt it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from pki_manager.archive import bech32
from pki_manager.domain.errors import InvalidInput

KEY_SIZE = 32
LEAST_PASSPHRASE = 12
"""Minimum length of a passphrase in characters. An attacker who has the file can try passphrases without a limit."""

_RECIPIENT, _IDENTITY = "age", "age-secret-key-"


@dataclass(frozen=True, slots=True)
class Passphrase:
    """A passphrase that encrypts a backup."""

    text: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recipients:
    """X25519 public keys that encrypt a backup, 32 octets each."""

    keys: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class BackupIdentities:
    """X25519 private keys that decrypt a backup, 32 octets each."""

    keys: tuple[bytes, ...] = field(repr=False)


EncryptionKey = Passphrase | Recipients
DecryptionKey = Passphrase | BackupIdentities


def parse_passphrase(content: bytes, option: str) -> Passphrase:
    """Return the passphrase, the first line of a file. Raises InvalidInput with the field `option` if too short."""
    line = content.split(b"\n", 1)[0].rstrip(b"\r")
    if len(line) < LEAST_PASSPHRASE:
        message = f"the first line must be a passphrase of at least {LEAST_PASSPHRASE} characters"
        raise InvalidInput.of(option, "backup.passphrase_length", message)
    return Passphrase(line)


def parse_recipients(content: bytes, option: str) -> Recipients:
    """Return the recipients of a file with one `age1…` key in each line.

    Raises InvalidInput with the field `option` if a line is not such a key, or if there is none.
    """
    lines = _lines(content)
    return Recipients(tuple(_key(line, _RECIPIENT, option, "an age recipient such as age1…") for line in lines))


def parse_identities(content: bytes, option: str) -> BackupIdentities:
    """Return the identities of a file as `age-keygen` writes it.

    Raises InvalidInput with the field `option` if a line is not an identity, or if there is none.
    """
    keys = (_key(line, _IDENTITY, option, "an age identity such as AGE-SECRET-KEY-1…") for line in _lines(content))
    return BackupIdentities(tuple(keys))


def derive_recipients(identities: BackupIdentities) -> Recipients:
    """Return the public keys of identities."""
    private = (X25519PrivateKey.from_private_bytes(key) for key in identities.keys)
    return Recipients(tuple(key.public_key().public_bytes_raw() for key in private))


def format_identities(identities: BackupIdentities) -> bytes:
    """Return the identities as the text that `parse_identities` reads."""
    return b"".join(bech32.encode(key, _IDENTITY).upper().encode() + b"\n" for key in identities.keys)


def _lines(content: bytes) -> Iterable[str]:
    """Return the lines that are not blank or comments. A file without any returns one empty line, which is refused."""
    text = (line.strip() for line in content.decode("utf-8", "replace").splitlines())
    return [line for line in text if line and not line.startswith("#")] or [""]


def _key(line: str, prefix: str, option: str, expected: str) -> bytes:
    try:
        key = bech32.decode(line, prefix)
    except ValueError:
        key = b""
    if len(key) != KEY_SIZE:
        # The line may be a secret that was put into the wrong file: it is not repeated.
        raise InvalidInput.of(option, "backup.key", f"must have {expected} on every line; lines with # are comments")
    return key
