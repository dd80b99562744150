"""The authors of an operation: the people responsible for it, who therefore cannot approve it.

They are recorded when the operation is frozen.
"""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from pki_manager.domain.errors import NotFound
from pki_manager.domain.ids import is_uuid
from pki_manager.domain.rights.actor import Actor, build_user_actor_id, list_people_behind
from pki_manager.ports.unit_of_work import Reader


def list_authors(reader: Reader, actor: Actor) -> tuple[str, ...]:
    """Return everyone who could have submitted the actor's request, beginning with the person behind the actor.

    For a token: its owner, and everyone who created or rotated it, because they saw the secret. For a service account:
    its user, and the members of its team. For an enrollment credential: also the members of its team. Members are
    listed as persons, so they stay authors after leaving the team.
    """
    found = dict.fromkeys((*list_people_behind(actor), actor.id))
    waiting = list(found)
    if actor.has_unknown_holder and actor.team_id is not None:
        waiting += [one for one in _team(reader, actor.team_id) if one not in found]
    while waiting:
        one = waiting.pop(0)
        found[one] = None
        waiting += [other for other in _behind(reader, one) if other not in found]
    return tuple(one for one in found if not one.startswith("token:"))


def is_author(authors: tuple[str, ...], actor: Actor) -> bool:
    """Return whether the actor is one of the authors, through any interface."""
    own = {*list_people_behind(actor), *(f"team:{team}" for team in actor.team_ids)}
    return not own.isdisjoint(authors)


def _behind(reader: Reader, actor_id: str) -> tuple[str, ...]:
    """Return the IDs of those responsible for a token or a service account; empty for a person."""
    kind, _, name = actor_id.partition(":")
    if not is_uuid(name):
        return ()
    with suppress(NotFound):
        if kind == "token":
            token = reader.tokens.get(UUID(name))
            return (token.owner_id, token.created_by, *token.rotated_by)
        if kind == "service":
            account = reader.service_accounts.get(UUID(name))
            user = () if account.user_id is None else (build_user_actor_id(account.user_id),)
            return (*user, *(() if account.team_id is None else _team(reader, account.team_id)))
    return ()


def _team(reader: Reader, team_id: UUID) -> tuple[str, ...]:
    """Return the ID of the team, which covers later members, and the IDs of its present members."""
    return (f"team:{team_id}", *(build_user_actor_id(one.user_id) for one in reader.teams.list_members(team_id)))
