"""A check whether a key opens an SQLCipher file, without SQLite, because opening it with a wrong key can change it.

(SQLite rolls back a journal and, when closing, copies the write-ahead log into the file, before or without decrypting a
page.) The format of SQLCipher 4 with a raw key: pages of 4096 octets, and the file's salt in the first 16 octets. Each
page ends with its HMAC-SHA-512 over ciphertext, IV, and page number. The HMAC key is derived with PBKDF2 in 2 rounds.
"""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

_PAGE = 4096
_SALT = 16
_HMAC = 64
_MASK = 0x3A
_WAL_HEADER = 32
_FRAME_HEADER = 24
_FIRST = 1


def is_opened_by(path: Path, key: bytes) -> bool:
    """Return whether the key authenticates the first page, in the file or in its write-ahead log."""
    with path.open("rb") as file:
        if _is_sealed(file.read(_PAGE), key):
            return True
    log = path.with_name(path.name + "-wal")
    return log.exists() and _log_opens_with(log, key)


def _log_opens_with(log: Path, key: bytes) -> bool:
    with log.open("rb") as file:
        file.seek(_WAL_HEADER)
        while len(header := file.read(_FRAME_HEADER)) == _FRAME_HEADER:
            page = file.read(_PAGE)
            if int.from_bytes(header[:4], "big") == _FIRST and _is_sealed(page, key):
                return True
    return False


def _is_sealed(page: bytes, key: bytes) -> bool:
    if len(page) != _PAGE:
        return False
    salt = bytes(octet ^ _MASK for octet in page[:_SALT])
    mac_key = hashlib.pbkdf2_hmac("sha512", key, salt, 2, len(key))
    sealed = page[_SALT:-_HMAC] + _FIRST.to_bytes(4, "little")
    return hmac.compare_digest(hmac.digest(mac_key, sealed, "sha512"), page[-_HMAC:])
