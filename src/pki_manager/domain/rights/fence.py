"""The ownership limit that the database itself can enforce when it reads for an actor."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from pki_manager.domain.rights.actor import Actor, Reach
from pki_manager.domain.rights.permission import Limit, Permission, list_limits

_BY_REACH = (Reach.ALL, Reach.TEAM, Reach.OWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """The widest ownership scope in which an actor may read certificates and requests. None: they may read none.

    Limits by CA, profile, and name are not included. The database does not enforce these a second time.
    """

    certificates: Reach | None
    requests: Reach | None
    owner: str
    teams: frozenset[UUID]

    @property
    def is_open(self) -> bool:
        """Return whether nothing is limited."""
        return self.certificates is Reach.ALL and self.requests is Reach.ALL


def build_fence(actor: Actor) -> Fence:
    """Return the limit of an actor's grants."""
    return Fence(
        certificates=_find_widest(actor, Permission.CERTIFICATE_READ),
        requests=_find_widest(actor, Permission.REQUEST_READ),
        owner=actor.owner,
        teams=actor.team_ids,
    )


def _find_widest(actor: Actor, permission: Permission) -> Reach | None:
    is_limited = Limit.REACH in list_limits(permission)
    reaches = {
        grant.scope.reach if is_limited else Reach.ALL for grant in actor.grants if permission in grant.permissions
    }
    return next((reach for reach in _BY_REACH if reach in reaches), None)
