"""Backups in the configured targets: created, listed, and pruned."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from pki_manager.archive.keys import EncryptionKey, Recipients, parse_passphrase, parse_recipients
from pki_manager.authority.installation.backup_schedule import list_restore_tests
from pki_manager.authority.installation.backups import BackupFile, list_last_backups, record_pruning, require_backup
from pki_manager.bootstrap import CLOCK, Installation
from pki_manager.bootstrap.backup import Progress, open_new_file, write_backup
from pki_manager.bootstrap.backup_stores import BackupStore, DirectoryStore, StoredBackup, build_file_name, list_backups
from pki_manager.bootstrap.outbound import make_outbound
from pki_manager.domain.errors import InvalidInput, NotFound
from pki_manager.domain.rights.actor import Actor
from pki_manager.outbound.s3 import Bucket, S3Store
from pki_manager.outbound.signed_request import AccessKey
from pki_manager.settings import Settings
from pki_manager.settings.backup import BackupTarget
from pki_manager.signers.private_file import read_private


def find_target(settings: Settings, name: str) -> BackupTarget:
    """Return a backup target. Raises NotFound if the settings have none with this name."""
    found = next((target for target in settings.backup_targets if target.name == name), None)
    if found is None:
        raise NotFound(f"Backup target {name!r} not found. Targets are set by [[backup_targets]] in pki-manager.toml.")
    return found


def store_of(settings: Settings, target: BackupTarget) -> BackupStore:
    """Return the storage of a target. Raises HomeUnusable if the file of its secret cannot be read."""
    if target.path is not None:
        return DirectoryStore(target.name, target.path)
    secret = read_private(target.secret_access_key_file or Path(), "secret access key file")
    bucket = Bucket(
        target=target.name,
        endpoint=target.endpoint or "",
        name=target.bucket or "",
        prefix=target.prefix,
        credentials=AccessKey(
            access_key_id=target.access_key_id or "",
            secret_access_key=secret.decode("utf-8", "replace").strip(),
            region=target.region,
        ),
        ca_file=target.ca_file,
    )
    return S3Store(bucket, make_outbound(settings, CLOCK), CLOCK)


class TargetBackup(NamedTuple):
    """A backup that was written to a target: its path or URL, and the facts about its file."""

    place: str
    backup: BackupFile


def create_in_target(
    installation: Installation,
    actor: Actor,
    target: BackupTarget,
    *,
    progress: Progress,
    also_for: Recipients | None = None,
) -> TargetBackup:
    """Write a backup to a new file of the target.

    `also_for` are further recipients, used if the target encrypts to recipients. Raises InvalidInput for an unusable
    key. Other errors as `create_backup`.
    """
    key, ports = get_encryption_key(target), installation.ctx.ports
    if also_for is not None and isinstance(key, Recipients):
        key = Recipients((*key.keys, *also_for.keys))
    store, name = store_of(installation.settings, target), build_file_name(ports.clock.now(), ports.entropy.token(4))
    made = write_backup(
        installation, actor, lambda: store.new_file(name), name, key, target=target.name, progress=progress
    )
    return TargetBackup(store.place_of(name), made)


def list_stored(settings: Settings, target: BackupTarget) -> Sequence[StoredBackup]:
    """Return the backups of a target, newest first. Raises StorageUnavailable if its storage fails."""
    return list_backups(target.name, store_of(settings, target))


def download(settings: Settings, target: BackupTarget, name: str, path: Path) -> int:
    """Copy a backup from a target to a new file. Returns its size in octets.

    Raises NotFound if the target has no such backup; Conflict if the file exists; StorageUnavailable if the storage or
    the file fails.
    """
    store = store_of(settings, target)
    if not any(one.name == name for one in list_backups(target.name, store)):
        raise NotFound(f"Backup {name!r} not found in target {target.name!r}. `pkim backup list` shows all of them.")
    with (
        open_new_file(path) as out,
        TemporaryDirectory(prefix=".pkim-", dir=path.parent) as scratch,
        store.read(name, Path(scratch)) as source,
    ):
        with source.open("rb") as content:
            shutil.copyfileobj(content, out)
        return out.tell()


def prune_target(installation: Installation, actor: Actor, target: BackupTarget) -> Sequence[StoredBackup]:
    """Delete all but the newest `backup_keep` backups of a target. Returns those that were deleted.

    The last good backup always stays. Nothing is deleted if its file is missing or has another size than the audit log
    says, or if the last test restore failed. Raises Forbidden without the permission; StorageUnavailable if the storage
    fails.
    """
    require_backup(actor)
    stored = list_stored(installation.settings, target)
    last = list_last_backups(installation.ctx, actor).get(target.name)
    if last is None or not any((one.name, one.octets) == (last.name, last.octets) for one in stored):
        return ()
    test = list_restore_tests(installation.ctx, actor).get(target.name)
    if test is not None and test.reason is not None:
        return ()
    store = store_of(installation.settings, target)
    # Names of the same second have no order: the last one is known by the audit log, and counts among those that stay.
    pruned = [one for one in stored if one.name != last.name][installation.settings.backup_keep - 1 :]
    for one in pruned:
        record_pruning(installation.ctx, actor, target.name, one.name)
        store.delete(one.name)
    return pruned


def get_encryption_key(target: BackupTarget) -> EncryptionKey:
    """Return the key that backups of a target are encrypted with.

    Raises InvalidInput if the key is not usable; HomeUnusable if the passphrase file cannot be read.
    """
    if target.passphrase_file is not None:
        return parse_passphrase(read_private(target.passphrase_file, "passphrase file"), "passphrase_file")
    path = target.recipient_file or Path()
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{str(path)!r} cannot be read: {error.strerror}"
        raise InvalidInput.of("recipient_file", "file.read", message) from None
    return parse_recipients(content, "recipient_file")
