"""OPS-07: a file is whole or as it was, whatever the disk does."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pki_manager.authority.audit.audit_log import verify_audit, write_checkpoint
from pki_manager.authority.kernel import durable_file
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.rights.tokens import create_token
from pki_manager.bootstrap import home
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import HomeUnusable, StorageUnavailable
from pki_manager.domain.rights.actor import Role
from pki_manager.settings import load
from pki_manager.signers.embedded.keystore_file import create_keystore
from pki_manager.signers.embedded.master_key import KeyFile, create_key_file
from pki_manager.system import SystemEntropy
from tests.support.factories import ADMIN

OLD, NEW = b"old content\n", b"new content, which is longer\n"


@contextmanager
def files_end_at(octets: int) -> Iterator[None]:
    """No file of this process can grow beyond that: writing stops in the middle, as on a disk that fills up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(OLD)
    return path


def test_a_file_is_replaced_for_its_owner_alone(file: Path) -> None:
    durable_file.replace(file, NEW)
    assert file.read_bytes() == NEW
    assert file.stat().st_mode & 0o777 == 0o600
    assert names(file.parent) == ["file"]


@pytest.mark.parametrize("octets", [0, 1, len(NEW) - 1])
def test_ops_07_a_disk_that_fills_up_leaves_the_old_file_and_nothing_else(file: Path, octets: int) -> None:
    with files_end_at(octets), pytest.raises(StorageUnavailable, match="file cannot be written"):
        durable_file.replace(file, NEW)
    assert file.read_bytes() == OLD
    assert names(file.parent) == ["file"]


def test_ops_07_what_is_not_on_the_disk_is_not_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StorageUnavailable, match="No space left"):
            durable_file.replace(file, NEW)
    assert file.read_bytes() == OLD


def test_appending_keeps_what_was_there_and_tells_when_it_got_only_half_the_way(file: Path) -> None:
    with files_end_at(len(OLD) + 3), pytest.raises(StorageUnavailable, match="cannot be written"):
        durable_file.append(file, NEW)
    assert file.read_bytes() == OLD + NEW[:3]
    durable_file.append(file, NEW)
    assert file.read_bytes() == OLD + NEW[:3] + NEW


def test_ops_07_a_checkpoint_that_got_half_the_way_is_written_again(ctx: Context) -> None:
    assert write_checkpoint(ctx)
    (path,) = ctx.config.checkpoints.glob("*.jsonl")
    create_token(ctx, ADMIN, "more", Role.AUDITOR, Duration.parse("P1D"))
    with files_end_at(path.stat().st_size + 20), pytest.raises(StorageUnavailable, match="cannot be written"):
        write_checkpoint(ctx)
    assert verify_audit(ctx, ADMIN).checkpoints == 1
    assert write_checkpoint(ctx)
    report = verify_audit(ctx, ADMIN)
    assert (report.valid, report.checkpoints) == (True, 2)


def _key_file(folder: Path) -> object:
    return create_key_file(folder / "master.key", SystemEntropy())


def _keystore(folder: Path) -> object:
    return create_keystore(folder / "keystore.db", KeyFile(folder / "kept.key"), entropy=SystemEntropy())


@pytest.mark.parametrize("make", [_key_file, _keystore])
def test_ops_07_a_key_or_keystore_is_made_whole_or_not_at_all(tmp_path: Path, make: Callable[[Path], object]) -> None:
    create_key_file(tmp_path / "kept.key", SystemEntropy())
    with files_end_at(30), pytest.raises(HomeUnusable, match="cannot be created"):
        make(tmp_path)
    assert names(tmp_path) == ["kept.key"]
    assert make(tmp_path)


def test_ops_07_the_remembered_port_survives_a_full_disk(tmp_path: Path) -> None:
    settings = load(tmp_path, {})
    home.remember_port(settings, "status", 8081)
    with files_end_at(2), pytest.raises(StorageUnavailable, match="cannot be written"):
        home.remember_port(settings, "status", 9081)
    assert home.read_remembered_ports(settings) == {"status": 8081}
