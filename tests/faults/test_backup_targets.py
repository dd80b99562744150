"""Backup targets: a directory keeps the newest backups, and never loses the last good one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from pki_manager.authority.installation.backups import BackupFile, find_last_success
from pki_manager.bootstrap import Installation, initialize, open_installation
from pki_manager.bootstrap.backup import create_backup, ignore_progress
from pki_manager.bootstrap.backup_targets import create_in_target, download, find_target, list_stored, prune_target
from pki_manager.domain.errors import ConfigurationInvalid, NotFound, StorageUnavailable
from pki_manager.settings import load
from pki_manager.settings.backup import BackupTarget
from tests.support.backups import RECIPIENTS, restored
from tests.support.factories import ADMIN

RECIPIENT = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"


def target_table(folder: Path, name: str = "disk", **changes: str) -> dict[str, str]:
    table = {"name": name, "kind": "directory", "path": str(folder), "recipient_file": str(folder.parent / "recipient")}
    return table | changes


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("targets")
    (folder / "recipient").write_text(RECIPIENT)
    (folder / "disk").mkdir()
    tables = [target_table(folder / "disk"), target_table(folder / "away", "away")]
    environ = {"PKIM_BACKUP_TARGETS": json.dumps(tables), "PKIM_BACKUP_KEEP": "2"}
    initialize(load(folder / "home", environ), None)
    installation = open_installation(load(folder / "home", environ), slot="test")
    yield installation
    installation.close()


@pytest.fixture
def disk(opened: Installation) -> Iterator[BackupTarget]:
    target = find_target(opened.settings, "disk")
    yield target
    for path in folder_of(target).iterdir():
        path.unlink()


def folder_of(target: BackupTarget) -> Path:
    assert target.path is not None
    return target.path


def put(target: BackupTarget, day: int) -> Path:
    path = folder_of(target) / f"pkim-202601{day:02}T000000Z-00000000.age"
    path.write_bytes(b"content")
    return path


def write(installation: Installation, target: BackupTarget) -> tuple[Path, BackupFile]:
    place, backup = create_in_target(installation, ADMIN, target, progress=ignore_progress)
    return Path(place), backup


def test_a_target_keeps_the_newest_backups(opened: Installation, disk: BackupTarget) -> None:
    old = [put(disk, day) for day in (1, 2, 3)]
    other = folder_of(disk) / "notes.txt"
    other.touch()
    path, made = write(opened, disk)
    assert [Path(one.place) for one in list_stored(opened.settings, disk)] == [path, *reversed(old)]
    assert [Path(one.place) for one in prune_target(opened, ADMIN, disk)] == [old[1], old[0]]
    assert sorted(folder_of(disk).iterdir()) == sorted([path, old[2], other])
    assert path.stat().st_size == made.octets
    with opened.ctx.ports.storage.read() as reader:
        events = [event.body for head in reader.audit.list_heads() for event in reader.audit.iterate_chain(head.chain)]
    pruned = [body for body in events if b'"backup.pruned"' in body]
    assert all(any(one.name.encode() in body for body in pruned) for one in old[:2])


def test_the_last_good_backup_is_never_deleted(opened: Installation, disk: BackupTarget) -> None:
    path, _ = write(opened, disk)
    later = [folder_of(disk) / f"pkim-2099010{day}T000000Z-00000000.age" for day in (1, 2, 3)]
    for one in later:
        one.write_bytes(b"content")
    prune_target(opened, ADMIN, disk)
    assert path.exists()
    assert not later[0].exists()


def test_the_last_backup_counts_among_those_that_stay_though_others_have_its_time(
    opened: Installation, disk: BackupTarget
) -> None:
    last, _ = write(opened, disk)
    beside = [last.with_name(f"{last.name.rpartition('-')[0]}-{end}.age") for end in ("fffffffe", "ffffffff")]
    for one in beside:
        one.write_bytes(b"content")
    prune_target(opened, ADMIN, disk)
    assert sorted(folder_of(disk).iterdir()) == sorted([last, beside[1]])


def test_a_backup_is_copied_from_its_target_as_it_is(opened: Installation, disk: BackupTarget, tmp_path: Path) -> None:
    path, made = write(opened, disk)
    assert download(opened.settings, disk, path.name, tmp_path / "copy.age") == made.octets
    assert (tmp_path / "copy.age").read_bytes() == path.read_bytes()
    with pytest.raises(NotFound, match="not found in target 'disk'"):
        download(opened.settings, disk, "pkim-20260101T000000Z-00000000.age", tmp_path / "other.age")
    assert not (tmp_path / "other.age").exists()


@pytest.mark.parametrize("change", ["missing", "cut"])
def test_nothing_is_deleted_without_the_last_good_backup(change: str, opened: Installation, disk: BackupTarget) -> None:
    path, _ = write(opened, disk)
    old = [put(disk, day) for day in (1, 2, 3)]
    if change == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1])
    assert prune_target(opened, ADMIN, disk) == ()
    assert all(one.exists() for one in old)


def test_an_unavailable_target_is_named(opened: Installation) -> None:
    away = find_target(opened.settings, "away")
    with pytest.raises(StorageUnavailable, match="'away' is unavailable"):
        list_stored(opened.settings, away)
    with pytest.raises(StorageUnavailable, match="cannot be written: No such file or directory"):
        create_in_target(opened, ADMIN, away, progress=ignore_progress)
    with pytest.raises(NotFound, match=r"Backup target .* not found"):
        find_target(opened.settings, "unknown")


def test_the_last_success_is_that_of_the_target_that_is_behind(opened: Installation, disk: BackupTarget) -> None:
    create_in_target(opened, ADMIN, disk, progress=ignore_progress)
    assert find_last_success(opened.ctx, ADMIN) is None, "the other target has none"
    at = create_backup(opened, ADMIN, folder_of(disk) / "away.age", RECIPIENTS, target="away")
    create_in_target(opened, ADMIN, disk, progress=ignore_progress)
    assert find_last_success(opened.ctx, ADMIN) == datetime.fromisoformat(at.time)


def test_a_backup_in_a_target_is_for_its_recipients_alone(opened: Installation, disk: BackupTarget) -> None:
    path, _ = write(opened, disk)
    with pytest.raises(Exception, match="does not decrypt"):
        restored(path, path.parent / "home")


@pytest.mark.parametrize(
    "changes",
    [
        {"passphrase_file": "/etc/secret"},
        {"recipient_file": ""},
        {"kind": "s3"},
        {"path": ""},
        {"bucket": "pki"},
        {"path": "relative"},
        {"name": "a/b"},
    ],
    ids=["two keys", "no key", "kind", "no path", "setting of another kind", "relative path", "name"],
)
def test_an_impossible_target_is_refused_at_the_start(changes: dict[str, str], tmp_path: Path) -> None:
    table = {name: value for name, value in target_table(tmp_path / "disk", **changes).items() if value}
    with pytest.raises(ConfigurationInvalid, match="backup_targets"):
        load(tmp_path / "home", {"PKIM_BACKUP_TARGETS": json.dumps([table])})


def test_a_passphrase_beside_the_backups_is_refused(tmp_path: Path) -> None:
    table = target_table(tmp_path, passphrase_file=str(tmp_path / "secret"), recipient_file="")
    table.pop("recipient_file")
    with pytest.raises(ConfigurationInvalid, match="inside the directory"):
        load(tmp_path / "home", {"PKIM_BACKUP_TARGETS": json.dumps([table])})


def test_two_targets_of_one_name_are_refused(tmp_path: Path) -> None:
    tables = [target_table(tmp_path), target_table(tmp_path)]
    with pytest.raises(ConfigurationInvalid, match="two targets"):
        load(tmp_path / "home", {"PKIM_BACKUP_TARGETS": json.dumps(tables)})
