"""What an archive inside a backup may contain: regular files of a limited size, and nothing else."""

from __future__ import annotations

import gzip
import io
import tarfile
from typing import IO, cast

import pytest

from pki_manager.archive.age import AgeWriter
from pki_manager.archive.bundle import MOST_OCTETS, BundleReader, BundleWriter
from pki_manager.domain.errors import Malformed
from tests.fakes.entropy import SeededEntropy
from tests.support.backups import IDENTITIES, RECIPIENTS


def read(file: bytes) -> list[tuple[str, bytes]]:
    return list(BundleReader(io.BytesIO(file), IDENTITIES, field="--identity"))


def encrypt(archive: bytes) -> bytes:
    """Return a backup file with this tar archive, as anyone who knows the recipient can make one."""
    out = io.BytesIO()
    age = AgeWriter(out, RECIPIENTS, entropy=SeededEntropy("bundle"))
    with gzip.GzipFile(fileobj=cast("IO[bytes]", age), mode="wb", mtime=0) as packed:
        packed.write(archive)
    age.finish()
    return out.getvalue()


def archive(kind: bytes, size: int = 0) -> bytes:
    """Return a tar archive whose only member has that type and claims that size."""
    member = tarfile.TarInfo("header")
    member.type, member.size, member.linkname = kind, size, "/etc/passwd"
    return member.tobuf() + bytes(2 * tarfile.BLOCKSIZE)


def test_members_are_read_in_the_order_in_which_they_were_added() -> None:
    out = io.BytesIO()
    writer = BundleWriter(out, RECIPIENTS, entropy=SeededEntropy("bundle"))
    writer.add("b", b"first")
    writer.add("a", b"")
    writer.finish()
    assert read(out.getvalue()) == [("b", b"first"), ("a", b"")]


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE], ids=str
)
def test_web_09_only_regular_files_are_read(kind: bytes) -> None:
    with pytest.raises(Malformed, match="is not a backup of PKI Manager"):
        read(encrypt(archive(kind)))


def test_web_09_a_member_over_the_limit_is_refused_by_its_size_alone() -> None:
    with pytest.raises(Malformed, match="is not a backup of PKI Manager"):
        read(encrypt(archive(tarfile.REGTYPE, MOST_OCTETS + 1)))


def test_an_archive_without_its_end_is_refused() -> None:
    with pytest.raises(Malformed, match="is not a backup of PKI Manager"):
        read(encrypt(archive(tarfile.REGTYPE, 5000)))
