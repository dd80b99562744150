"""Scheduled backups, which the leader writes in a separate thread, because a large one takes minutes."""

from __future__ import annotations

import logging
from collections.abc import Callable

from pki_manager.authority.installation.backup_schedule import is_backup_due
from pki_manager.bootstrap import Installation
from pki_manager.bootstrap.restore_test import BackupInterrupted
from pki_manager.bootstrap.scheduled_backup import run_scheduled_backup
from pki_manager.domain.errors import PkiError
from pki_manager.domain.rights.actor import Actor
from pki_manager.settings.backup import BackupTarget

LOOK_EVERY = 5.0
"""Seconds between two checks whether a backup is due."""

PAUSE, LONGEST_PAUSE = 60.0, 3600.0
"""Seconds until a failed backup is retried, doubled with each failure, and their maximum."""

_log = logging.getLogger(__name__)


class ScheduledBackups:
    """Writes scheduled backups, in one thread. The database stores when backups are due, so restarts do not matter."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._look_at = float("-inf")
        self._retry_at: dict[str, float] = {}
        self._failed: dict[str, tuple[int, str]] = {}
        self._unrestorable: dict[str, str] = {}

    @property
    def failure(self) -> str | None:
        """Return the problem of the first target whose last backup failed or cannot be restored, or None."""
        failed = {target: reason for target, (_, reason) in self._failed.copy().items()}
        problems = [*failed.items(), *self._unrestorable.copy().items()]
        return next((f"Backup target {target!r}: {reason}" for target, reason in problems), None)

    def step(self, actor: Actor, is_stopping: Callable[[], bool]) -> None:
        """Write the backups that are due. Never raises."""
        installation, monotonic = self._installation, self._installation.ctx.ports.clock.monotonic
        if installation.settings.backup_interval is None or monotonic() < self._look_at:
            return
        self._look_at = monotonic() + LOOK_EVERY
        for target in installation.settings.backup_targets:
            if not is_stopping() and monotonic() >= self._retry_at.get(target.name, float("-inf")):
                self._attempt(actor, target, is_stopping)

    def _attempt(self, actor: Actor, target: BackupTarget, is_stopping: Callable[[], bool]) -> None:
        try:
            if not is_backup_due(self._installation.ctx, actor, target.name):
                return
            reason = run_scheduled_backup(self._installation, actor, target, is_stopping)
        except BackupInterrupted:
            return
        except Exception as error:  # noqa: BLE001 - nothing may end the worker
            self._postpone(target.name, error)
            return
        self._failed.pop(target.name, None)
        self._unrestorable.pop(target.name, None)
        if reason is not None:
            self._unrestorable[target.name] = reason
            _log.error("backup not restorable", extra={"target": target.name, "reason": reason})

    def _postpone(self, target: str, error: Exception) -> None:
        count = self._failed.get(target, (0, ""))[0] + 1
        reason = error.detail if isinstance(error, PkiError) else type(error).__name__
        self._failed[target] = count, reason
        self._retry_at[target] = self._installation.ctx.ports.clock.monotonic() + min(
            PAUSE * 2 ** min(count - 1, 10), LONGEST_PAUSE
        )
        facts = {"target": target, "failures_in_a_row": count, "reason": reason}
        _log.error("scheduled backup failed", exc_info=error, extra=facts)
