"""Refused operations in the audit log: the first of each kind at once, repeats as one event a minute with a count.

A caller can cause any number of refusals. To keep them from filling the disk, a process records at most `MAX_KINDS` at
once between two calls of `flush_refusals`, and that call records at most as many counts.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.repeat_counter import RefusalKind
from pki_manager.domain.errors import Fault, Forbidden, PartUnavailable, PkiError, StorageUnavailable
from pki_manager.domain.events.audit import AccessDenied, AuditEvent, OperationRefused, Outcome
from pki_manager.domain.rights.actor import Actor

MAX_TARGET = 200
"""Maximum number of characters stored of an object name that a caller sent."""

_log = logging.getLogger(__name__)


def record_refusal(ctx: Context, actor: Actor, operation: str, target: str, error: PkiError) -> None:
    """Record in the audit log that `operation` on `target` (as the caller named it) failed with `error`.

    Does nothing if the use case has already recorded the error, or while the database is unavailable. Never raises,
    because the caller must pass on `error`.
    """
    if error.audited or isinstance(error, StorageUnavailable):
        return
    error.audited = True
    rule = error.rule if isinstance(error, Forbidden) else None
    kind = RefusalKind(replace(actor, request_id=None), operation, type(error), rule)
    if not ctx.state.refusals.is_first(kind):
        return
    try:
        _record(ctx, actor, kind, target[:MAX_TARGET], 1)
    except PkiError:
        _log.exception("refusal not written to the audit log")


def flush_refusals(ctx: Context) -> None:
    """Store the numbers of repeats since the last call, as one event for each kind.

    Raises StorageUnavailable if the database is unavailable; repeats that were not stored stay counted.
    """
    waiting = dict(ctx.state.refusals.drain())
    try:
        while waiting:
            kind, times = next(iter(waiting.items()))
            _record(ctx, kind.actor, kind, "", times)
            del waiting[kind]
    finally:
        for kind, times in waiting.items():
            ctx.state.refusals.put_back(kind, times)


def _record(ctx: Context, actor: Actor, kind: RefusalKind, target: str, times: int) -> None:
    with ctx.ports.storage.begin(actor) as uow:
        uow.record(_event(kind, target, times))


def _event(kind: RefusalKind, target: str, times: int) -> AuditEvent:
    operation, reason = kind.operation, kind.error.code
    if issubclass(kind.error, Forbidden):
        return AccessDenied(
            object_id=operation, outcome=Outcome.REFUSED, reason=reason, target=target, times=times, rule=kind.rule
        )
    outcome = Outcome.FAILED if issubclass(kind.error, PartUnavailable | Fault) else Outcome.REFUSED
    return OperationRefused(object_id=operation, outcome=outcome, reason=reason, target=target, times=times)
