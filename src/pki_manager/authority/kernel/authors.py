"""The people responsible for an operation, who therefore cannot approve it, named when it is frozen."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from pki_manager.domain.errors import NotFound
from pki_manager.domain.ids import is_uuid
from pki_manager.domain.rights.actor import Actor, build_user_actor_id, list_people_behind
from pki_manager.ports.unit_of_work import Reader


def list_authors(reader: Reader, actor: Actor) -> tuple[str, ...]:
    """Return the people who could have submitted what the actor submits, the person first.

    Of a token: its owner, and everyone who created or rotated it, because they saw the secret. Of a service account:
    its user, and the members of its team. Of an enrollment credential: also the members of its team. Members are named
    as persons, so leaving the team afterwards changes nothing.
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
    """Return who answers for a token or a service account; a person answers for themselves."""
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
    """Return the team, for those who join it later, and its members."""
    return (f"team:{team_id}", *(build_user_actor_id(one.user_id) for one in reader.teams.members(team_id)))
