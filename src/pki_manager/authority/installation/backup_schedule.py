"""When scheduled backups and their test restores are due, and whether they happen in time."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from pki_manager.authority.installation.backups import BackupFile, list_last_backups, require_backup
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.disk import PartState
from pki_manager.domain.errors import PkiError
from pki_manager.domain.events.audit import BackupVerified, Outcome
from pki_manager.domain.rights.actor import Actor, build_system_actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission

OVERDUE = 2
"""Number of intervals: a backup is overdue if the last one of a target is older than this."""

_KEY = "backup.verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreTest:
    """The last test restore from a target. `reason` is why it failed; `passed_at` is when one last passed."""

    backup_id: str
    ended_at: str
    passed_at: str | None
    reason: str | None


def is_backup_due(ctx: Context, actor: Actor, target: str) -> bool:
    """Return whether a scheduled backup of a target is due. Raises Forbidden without permission.

    A last backup with a time in the future is ignored.
    """
    interval, last = ctx.config.backup_interval, list_last_backups(ctx, actor).get(target)
    return interval is not None and (last is None or _is_over(ctx, last.created_at, interval))


def is_restore_test_due(ctx: Context, actor: Actor, target: str) -> bool:
    """Return whether a target's next scheduled backup needs a test restore. Raises Forbidden without permission."""
    test = list_restore_tests(ctx, actor).get(target)
    if test is None or test.passed_at is None or test.reason is not None:
        return True
    return _is_over(ctx, datetime.fromisoformat(test.passed_at), ctx.config.backup_verify_interval)


def list_restore_tests(ctx: Context, actor: Actor) -> dict[str, RestoreTest]:
    """Return the last test restore of each target that had one. Raises Forbidden without permission."""
    access.require(actor, Permission.METRICS_READ)
    with ctx.ports.storage.read() as reader:
        return _parse(reader.meta.get(_KEY))


def record_restore_test(
    ctx: Context, actor: Actor, target: str, backup_id: str, *, rows: int, reason: str | None
) -> None:
    """Record that a backup was test-restored. `reason` is why that failed; None if it passed.

    Raises Forbidden without permission to create backups.
    """
    require_backup(actor)
    now = ctx.ports.clock.now().isoformat()
    outcome = Outcome.SUCCESS if reason is None else Outcome.FAILED
    with ctx.ports.storage.begin(actor) as uow:
        tests = _parse(uow.meta.get(_KEY))
        passed_at = now if reason is None else None
        if reason is not None and target in tests:
            passed_at = tests[target].passed_at
        tests[target] = RestoreTest(backup_id=backup_id, ended_at=now, passed_at=passed_at, reason=reason)
        uow.meta.put(_KEY, json.dumps({name: asdict(test) for name, test in tests.items()}))
        uow.record(BackupVerified(object_id=backup_id, outcome=outcome, reason=reason, target=target, rows=rows))


def find_last_restore_test(ctx: Context, actor: Actor) -> datetime | None:
    """Return when the last test restore passed; with several targets, the earliest of these times.

    None if a target has none.
    """
    tests = list_restore_tests(ctx, actor)
    passed = [tests[target].passed_at if target in tests else None for target in ctx.config.backup_targets]
    moments = [datetime.fromisoformat(moment) for moment in passed if moment is not None]
    return min(moments) if moments and len(moments) == len(passed) else None


def get_backup_states(ctx: Context) -> dict[str, PartState]:
    """Return for each target whether scheduled backups arrive and can be restored. Never raises.

    States: `ok`, `missing`, `overdue`, or `unrestorable`. The result is empty without a schedule or while the database
    is unavailable.
    """
    interval, reader = ctx.config.backup_interval, build_system_actor("readiness")
    if interval is None:
        return {}
    try:
        last, tests = list_last_backups(ctx, reader), list_restore_tests(ctx, reader)
    except PkiError:
        return {}
    return {
        f"backup:{target}": _state(ctx, interval, target, last.get(target), tests.get(target))
        for target in ctx.config.backup_targets
    }


def _state(
    ctx: Context, interval: timedelta, target: str, last: BackupFile | None, test: RestoreTest | None
) -> PartState:
    if last is None:
        return PartState("missing", f"Backup target {target!r} has no backup yet.")
    if _is_over(ctx, last.created_at, OVERDUE * interval):
        return PartState("overdue", f"The last backup in target {target!r} is from {last.time}.")
    if test is not None and test.reason is not None:
        return PartState("unrestorable", f"Backup {test.backup_id} in target {target!r}: {test.reason}")
    return PartState("ok")


def _is_over(ctx: Context, since: datetime, duration: timedelta) -> bool:
    return not since <= ctx.ports.clock.now() < since + duration


def _parse(text: str | None) -> dict[str, RestoreTest]:
    return {name: RestoreTest(**fields) for name, fields in json.loads(text or "{}").items()}
