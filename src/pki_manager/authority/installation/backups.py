"""Backups and copies in the audit log, and the last successful one of each target."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.recovery import begin_recovery
from pki_manager.domain.events.audit import BackupCreated, BackupPruned, BackupRestored, DatabaseCopied, Outcome
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission

FILE = "file"
"""The target name of backups that the command line wrote to a file."""

_KEY = "backup.last"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupFile:
    """An encrypted backup. `time` is the moment whose data it contains (RFC 3339); `sha256` is lower-case hex."""

    id: str
    time: str
    name: str
    sha256: str
    octets: int

    @property
    def created_at(self) -> datetime:
        return datetime.fromisoformat(self.time)


def require_backup(actor: Actor) -> None:
    """Raise Forbidden without permission to create backups: each contains every key and every record."""
    access.require(actor, Permission.BACKUP_CREATE)


def record_backup(ctx: Context, actor: Actor, target: str, file: BackupFile) -> None:
    """Record a finished backup as the last successful one of its target. Raises Forbidden without permission."""
    require_backup(actor)
    with ctx.ports.storage.begin(actor) as uow:
        last = _parse(uow.meta.get(_KEY)) | {target: file}
        uow.meta.put(_KEY, json.dumps({name: asdict(one) for name, one in last.items()}))
        uow.record(BackupCreated(object_id=file.id, target=target, sha256=file.sha256, octets=file.octets))


def record_failure(ctx: Context, actor: Actor, target: str, backup_id: str, reason: str) -> None:
    """Record a failed backup with its reason. Raises Forbidden without permission."""
    with ctx.ports.storage.begin(actor) as uow:
        event = BackupCreated(
            object_id=backup_id, outcome=Outcome.FAILED, reason=reason, target=target, sha256="", octets=0
        )
        uow.record(event)


def record_pruning(ctx: Context, actor: Actor, target: str, file: str) -> None:
    """Record that a backup is about to be deleted from a target. Raises Forbidden without permission."""
    require_backup(actor)
    with ctx.ports.storage.begin(actor) as uow:
        uow.record(BackupPruned(object_id=target, file=file))


def record_restore(ctx: Context, actor: Actor, *, backup_id: str, time: str, node: str) -> None:
    """Record that this installation was restored, and enter the recovery state. Raises Forbidden without permission."""
    require_backup(actor)
    reason = f"The installation was restored from a backup of {time}."
    with ctx.ports.storage.begin(actor) as uow:
        begin_recovery(ctx, uow, since=datetime.fromisoformat(time), reason=reason)
        uow.record(BackupRestored(object_id=backup_id, backup_time=time, backup_node=node))


def record_copy(ctx: Context, actor: Actor, target: str) -> None:
    """Record a copy of the database. `target` is a URL without a password. Raises Forbidden without permission."""
    require_backup(actor)
    with ctx.ports.storage.begin(actor) as uow:
        uow.record(DatabaseCopied(object_id="installation", target=target))


def list_last_backups(ctx: Context, actor: Actor) -> Mapping[str, BackupFile]:
    """Return the last successful backup of each target that has received one. Raises Forbidden without permission."""
    access.require(actor, Permission.METRICS_READ)
    with ctx.ports.storage.read() as reader:
        return _parse(reader.meta.get(_KEY))


def find_last_success(ctx: Context, actor: Actor) -> datetime | None:
    """Return the time of the last successful backup.

    With targets in the settings, it is the earliest of their last ones. None if there was no backup, or if a target has
    none. Raises Forbidden without permission.
    """
    found = list_last_backups(ctx, actor)
    targets = ctx.config.backup_targets
    if not targets:
        return max((file.created_at for file in found.values()), default=None)
    if not found.keys() >= set(targets):
        return None
    return min(found[target].created_at for target in targets)


def _parse(text: str | None) -> dict[str, BackupFile]:
    return {name: BackupFile(**fields) for name, fields in json.loads(text or "{}").items()}
