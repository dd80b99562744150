"""The recovery state: the database is an older copy, and an administrator must add the changes made after it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.disk import PartState
from pki_manager.domain.errors import Conflict, PkiError
from pki_manager.domain.rights.actor import Actor, ActorKind
from pki_manager.ports.unit_of_work import Reader, UnitOfWork

STATE = "recovery"

_KEY = "recovery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """A recovery in progress. The changes between `since` and `begun_at` (RFC 3339) are missing.

    Certificates that were added during the recovery have IDs after `marker`. `imported` and `revoked` count the
    additions.
    """

    since: str
    begun_at: str
    marker: str
    reason: str
    imported: int = 0
    revoked: int = 0

    @property
    def begin_of_window(self) -> datetime:
        return datetime.fromisoformat(self.since)

    @property
    def first_id(self) -> UUID:
        return UUID(self.marker)


def begin_recovery(ctx: Context, uow: UnitOfWork, *, since: datetime, reason: str) -> None:
    """Enter the recovery state in this unit of work, which found that changes after `since` are missing."""
    now = ctx.ports.clock.now()
    recovery = Recovery(since=since.isoformat(), begun_at=now.isoformat(), marker=str(ctx.new_id()), reason=reason)
    put_recovery(uow, recovery)
    ctx.state.in_recovery.set()


def put_recovery(uow: UnitOfWork, recovery: Recovery | None) -> None:
    """Store the recovery state. None ends it."""
    uow.meta.put(_KEY, "" if recovery is None else json.dumps(asdict(recovery)))


def read_recovery(reader: Reader) -> Recovery | None:
    """Return the recovery in progress, if any."""
    text = reader.meta.get(_KEY)
    return Recovery(**json.loads(text)) if text else None


def load_recovery(ctx: Context) -> Recovery | None:
    """Return the recovery in progress, and record in this process whether issuance must check for one.

    Raises StorageUnavailable if the database is unavailable.
    """
    with ctx.ports.storage.read() as reader:
        recovery = read_recovery(reader)
    if recovery is None:
        ctx.state.in_recovery.clear()
    else:
        ctx.state.in_recovery.set()
    return recovery


def require_issuing(ctx: Context, actor: Actor) -> None:
    """Raise Conflict in the recovery state, except for certificates that the server issues for itself.

    The database is read only if this process last found the installation in recovery. Raises StorageUnavailable if that
    is impossible.
    """
    if not ctx.state.in_recovery.is_set() or actor.kind is ActorKind.SYSTEM or load_recovery(ctx) is None:
        return
    raise Conflict(
        "The installation is in recovery and issues no certificates. Run `pkim recover status` on the host of the "
        "server, add what is missing, then run `pkim recover finish`."
    )


def get_recovery_state(ctx: Context) -> PartState:
    """Return the component state: `recovery`, or `ok` (also if it cannot be read). Never raises."""
    try:
        recovery = load_recovery(ctx)
    except PkiError:
        return PartState("ok")
    if recovery is None:
        return PartState("ok")
    reason = f"Changes since {recovery.since} are missing. Run `pkim recover status`."
    return PartState(STATE, reason, is_public=True)
