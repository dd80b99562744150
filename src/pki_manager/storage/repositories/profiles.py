"""Stored profiles, each with all of its versions."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.domain.page import Page
from pki_manager.domain.profiles import codec
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.profiles.terms import ProfileState
from pki_manager.domain.rights.actor import Visibility
from pki_manager.storage.encoding.names import dump
from pki_manager.storage.engine import visibility
from pki_manager.storage.engine.paging import build_page, decode_cursor, encode_cursor, limit_page
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.tables.pki import profiles


class SqlProfiles:
    """Implements ports.unit_of_work.Profiles."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, name: str, version: int | None = None) -> Profile:
        statement = sa.select(profiles).where(profiles.c.name == name)
        if version is not None:
            statement = statement.where(profiles.c.version == version)
        row = self._transaction.first(statement.order_by(profiles.c.version.desc()).limit(1))
        if row is None:
            raise NotFound.of("profile", name if version is None else f"{name} version {version}")
        return _from_row(row)

    def page(self, cursor: str | None, limit: int, visible: Visibility | None = None) -> Page[Profile]:
        """Return a page of profiles by name, each in its newest version."""
        size = limit_page(limit)
        later = profiles.alias("later")
        newer = sa.exists().where(later.c.name == profiles.c.name, later.c.version > profiles.c.version)
        statement = (
            sa.select(profiles)
            .where(~newer, *visibility.build_profile_conditions(visible))
            .order_by(profiles.c.name)
            .limit(size + 1)
        )
        if cursor is not None:
            (last,) = decode_cursor(cursor, str)
            statement = statement.where(profiles.c.name > last)
        items = [_from_row(row) for row in self._transaction.rows(statement)]
        return build_page(items, size, lambda profile: encode_cursor((profile.name,)))

    def add(self, profile: Profile, now: datetime) -> None:
        """Store a version of a profile. Raises Conflict if that version exists."""
        values = {
            "name": profile.name,
            "version": profile.version,
            "body": dump(codec.to_dict(profile)),
            "state": ProfileState.ACTIVE.value,
            "created_at": now,
        }
        if not self._transaction.insert_new(profiles, values):
            raise Conflict(f"Version {profile.version} of profile {profile.name!r} already exists.")

    def retire(self, name: str) -> None:
        retired = sa.update(profiles).where(profiles.c.name == name).values(state=ProfileState.RETIRED.value)
        self._transaction.execute(retired)


def _from_row(row: sa.Row[Any]) -> Profile:
    return replace(codec.from_dict(json.loads(row.body)), state=ProfileState(row.state))
