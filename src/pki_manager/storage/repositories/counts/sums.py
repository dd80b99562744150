"""Sums of certificate counts. The worker adds changes to them, and compares them with the certificates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from pki_manager.ports.entropy import Entropy
from pki_manager.storage.engine.bulk_statement import BulkStatement
from pki_manager.storage.engine.compiled_statement import CompiledStatement
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.repositories.certificate_search import OF_REVOKED, REVOKED, UNREVOKED
from pki_manager.storage.repositories.counts.changes import (
    DAY_MICROSECONDS,
    Group,
    first_id_of,
    get_day_of_id,
    write_changes,
)
from pki_manager.storage.tables.counts import (
    GROUP,
    NO_OWNER,
    NO_TEAM,
    NOT_REVOKED,
    count_changes,
    count_groups,
    count_totals,
)
from pki_manager.storage.tables.pki import certificates, meta, revocations
from pki_manager.storage.tables.types import Integer

TOTAL, ENDS, ISSUED, REVOKED_ON = "total", "ends", "issued", "revoked"
"""Measures of `count_totals`.

TOTAL counts all certificates, ENDS unrevoked ones by the day they expire, ISSUED all by the day of issue, and
REVOKED_ON revoked ones by the day of revocation.
"""

_FOLDED_AT_ONCE = 2_000
_COMPLETE, _PLACE = "counts.complete", "counts.recount"
IS_COMPLETE = CompiledStatement(sa.select(meta.c.value).where(meta.c.key == sa.literal_column(f"'{_COMPLETE}'")))
_ANY_CHANGE = CompiledStatement(sa.select(count_changes.c.id).limit(1))


def _adding(table: sa.Table, insert: Any) -> BulkStatement:  # noqa: ANN401 - of either dialect
    """Return the statement that inserts rows, or adds their number to that of the row with the same primary key."""

    def build(size: int) -> sa.Insert:
        rows = [
            {column.name: sa.bindparam(f"{column.name}_{row}", type_=column.type) for column in table.c}
            for row in range(size)
        ]
        statement = insert(table).values(rows)
        adding: sa.Insert = statement.on_conflict_do_update(
            index_elements=[column.name for column in table.primary_key],
            set_={"number": table.c.number + statement.excluded.number},
        )
        return adding

    return BulkStatement(table, build)


_ADD = {
    (table, is_postgresql): _adding(table, postgresql.insert if is_postgresql else sqlite.insert)
    for table in (count_groups, count_totals)
    for is_postgresql in (False, True)
}
_TOTAL_KEY = tuple(column.name for column in count_totals.primary_key)


class SqlCounts:
    """Implements ports.census.Counts."""

    def __init__(self, transaction: Transaction, entropy: Entropy) -> None:
        self._transaction = transaction
        self._entropy = entropy

    def has_changes(self) -> bool:
        return self._transaction.first(_ANY_CHANGE) is not None

    def fold(self) -> int:
        """Add the oldest changes to the sums and delete them. Returns how many changes were added.

        Two processes that run this at the same time take different rows.
        """
        oldest = sa.select(count_changes.c.id).order_by(count_changes.c.id).limit(_FOLDED_AT_ONCE)
        take = sa.delete(count_changes).where(count_changes.c.id.in_(oldest))
        rows = self._transaction.rows(take.returning(*(count_changes.c[name] for name in (*GROUP, "number"))))
        groups: Counter[tuple[Any, ...]] = Counter()
        for row in rows:
            groups[tuple(row)[:-1]] += row.number
        self._add(count_groups, GROUP, groups)
        self._add(count_totals, _TOTAL_KEY, _totals_of(groups))
        return len(rows)

    def place(self) -> int | None:
        row = self._transaction.first(sa.select(meta.c.value).where(meta.c.key == _PLACE))
        return None if row is None or not row.value else int(row.value)

    def move_place(self, old: int | None, new: int | None) -> bool:
        self._transaction.insert_new(meta, {"key": _PLACE, "value": ""})
        this = (meta.c.key == _PLACE, meta.c.value == _place_text(old))
        return self._transaction.changed(sa.update(meta).where(*this).values(value=_place_text(new))) == 1

    def is_complete(self) -> bool:
        return self._transaction.first(IS_COMPLETE) is not None

    def set_complete(self) -> None:
        self._transaction.upsert(meta, {"key": _COMPLETE, "value": "1"})

    def find_next_day(self, day: int) -> int | None:
        newer = sa.select(certificates.c.id).where(certificates.c.id >= first_id_of(day)).order_by(certificates.c.id)
        row = self._transaction.first(newer.limit(1))
        days = [] if row is None else [get_day_of_id(row.id)]
        for table in (count_groups, count_changes):
            least = sa.select(sa.func.min(table.c.issued_day).label("day")).where(table.c.issued_day >= day)
            days += [row.day for row in self._transaction.rows(least) if row.day is not None]
        return min(days, default=None)

    def compute_differences(self, day: int) -> Mapping[tuple[Any, ...], int]:
        """Return, by group, the numbers to add to the groups of a day of issue so that they match the certificates."""
        found: Counter[tuple[Any, ...]] = Counter()
        for rows in self._transaction.stream(_groups_of(day)):
            for row in rows:
                found[_counted_group(day, row)] += row.number
        for table in (count_groups, count_changes):
            stored = sa.select(*(table.c[name] for name in (*GROUP, "number"))).where(table.c.issued_day == day)
            for rows in self._transaction.stream(stored):
                for row in rows:
                    found[tuple(row)[:-1]] -= row.number
        return {group: number for group, number in found.items() if number}

    def add_differences(self, differences: Mapping[tuple[Any, ...], int], now: datetime) -> None:
        write_changes(self._transaction, differences, self._entropy, now)

    def total_differences(self) -> Mapping[tuple[Any, ...], int]:
        """Return, by key, the numbers to add to the totals so that they match the groups."""
        groups: Counter[tuple[Any, ...]] = Counter()
        found: Counter[tuple[Any, ...]] = Counter()
        for rows in self._transaction.stream(sa.select(count_groups)):
            groups.clear()
            for row in rows:
                groups[tuple(row)[:-1]] += row.number
            found.update(_totals_of(groups))
        for row in self._transaction.rows(sa.select(count_totals)):
            found[tuple(row)[:-1]] -= row.number
        return {key: number for key, number in found.items() if number}

    def add_total_differences(self, differences: Mapping[tuple[Any, ...], int]) -> None:
        self._add(count_totals, _TOTAL_KEY, differences)

    def drop_empty(self) -> None:
        for table in (count_groups, count_totals):
            self._transaction.execute(sa.delete(table).where(table.c.number == 0))

    def _add(self, table: sa.Table, keys: tuple[str, ...], numbers: Mapping[tuple[Any, ...], int]) -> None:
        statement = _ADD[table, self._transaction.is_postgresql]
        rows = [
            self._transaction.row(statement, {**dict(zip(keys, key, strict=True)), "number": number})
            for key, number in numbers.items()
            if number
        ]
        if rows:
            self._transaction.write(statement, rows)


def _place_text(place: int | None) -> str:
    return "" if place is None else str(place)


def _totals_of(groups: Mapping[tuple[Any, ...], int]) -> Counter[tuple[Any, ...]]:
    totals: Counter[tuple[Any, ...]] = Counter()
    for key, number in groups.items():
        group = Group(*key)
        of = (group.ca_id, group.profile, group.key_type)
        totals[TOTAL, 0, group.state, *of] += number
        totals[ISSUED, group.issued_day, UNREVOKED, *of] += number
        if group.state == UNREVOKED:
            totals[ENDS, group.end_day, UNREVOKED, *of] += number
        if group.revoked_day != NOT_REVOKED:
            totals[REVOKED_ON, group.revoked_day, group.state, *of] += number
    return totals


def _counted_group(day: int, row: Any) -> Group:  # noqa: ANN401 - a row
    return Group(
        issued_day=day,
        ca_id=row.ca_id,
        profile=row.profile,
        key_type=row.key_type,
        owner_id=row.owner_id or NO_OWNER,
        team_id=NO_TEAM if row.team_id is None else row.team_id.bytes,
        state=row.standing,
        end_day=row.end_day,
        revoked_day=row.revoked_day if row.standing == REVOKED and row.revoked_day is not None else NOT_REVOKED,
    )


def _groups_of(day: int) -> sa.Select[Any]:
    """Return the query that counts the certificates issued on a day, by all columns of a group except the first."""
    own = certificates.c
    length = sa.literal_column(str(DAY_MICROSECONDS), Integer)
    columns = (
        own.ca_id,
        own.profile,
        own.key_type,
        own.owner_id,
        own.team_id,
        own.standing,
        (sa.type_coerce(own.not_after, Integer) // length).label("end_day"),
        (sa.type_coerce(revocations.c.time, Integer) // length).label("revoked_day"),
    )
    revoked = sa.and_(revocations.c.certificate_id == own.id, *OF_REVOKED)
    counted = sa.select(*columns, sa.func.count().label("number")).select_from(
        certificates.outerjoin(revocations, revoked)
    )
    return counted.where(own.id >= first_id_of(day), own.id < first_id_of(day + 1)).group_by(*columns)
