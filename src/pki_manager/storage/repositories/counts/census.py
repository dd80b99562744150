"""Certificate counts: the sums that the worker maintains, plus the changes that are not yet added to them.

The sums are by day. If a span begins or ends within a day, the certificates of that part of the day are counted
directly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from pki_manager.domain.certificate import CertificateState
from pki_manager.domain.rights.actor import Reach, Scope, Visibility
from pki_manager.ports.census import CertificateTotals
from pki_manager.ports.entropy import Entropy
from pki_manager.storage.engine.guarded_clock import GuardedClock
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.repositories.certificate_search import HELD, REVOKED, UNREVOKED
from pki_manager.storage.repositories.counts.changes import get_day, get_start, write_count_changes
from pki_manager.storage.repositories.counts.live import LiveCensus, Span, build_spans
from pki_manager.storage.repositories.counts.sums import ENDS, IS_COMPLETE, ISSUED, REVOKED_ON, TOTAL
from pki_manager.storage.tables.counts import NOT_REVOKED, count_changes, count_groups, count_totals

_DIMENSIONS = ("ca_id", "profile", "key_type")
_DAY_COLUMN = {ENDS: "end_day", ISSUED: "issued_day", REVOKED_ON: "revoked_day"}

Condition = Callable[[sa.FromClause], sa.ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class _Part:
    """Certificates selected by a condition on the columns of a group.

    `has_owners` means that the condition uses owners or teams.
    """

    condition: Condition
    has_owners: bool


class SqlCensus:
    """Implements ports.census.Census."""

    def __init__(self, transaction: Transaction, entropy: Entropy, clock: GuardedClock) -> None:
        self._transaction = transaction
        self._entropy = entropy
        self._clock = clock

    def count_totals(self, now: datetime, visible: Visibility | None) -> CertificateTotals:
        live = LiveCensus(self._transaction, visible)
        parts = self._parts(visible)
        if parts is None:
            by_state = live.by_state()
            valid: Counter[tuple[Any, ...]] = Counter({tuple(row[:-1]): row.number for row in live.unrevoked(now)})
        else:
            by_state = {row.state: row.number for row in self._sums(parts, TOTAL, ("state",))}
            valid = self._valid(parts, live, now)
        return _totals(by_state, valid)

    def _valid(self, parts: Sequence[_Part], live: LiveCensus, now: datetime) -> Counter[tuple[Any, ...]]:
        """Count valid certificates by CA, profile, and key type.

        The numbers are sums of whole days, corrected by a count of the shorter part of today.
        """
        today = get_day(now)
        start, end = get_start(today), get_start(today + 1)
        is_early = now - start < end - now
        valid: Counter[tuple[Any, ...]] = Counter()
        for row in self._sums(parts, ENDS, _DIMENSIONS, today if is_early else today + 1):
            valid[tuple(row)[:-1]] += row.number
        for row in live.unrevoked(start, now) if is_early else live.unrevoked(now, end):
            valid[tuple(row)[:-1]] += -row.number if is_early else row.number
        return valid

    def count_expiring(self, moments: Sequence[datetime], visible: Visibility | None) -> list[int]:
        return self._spans(ENDS, moments, visible, LiveCensus.count_expiring)

    def count_issued(self, moments: Sequence[datetime], visible: Visibility | None) -> list[int]:
        return self._spans(ISSUED, moments, visible, LiveCensus.issued)

    def count_revoked(self, moments: Sequence[datetime], visible: Visibility | None) -> list[int]:
        return self._spans(REVOKED_ON, moments, visible, LiveCensus.revoked)

    def _spans(
        self,
        measure: str,
        moments: Sequence[datetime],
        visible: Visibility | None,
        count_live: Callable[[LiveCensus, Sequence[Span]], list[int]],
    ) -> list[int]:
        """Return the number of certificates in each span between two successive moments.

        It is the difference of the numbers before the two moments. Each of those is the sum of the earlier days plus a
        count of the part of the day before the moment.
        """
        live = LiveCensus(self._transaction, visible)
        parts = self._parts(visible)
        if parts is None:
            return count_live(live, build_spans(moments))
        days = [get_day(moment) for moment in moments]
        sums = {row.bucket: row.number for row in self._sums(parts, measure, ("bucket",), days[0], days[-1])}
        partial = [
            (get_start(day), moment) for day, moment in zip(days, moments, strict=True) if get_start(day) < moment
        ]
        within = dict(zip((moment for _, moment in partial), count_live(live, partial), strict=True))
        before = [
            sum(number for bucket, number in sums.items() if bucket < day) + within.get(moment, 0)
            for day, moment in zip(days, moments, strict=True)
        ]
        return [later - earlier for earlier, later in pairwise(before)]

    def _parts(self, visible: Visibility | None) -> Sequence[_Part] | None:
        """Return the parts of the visible certificates: those that sums without owners can count, and the rest.

        Returns None if no sums can count them.
        """
        if self._transaction.first(IS_COMPLETE) is None:
            return None
        if self._transaction.group_state.counts:
            write_count_changes(self._transaction, self._entropy, self._clock.now())
        if visible is None:
            return (_Part(lambda _: sa.true(), has_owners=False),)
        if any(scope.names is not None for scope in visible.scopes):
            return None
        wide = [scope for scope in visible.scopes if scope.reach is Reach.ALL]
        narrow = [scope for scope in visible.scopes if scope.reach is not Reach.ALL]

        def in_wide(table: sa.FromClause) -> sa.ColumnElement[bool]:
            return sa.or_(sa.false(), *(_in_scope(scope, visible, table) for scope in wide))

        def in_narrow(table: sa.FromClause) -> sa.ColumnElement[bool]:
            own = sa.or_(sa.false(), *(_in_scope(scope, visible, table) for scope in narrow))
            return sa.and_(own, sa.not_(in_wide(table))) if wide else own

        found = [_Part(in_wide, has_owners=False)] if wide else []
        return (*found, _Part(in_narrow, has_owners=True)) if narrow else found

    def _sums(
        self, parts: Sequence[_Part], measure: str, columns: tuple[str, ...], first: int = 0, last: int | None = None
    ) -> Sequence[sa.Row[Any]]:
        """Return the sums of a measure from the first to the last day, grouped by `columns`."""
        sources = [
            source
            for part in parts
            for source in (
                _of_groups(count_changes, part, measure, columns, first, last),
                _of_groups(count_groups, part, measure, columns, first, last)
                if part.has_owners
                else _of_totals(part, measure, columns, first, last),
            )
        ]
        if not sources:
            return ()
        every = sa.union_all(*sources).subquery()
        named = [every.c[name] for name in columns]
        number = sa.cast(sa.func.sum(every.c.number), sa.BigInteger).label("number")
        return self._transaction.rows(sa.select(*named, number).group_by(*named))


def _in_scope(scope: Scope, visible: Visibility, table: sa.FromClause) -> sa.ColumnElement[bool]:
    """Return `visibility.build_certificate_conditions` as a condition on the columns of a group."""
    return sa.and_(sa.true(), *_limits(scope, visible, table))


def _limits(scope: Scope, visible: Visibility, table: sa.FromClause) -> Iterator[sa.ColumnElement[bool]]:
    if scope.reach is not Reach.ALL:
        own = table.c.owner_id == visible.owner
        teams = [team.bytes for team in sorted(visible.teams)] if scope.reach is Reach.TEAM else []
        yield sa.or_(own, table.c.team_id.in_(teams)) if teams else own
    if scope.cas is not None:
        yield table.c.ca_id.in_(sorted(scope.cas))
    if scope.profiles is not None:
        yield table.c.profile.in_(sorted(scope.profiles))


def _of_totals(part: _Part, measure: str, columns: tuple[str, ...], first: int, last: int | None) -> sa.Select[Any]:
    own = count_totals.c
    bounds = [own.measure == measure, own.bucket >= first]
    if last is not None:
        bounds.append(own.bucket <= last)
    return sa.select(*(own[name] for name in columns), own.number).where(*bounds, part.condition(count_totals))


def _of_groups(
    table: sa.Table, part: _Part, measure: str, columns: tuple[str, ...], first: int, last: int | None
) -> sa.Select[Any]:
    """Return the query of a measure's numbers in a table that has the columns of a group."""
    day = table.c[_DAY_COLUMN[measure]] if measure in _DAY_COLUMN else None
    named = [day.label(name) if name == "bucket" and day is not None else table.c[name] for name in columns]
    bounds = []
    if day is not None:
        bounds.append(day >= first)
        if last is not None:
            bounds.append(day <= last)
    if measure == ENDS:
        bounds.append(table.c.state == UNREVOKED)
    if measure == REVOKED_ON:
        bounds.append(table.c.revoked_day != NOT_REVOKED)
    return sa.select(*named, table.c.number).where(*bounds, part.condition(table))


def _totals(by_state: dict[str, int], valid: Counter[tuple[Any, ...]]) -> CertificateTotals:
    number = sum(valid.values())
    by_ca: Counter[Any] = Counter()
    by_profile: Counter[str] = Counter()
    by_key_type: Counter[str] = Counter()
    for (ca_id, profile, key_type), counted in valid.items():
        by_ca[ca_id] += counted
        by_profile[profile] += counted
        by_key_type[key_type] += counted
    return CertificateTotals(
        by_state={
            CertificateState.VALID: number,
            CertificateState.HELD: by_state.get(HELD, 0),
            CertificateState.REVOKED: by_state.get(REVOKED, 0),
            CertificateState.EXPIRED: by_state.get(UNREVOKED, 0) - number,
        },
        valid_by_ca={key: counted for key, counted in by_ca.items() if counted},
        valid_by_profile={key: counted for key, counted in by_profile.items() if counted},
        valid_by_key_type={key: counted for key, counted in by_key_type.items() if counted},
    )
