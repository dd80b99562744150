"""Full-text search in the audit log: each word becomes a condition on the columns that a list shows."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from pki_manager.domain.events.actions import list_event_types
from pki_manager.domain.events.audit import Outcome
from pki_manager.domain.renames import list_action_names
from pki_manager.domain.rights.actor import build_user_actor_id
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.tables.audit import audit_events
from pki_manager.storage.tables.people import users
from pki_manager.storage.tables.pki import tokens

_MAX_WORDS = 10
_MAX_NAMED = 500
"""Maximum number of users, and of tokens, that one word can match."""

_LAST_CHARACTER = "\U0010ffff"
_ACTIONS = tuple(list_action_names(kind.ACTION) for kind in list_event_types())
"""The searchable names of each audit action."""


def build_word_conditions(transaction: Transaction, query: str) -> Iterator[sa.ColumnElement[bool]]:
    """Yield one condition for each word of the query. A word such as `login|session` matches either part."""
    for word in query.lower().split()[:_MAX_WORDS]:
        parts = [part for part in word.split("|") if part]
        if parts:
            yield sa.or_(*(condition for part in parts for condition in _part(transaction, part)))


def _part(transaction: Transaction, part: str) -> Iterator[sa.ColumnElement[bool]]:
    columns = audit_events.c
    matching = (names for names in _ACTIONS if any(part in name for name in names))
    yield columns.action.in_([name for names in matching for name in names])
    yield columns.outcome.in_([outcome.value for outcome in Outcome if outcome.value.startswith(part)])
    yield columns.via == part
    yield columns.object_kind == part
    yield sa.and_(columns.object_id >= part, columns.object_id < part + _LAST_CHARACTER)
    yield sa.func.lower(columns.actor).contains(part, autoescape=True)
    yield columns.actor.in_(_actors_named(transaction, part))


def _actors_named(transaction: Transaction, part: str) -> list[str]:
    """Return the actor IDs of the users and tokens whose names contain the part."""
    named = sa.or_(*(_contains(column, part) for column in (users.c.login, users.c.display_name)))
    people = transaction.rows(sa.select(users.c.id).where(named).limit(_MAX_NAMED))
    keys = transaction.rows(sa.select(tokens.c.id).where(_contains(tokens.c.name, part)).limit(_MAX_NAMED))
    return [build_user_actor_id(row.id) for row in people] + [f"token:{row.id}" for row in keys]


def _contains(column: sa.Column[str], part: str) -> sa.ColumnElement[bool]:
    return sa.func.lower(column).contains(part, autoescape=True)
