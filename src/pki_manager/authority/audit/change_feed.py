"""The feed of changes that the web UI follows: audit events, reduced to the objects that changed.

A position is the last record of each chain, so it is valid in every process on the same database.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.request_view import is_visible
from pki_manager.domain.errors import InvalidInput, NotFound
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import ANYTHING, Permission, Target
from pki_manager.ports.unit_of_work import Reader

MOST = 500
"""Maximum number of missed events that a reconnecting client receives singly. After more, it reloads everything."""

LONGEST_POSITION = 8192

_READING = {
    "approval": Permission.APPROVAL_READ,
    "ca": Permission.CA_READ,
    "certificate": Permission.CERTIFICATE_READ,
    "issuer_key": Permission.KEY_READ,
    "job": Permission.JOB_READ,
    "key": Permission.KEY_READ,
    "profile": Permission.PROFILE_READ,
    "request": Permission.REQUEST_READ,
    "role": Permission.ROLE_READ,
    "service_account": Permission.USER_READ,
    "session": Permission.SESSION_READ,
    "team": Permission.TEAM_READ,
    "token": Permission.TOKEN_READ,
    "user": Permission.USER_READ,
}
"""The permission to read objects of each kind. All other kinds require the permission to read the audit log."""


@dataclass(frozen=True, slots=True)
class Change:
    """A notice that an object changed. Only the audit log has the details, for users who may read it."""

    kind: str
    id: str
    action: str


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes since a position. `position` is where the next call must continue.

    `missed` is true if there were more changes than returned, or the position is unknown.
    """

    changes: tuple[Change, ...]
    position: str
    missed: bool


def list_changes_since(ctx: Context, actor: Actor, position: str | None) -> Changes:
    """Return changes of objects that the actor may read, in the order of each chain.

    Without a position, returns no changes and the current position. Raises InvalidInput for an invalid position.
    """
    access.require_somewhere(actor, Permission.SELF_READ)
    known = None if position is None else _parsed(position)
    with ctx.ports.storage.read() as reader:
        heads = {head.chain: head.seq for head in reader.audit.list_heads()}
        now = _text(heads)
        if known is None or known == heads:
            return Changes((), now, missed=False)
        new_events = sum(seq - known.get(chain, 0) for chain, seq in heads.items())
        if new_events > MOST or any(heads.get(chain, 0) < seq for chain, seq in known.items()):
            return Changes((), now, missed=True)
        visible = tuple(one for one in _events(reader, known, heads) if _may_know(reader, actor, one))
    return Changes(tuple(dict.fromkeys(visible)), now, missed=False)


def _events(reader: Reader, known: Mapping[str, int], heads: Mapping[str, int]) -> Iterator[Change]:
    for chain, seq in heads.items():
        before = known.get(chain, 0)
        if before < seq:
            for event in islice(reader.audit.iterate_chain(chain, before), seq - before):
                body = json.loads(event.body)
                yield Change(body["object"]["kind"], body["object"]["id"], body["action"])


def _may_know(reader: Reader, actor: Actor, change: Change) -> bool:
    permission = _READING.get(change.kind, Permission.AUDIT_READ)
    return access.is_allowed(actor, permission, ANYTHING) or _is_within(reader, actor, change)


def _is_within(reader: Reader, actor: Actor, change: Change) -> bool:
    """Return whether a limited grant covers the object; False if that can no longer be determined."""
    try:
        if change.kind == "certificate":
            return guard.may_read(reader, actor, reader.certificates.get(UUID(change.id)))
        if change.kind == "request":
            return is_visible(reader, actor, reader.requests.get(UUID(change.id)))
    except (NotFound, ValueError):
        return False
    if change.kind == "profile":
        return access.is_allowed(actor, Permission.PROFILE_READ, Target(profile=change.id))
    return change.kind == "ca" and access.is_allowed(actor, Permission.CA_READ, Target(ca=UUID(change.id)))


def _text(heads: Mapping[str, int]) -> str:
    return base64.urlsafe_b64encode(json.dumps(heads, separators=(",", ":"), sort_keys=True).encode()).decode()


def _parsed(position: str) -> dict[str, int]:
    try:
        heads = json.loads(base64.urlsafe_b64decode(position.encode("ascii")))
    except (ValueError, RecursionError):
        heads = None
    is_valid = isinstance(heads, dict) and all(type(seq) is int and seq >= 0 for seq in heads.values())
    if not is_valid or len(position) > LONGEST_POSITION:
        raise InvalidInput.of("Last-Event-ID", "events.position", "is not a position of this change feed")
    return dict(heads)
