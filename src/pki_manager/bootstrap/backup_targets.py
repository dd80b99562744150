"""Backups in the configured targets: created, listed, and pruned."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pki_manager.archive.keys import EncryptionKey, Recipients, parse_passphrase, parse_recipients
from pki_manager.authority.installation.backup_schedule import list_restore_tests
from pki_manager.authority.installation.backups import BackupFile, list_last_backups, record_pruning, require_backup
from pki_manager.bootstrap import Installation
from pki_manager.bootstrap.backup import Progress, write_backup
from pki_manager.bootstrap.backup_stores import BackupStore, DirectoryStore, StoredBackup, file_name, list_backups
from pki_manager.domain.errors import InvalidInput, NotFound
from pki_manager.domain.rights.actor import Actor
from pki_manager.settings import Settings
from pki_manager.settings.backup import BackupTarget
from pki_manager.signers.private_file import read_private


def find_target(settings: Settings, name: str) -> BackupTarget:
    """Return a backup target. Raises NotFound."""
    found = next((target for target in settings.backup_targets if target.name == name), None)
    if found is None:
        raise NotFound(f"Backup target {name!r} not found. Targets are set by [[backup_targets]] in pki-manager.toml.")
    return found


def store_of(target: BackupTarget) -> BackupStore:
    """Return the storage of a target."""
    return DirectoryStore(target.name, target.path)


class TargetBackup(NamedTuple):
    """The place of a backup in a target, and what it contains."""

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
    """Write a backup to a new file of the target; `also_for` are further recipients where the target has such.

    Raises as `create_backup`, and InvalidInput for an unusable key.
    """
    key, ports = encryption_key(target), installation.ctx.ports
    if also_for is not None and isinstance(key, Recipients):
        key = Recipients((*key.keys, *also_for.keys))
    store, name = store_of(target), file_name(ports.clock.now(), ports.entropy.token(4))
    made = write_backup(
        installation, actor, lambda: store.new_file(name), name, key, target=target.name, progress=progress
    )
    return TargetBackup(store.place_of(name), made)


def list_stored(target: BackupTarget) -> Sequence[StoredBackup]:
    """Return the backups of a target, newest first. Raises StorageUnavailable."""
    return list_backups(target.name, store_of(target))


def prune_target(installation: Installation, actor: Actor, target: BackupTarget) -> Sequence[StoredBackup]:
    """Delete all but the newest `backup_keep` backups of a target. Returns those that were deleted.

    The last good backup always stays. Nothing is deleted if its file is missing or has another size than the audit log
    says, or if the last test restore failed. Raises Forbidden, StorageUnavailable.
    """
    require_backup(actor)
    stored = list_stored(target)
    last = list_last_backups(installation.ctx, actor).get(target.name)
    if last is None or not any((one.name, one.octets) == (last.name, last.octets) for one in stored):
        return ()
    test = list_restore_tests(installation.ctx, actor).get(target.name)
    if test is not None and test.reason is not None:
        return ()
    store = store_of(target)
    pruned = [one for one in stored[installation.settings.backup_keep :] if one.name != last.name]
    for one in pruned:
        record_pruning(installation.ctx, actor, target.name, one.name)
        store.delete(one.name)
    return pruned


def encryption_key(target: BackupTarget) -> EncryptionKey:
    """Return the key that backups of a target are encrypted with. Raises InvalidInput, HomeUnusable."""
    if target.passphrase_file is not None:
        return parse_passphrase(read_private(target.passphrase_file, "passphrase file"), "passphrase_file")
    path = target.recipient_file or Path()
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{str(path)!r} cannot be read: {error.strerror}"
        raise InvalidInput.of("recipient_file", "file.read", message) from None
    return parse_recipients(content, "recipient_file")
