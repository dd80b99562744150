"""Backups in the configured targets: created, listed, and pruned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pki_manager.archive.keys import EncryptionKey, parse_passphrase, parse_recipients
from pki_manager.authority.installation.backups import BackupFile, list_last_backups, record_pruning, require_backup
from pki_manager.bootstrap import Installation
from pki_manager.bootstrap.backup import Progress, create_backup
from pki_manager.domain.errors import InvalidInput, NotFound, StorageUnavailable
from pki_manager.domain.rights.actor import Actor
from pki_manager.settings import Settings
from pki_manager.settings.backup import BackupTarget
from pki_manager.signers.private_file import read_private

_NAME = re.compile(r"pkim-(\d{8}T\d{6}Z)-[0-9a-f]{8}\.age", re.ASCII)
_TIME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBackup:
    """A complete file in a target. `created_at` is when the backup was started."""

    target: str
    path: Path
    created_at: datetime
    octets: int


def find_target(settings: Settings, name: str) -> BackupTarget:
    """Return a backup target. Raises NotFound."""
    found = next((target for target in settings.backup_targets if target.name == name), None)
    if found is None:
        raise NotFound(f"Backup target {name!r} not found. Targets are set by [[backup_targets]] in pki-manager.toml.")
    return found


class TargetBackup(NamedTuple):
    """The file of a backup in a target, and what it contains."""

    path: Path
    backup: BackupFile


def create_in_target(
    installation: Installation, actor: Actor, target: BackupTarget, *, progress: Progress
) -> TargetBackup:
    """Write a backup to a new file of the target. Raises as `create_backup`, and InvalidInput for an unusable key."""
    key, ctx = _key(target), installation.ctx
    name = f"pkim-{ctx.ports.clock.now().astimezone(UTC):{_TIME}}-{ctx.ports.entropy.token(4).hex()}.age"
    path = target.path / name
    return TargetBackup(path, create_backup(installation, actor, path, key, target=target.name, progress=progress))


def list_stored(target: BackupTarget) -> Sequence[StoredBackup]:
    """Return the backups of a target, newest first. Raises StorageUnavailable."""
    try:
        entries = [
            (path, match, path.stat()) for path in target.path.iterdir() if (match := _NAME.fullmatch(path.name))
        ]
    except OSError as error:
        raise StorageUnavailable(f"Backup target {target.name!r} is unavailable: {error.strerror}.") from error
    found = [
        StoredBackup(
            target=target.name,
            path=path,
            created_at=datetime.strptime(match[1], _TIME).replace(tzinfo=UTC),
            octets=info.st_size,
        )
        for path, match, info in entries
    ]
    return sorted(found, key=lambda one: (one.created_at, one.path.name), reverse=True)


def prune_target(installation: Installation, actor: Actor, target: BackupTarget) -> Sequence[StoredBackup]:
    """Delete all but the newest `backup_keep` backups of a target. Returns those that were deleted.

    The last good backup always stays. Nothing is deleted if its file is missing or has another size than the audit log
    says. Raises Forbidden, StorageUnavailable.
    """
    require_backup(actor)
    stored = list_stored(target)
    last = list_last_backups(installation.ctx, actor).get(target.name)
    if last is None or not any((one.path.name, one.octets) == (last.name, last.octets) for one in stored):
        return ()
    pruned = [one for one in stored[installation.settings.backup_keep :] if one.path.name != last.name]
    for one in pruned:
        record_pruning(installation.ctx, actor, target.name, one.path.name)
        try:
            one.path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageUnavailable(f"{one.path} cannot be deleted: {error.strerror}.") from error
    return pruned


def _key(target: BackupTarget) -> EncryptionKey:
    if target.passphrase_file is not None:
        return parse_passphrase(read_private(target.passphrase_file, "passphrase file"), "passphrase_file")
    path = target.recipient_file or Path()
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{str(path)!r} cannot be read: {error.strerror}"
        raise InvalidInput.of("recipient_file", "file.read", message) from None
    return parse_recipients(content, "recipient_file")
