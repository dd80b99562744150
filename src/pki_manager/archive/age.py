"""Encryption and decryption of streams in the age format.

The payload is cut into chunks of 64 KiB, each encrypted with ChaCha20-Poly1305. A chunk's nonce contains its number and
a flag for the last chunk, so a chunk that is changed, missing, repeated, or moved is detected, as is a truncated end.
"""

from __future__ import annotations

import io
from typing import IO, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from pki_manager.archive.header import FILE_KEY_SIZE, WORK_FACTOR, Sink, derive_payload_key, read_header, write_header
from pki_manager.archive.keys import DecryptionKey, EncryptionKey
from pki_manager.domain.errors import Malformed
from pki_manager.ports.entropy import Entropy

CHUNK = 64 * 1024
_TAG = 16
_NONCE = 16


class AgeWriter(io.RawIOBase):
    """A writer that encrypts to `out`. Call `finish` to write the last chunk: a file without it is incomplete."""

    def __init__(self, out: Sink, key: EncryptionKey, *, entropy: Entropy, work_factor: int = WORK_FACTOR) -> None:
        file_key, nonce = entropy.token(FILE_KEY_SIZE), entropy.token(_NONCE)
        write_header(out, key, file_key, entropy, work_factor)
        out.write(nonce)
        self._out = out
        self._cipher = ChaCha20Poly1305(derive_payload_key(file_key, nonce))
        self._counter = 0
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        # Python 3.12 has collections.abc.Buffer for it; until then only typeshed names what io hands over.
        view = memoryview(cast("bytes", content))
        self._held += view
        # One chunk stays: only `finish` knows which is the last.
        while len(self._held) > CHUNK:
            self._seal(bytes(self._held[:CHUNK]), is_last=False)
            del self._held[:CHUNK]
        return view.nbytes

    def finish(self) -> None:
        self._seal(bytes(self._held), is_last=True)

    def _seal(self, chunk: bytes, *, is_last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._counter, is_last=is_last), chunk, None))
        self._counter += 1


class AgeReader(io.RawIOBase):
    """A reader that decrypts `source`. Reading raises Malformed if the file was changed or is truncated."""

    def __init__(self, source: IO[bytes], key: DecryptionKey, *, field: str) -> None:
        """Read the header of an age file.

        Raises InvalidInput with the field `field` if `key` is the wrong key; Malformed if `source` is not an age file.
        """
        file_key = read_header(source, key, field)
        nonce = source.read(_NONCE)
        if len(nonce) != _NONCE:
            raise _damaged(0)
        self._source = source
        self._cipher = ChaCha20Poly1305(derive_payload_key(file_key, nonce))
        self._counter = 0
        self._held = memoryview(b"")
        self._next = source.read(CHUNK + _TAG)
        self._is_over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast("bytearray", buffer))  # as in `AgeWriter.write`
        if not self._held and not self._is_over:
            self._held = memoryview(self._open_next())
        count = min(len(view), len(self._held))
        view[:count] = self._held[:count]
        self._held = self._held[count:]
        return count

    def _open_next(self) -> bytes:
        sealed, self._next = self._next, self._source.read(CHUNK + _TAG)
        self._is_over = not self._next
        try:
            chunk = self._cipher.decrypt(_nonce(self._counter, is_last=self._is_over), sealed, None)
        except InvalidTag:
            raise _damaged(self._counter) from None
        if not chunk and self._counter:
            raise _damaged(self._counter)
        self._counter += 1
        return chunk


def _nonce(counter: int, *, is_last: bool) -> bytes:
    return counter.to_bytes(11, "big") + bytes([is_last])


def _damaged(chunk: int) -> Malformed:
    where = f"at about {chunk * CHUNK // 1024} KiB"
    return Malformed(f"The backup is damaged or incomplete {where}: it was changed or cut off. Use another copy.")
