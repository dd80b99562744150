"""One scheduled backup to a target: it is written, test-restored if that is due, and old backups are pruned."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from pki_manager.archive.keys import KEY_SIZE, BackupIdentities, DecryptionKey, Passphrase, derive_recipients
from pki_manager.authority.installation.backup_schedule import is_restore_test_due, record_restore_test
from pki_manager.authority.installation.backups import BackupFile
from pki_manager.bootstrap import Installation
from pki_manager.bootstrap.backup_targets import create_in_target, get_encryption_key, prune_target, store_of
from pki_manager.bootstrap.restore_test import BackupInterrupted, RestoreResult, run_restore_test
from pki_manager.domain.errors import PkiError
from pki_manager.domain.rights.actor import Actor
from pki_manager.settings import Settings
from pki_manager.settings.backup import BackupTarget
from pki_manager.system import SystemEntropy


def run_scheduled_backup(
    installation: Installation, actor: Actor, target: BackupTarget, is_stopping: Callable[[], bool]
) -> str | None:
    """Write a backup to a target and prune old backups. Return why a due test restore failed, or None.

    For a test restore, the backup is also encrypted for a key that exists only in the memory of this process until the
    end of the test, because the server does not have the private keys of the recipients. Raises BackupInterrupted if
    `is_stopping` returns True. Other errors as `create_backup`.
    """
    test_key = _test_key(target) if is_restore_test_due(installation.ctx, actor, target.name) else None
    also_for = derive_recipients(test_key) if isinstance(test_key, BackupIdentities) else None

    def watch(_table: str, _rows: int) -> None:
        if is_stopping():
            raise BackupInterrupted("The backup was interrupted.")

    _, backup = create_in_target(installation, actor, target, progress=watch, also_for=also_for)
    reason = None
    if test_key is not None:
        result = _test(installation.settings, target, backup, test_key, is_stopping)
        reason = result.reason
        record_restore_test(installation.ctx, actor, target.name, backup.id, rows=result.rows, reason=reason)
    prune_target(installation, actor, target)
    return reason


def _test_key(target: BackupTarget) -> DecryptionKey:
    key = get_encryption_key(target)
    return key if isinstance(key, Passphrase) else BackupIdentities((SystemEntropy().token(KEY_SIZE),))


def _test(
    settings: Settings,
    target: BackupTarget,
    backup: BackupFile,
    key: DecryptionKey,
    is_stopping: Callable[[], bool],
) -> RestoreResult:
    """Read the backup back from its target and test-restore it, so that the test covers what the target stored."""
    try:
        with (
            tempfile.TemporaryDirectory(prefix="pkim-backup-", ignore_cleanup_errors=True) as scratch,
            store_of(settings, target).read(backup.name, Path(scratch)) as path,
        ):
            return run_restore_test(path, key, Path(scratch), is_stopping)
    except PkiError as error:
        return RestoreResult(0, error.detail)
