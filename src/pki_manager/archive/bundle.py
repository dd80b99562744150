"""The contents of a backup: named members in a fixed order, in a compressed and encrypted tar archive."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, cast

from pki_manager.archive.age import AgeReader, AgeWriter
from pki_manager.archive.header import WORK_FACTOR, Sink
from pki_manager.archive.keys import DecryptionKey, EncryptionKey
from pki_manager.domain.errors import Malformed
from pki_manager.ports.entropy import Entropy

MOST_OCTETS = 1 << 30
"""Maximum size of a member in octets, because each is read whole. Rows are split into members of a few MiB."""

_LEVEL = 1
_MODE = 0o600
_DRAINED = 1 << 20


class BundleWriter:
    """A writer of a backup's members, in the order of the calls. Call `finish`: a file without it is incomplete."""

    def __init__(self, out: Sink, key: EncryptionKey, *, entropy: Entropy, work_factor: int = WORK_FACTOR) -> None:
        self._age = AgeWriter(out, key, entropy=entropy, work_factor=work_factor)
        self._gzip = gzip.GzipFile(fileobj=cast("IO[bytes]", self._age), mode="wb", compresslevel=_LEVEL, mtime=0)
        self._tar = tarfile.TarFile.open(fileobj=self._gzip, mode="w|", format=tarfile.PAX_FORMAT)

    def add(self, name: str, content: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = len(content), _MODE
        self._tar.addfile(member, io.BytesIO(content))

    def finish(self) -> None:
        self._tar.close()
        self._gzip.close()
        self._age.finish()


class BundleReader:
    """A reader of a backup's members, as names and octets.

    Iterate once and to the end: only the end proves that nothing is missing. Raises the errors of `AgeReader`.
    """

    def __init__(self, source: IO[bytes], key: DecryptionKey, *, field: str) -> None:
        self._gzip = gzip.GzipFile(fileobj=io.BufferedReader(AgeReader(source, key, field=field)), mode="rb")

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        with _translated(), tarfile.open(fileobj=self._gzip, mode="r|") as tar:
            for member in tar:
                file = tar.extractfile(member) if member.isreg() and member.size <= MOST_OCTETS else None
                if file is None:
                    raise _foreign()
                yield member.name, file.read()
                # tarfile remembers every member, and typeshed does not know where: memory would grow with the backup.
                tar.members.clear()  # type: ignore[attr-defined]
        with _translated():
            while self._gzip.read(_DRAINED):
                continue


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _foreign() from error


def _foreign() -> Malformed:
    return Malformed("The decrypted file is not a backup of PKI Manager.")
