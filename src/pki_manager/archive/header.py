"""The header of an age file (age-encryption.org/v1): the file key, wrapped for each recipient or by a passphrase."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Protocol

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from pki_manager.archive.keys import DecryptionKey, EncryptionKey, Passphrase
from pki_manager.domain.errors import InvalidInput, Malformed
from pki_manager.ports.entropy import Entropy

WORK_FACTOR = 18
"""Work factor of scrypt as a power of two: each guess costs 256 MiB and about a second."""
_HARDEST = 22

FILE_KEY_SIZE = 16
_VERSION = b"age-encryption.org/v1"
_X25519, _SCRYPT = "X25519", "scrypt"
_NO_NONCE = bytes(12)
_KEY = 32
_SALT = 16
_LONGEST_LINE = 1024
_MOST_LINES = 1024
_COLUMNS = 64
_FACTOR = re.compile(r"[1-9][0-9]?", re.ASCII)


class Sink(Protocol):
    """A stream that a backup is written to."""

    def write(self, content: bytes, /) -> object: ...


@dataclass(frozen=True, slots=True)
class Stanza:
    """A wrapped file key in the header. `arguments[0]` is the kind of the stanza."""

    arguments: tuple[str, ...]
    body: bytes


def write_header(
    out: Sink, key: EncryptionKey, file_key: bytes, entropy: Entropy, work_factor: int = WORK_FACTOR
) -> None:
    """Write the header with the file key, which `key` wraps. `work_factor` is that of scrypt, as a power of two."""
    if isinstance(key, Passphrase):
        stanzas = [_wrap_by_passphrase(key.text, file_key, entropy.token(_SALT), work_factor)]
    else:
        stanzas = [_wrap_for(recipient, file_key, entropy) for recipient in key.keys]
    text = _VERSION + b"\n" + b"".join(map(_encode, stanzas)) + b"---"
    mac = HMAC(_derive(file_key, b"", b"header"), SHA256())
    mac.update(text)
    out.write(text + b" " + _base64(mac.finalize()).encode() + b"\n")


def read_header(source: IO[bytes], key: DecryptionKey, field: str) -> bytes:
    """Return the file key.

    Raises Malformed if `source` is not an age file; InvalidInput with the field `field` if `key` is the wrong key.
    """
    if _line(source) != _VERSION:
        raise Malformed("The file is not a backup of PKI Manager: it does not begin like an age file.")
    text = _VERSION + b"\n"
    lines: list[bytes] = []
    while not (line := _line(source)).startswith(b"---"):
        lines.append(line)
        if len(lines) > _MOST_LINES:
            raise _damaged()
    stanzas = _parse(lines)
    text += b"".join(one + b"\n" for one in lines) + b"---"
    file_key = _unwrap(stanzas, key, field)
    mac = HMAC(_derive(file_key, b"", b"header"), SHA256())
    mac.update(text)
    try:
        mac.verify(_unbase64(line.removeprefix(b"--- ").decode("ascii", "replace")))
    except InvalidSignature:
        raise _damaged() from None
    return file_key


def derive_payload_key(file_key: bytes, nonce: bytes) -> bytes:
    """Return the key that encrypts the payload, derived from file key and nonce."""
    return _derive(file_key, nonce, b"payload")


def _damaged() -> Malformed:
    return Malformed("The backup is damaged: its header was changed or is incomplete. Use another copy.")


def _derive(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY, salt=salt, info=info).derive(secret)


def _wrap_by_passphrase(passphrase: bytes, file_key: bytes, salt: bytes, work_factor: int) -> Stanza:
    sealed = ChaCha20Poly1305(_stretch(passphrase, salt, work_factor)).encrypt(_NO_NONCE, file_key, None)
    return Stanza((_SCRYPT, _base64(salt), str(work_factor)), sealed)


def _stretch(passphrase: bytes, salt: bytes, work_factor: int) -> bytes:
    salt = b"age-encryption.org/v1/scrypt" + salt
    return Scrypt(salt=salt, length=_KEY, n=1 << work_factor, r=8, p=1).derive(passphrase)


def _wrap_for(recipient: bytes, file_key: bytes, entropy: Entropy) -> Stanza:
    ephemeral = X25519PrivateKey.from_private_bytes(entropy.token(_KEY))
    share = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(recipient))
    wrapping = _derive(shared, share + recipient, b"age-encryption.org/v1/X25519")
    return Stanza((_X25519, _base64(share)), ChaCha20Poly1305(wrapping).encrypt(_NO_NONCE, file_key, None))


def _unwrap(stanzas: Sequence[Stanza], key: DecryptionKey, field: str) -> bytes:
    kinds = {stanza.arguments[0] for stanza in stanzas}
    if isinstance(key, Passphrase):
        if kinds != {_SCRYPT} or len(stanzas) != 1:
            message = "the backup is encrypted for a recipient: use the identity file of that recipient"
            raise InvalidInput.of(field, "backup.key_kind", message)
        found = _open_by_passphrase(stanzas[0], key.text)
    else:
        if _SCRYPT in kinds:
            raise InvalidInput.of(
                field, "backup.key_kind", "cannot open the backup, which is encrypted with a passphrase"
            )
        tries = (_open_for(stanza, private) for stanza in stanzas for private in key.keys)
        found = next((one for one in tries if one is not None), None)
    if found is None:
        message = "does not decrypt this backup: it is the wrong one, or the header of the file is damaged"
        raise InvalidInput.of(field, "backup.wrong_key", message)
    return found


def _open_by_passphrase(stanza: Stanza, passphrase: bytes) -> bytes | None:
    if len(stanza.arguments) != 3 or not _FACTOR.fullmatch(stanza.arguments[2]):
        raise _damaged()
    salt, work_factor = _unbase64(stanza.arguments[1]), int(stanza.arguments[2])
    if len(salt) != _SALT or work_factor > _HARDEST:
        raise _damaged()
    return _open(_stretch(passphrase, salt, work_factor), stanza.body)


def _open_for(stanza: Stanza, private: bytes) -> bytes | None:
    if len(stanza.arguments) != 2 or stanza.arguments[0] != _X25519:
        return None
    share = _unbase64(stanza.arguments[1])
    if len(share) != _KEY:
        raise _damaged()
    identity = X25519PrivateKey.from_private_bytes(private)
    try:
        shared = identity.exchange(X25519PublicKey.from_public_bytes(share))
    except ValueError:  # a share of small order
        raise _damaged() from None
    salt = share + identity.public_key().public_bytes_raw()
    return _open(_derive(shared, salt, b"age-encryption.org/v1/X25519"), stanza.body)


def _open(wrapping: bytes, body: bytes) -> bytes | None:
    try:
        found = ChaCha20Poly1305(wrapping).decrypt(_NO_NONCE, body, None)
    except InvalidTag:
        return None
    return found if len(found) == FILE_KEY_SIZE else None


def _encode(stanza: Stanza) -> bytes:
    """Return the stanza as lines. The last line of the body is shorter than a full one, even if it is empty."""
    body = _base64(stanza.body)
    lines = [body[start : start + _COLUMNS] for start in range(0, len(body) + 1, _COLUMNS)]
    return "".join(f"{line}\n" for line in (" ".join(("->", *stanza.arguments)), *lines)).encode("ascii")


def _parse(lines: Sequence[bytes]) -> list[Stanza]:
    stanzas: list[Stanza] = []
    left = [line.decode("ascii", "replace") for line in lines]
    while left:
        mark, *arguments = left.pop(0).split(" ")
        if mark != "->" or not arguments:
            raise _damaged()
        body = ""
        while left:
            body += (line := left.pop(0))
            if len(line) < _COLUMNS:
                break
        stanzas.append(Stanza(tuple(arguments), _unbase64(body)))
    if not stanzas:
        raise _damaged()
    return stanzas


def _line(source: IO[bytes]) -> bytes:
    line = source.readline(_LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise Malformed("The file is not a backup of PKI Manager, or only its beginning.")
    return line[:-1]


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii").rstrip("=")


def _unbase64(text: str) -> bytes:
    try:
        octets = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        raise _damaged() from None
    if _base64(octets) != text:
        raise _damaged()
    return octets
