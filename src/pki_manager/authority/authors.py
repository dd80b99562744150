"""Who stands behind an act, and so does not approve it: one's own consent by another way is no second pair of eyes."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from pki_manager.domain.actor import Actor, ActorKind, people_behind
from pki_manager.domain.errors import NotFound
from pki_manager.domain.team import SERVICE
from pki_manager.ports.unit_of_work import Reader, UnitOfWork

_TOKEN = "token:"


def authors_of(reader: Reader | UnitOfWork, actor: Actor) -> tuple[str, ...]:
    """The person first. With a service account whoever answers for it: its user, and everybody in its team.

    With a token also whoever made it, or ever rotated it, for somebody else's account too: they were told its secret.
    """
    found = [*people_behind(actor)]
    if actor.owner.startswith(SERVICE):
        found += sorted(f"team:{team}" for team in actor.team_ids)
    makers = [actor.id] if actor.kind is ActorKind.TOKEN else []
    for maker in makers:  # grows: a token that made a token was made by somebody
        if maker.startswith(_TOKEN):
            with suppress(NotFound):
                token = reader.tokens.get(UUID(maker.removeprefix(_TOKEN)))
                told = (token.created_by, *token.rotated_by)
                found += [token.owner_id, *told]
                makers += [one for one in told if one not in makers]
    return tuple(dict.fromkeys(found))


def is_author(authors: tuple[str, ...], actor: Actor) -> bool:
    """Whether he is one of them, by whichever door."""
    own = {*people_behind(actor), *(f"team:{team}" for team in actor.team_ids)}
    return not own.isdisjoint(authors)
