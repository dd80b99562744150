"""Changes of certificate counts in each commit.

A commit stores one row for each group of certificates whose number it changed, so a batch of similar certificates costs
one row. A count is the sum stored in `count_groups` or `count_totals`, plus the changes that are not yet added to these
tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.certificate import Certificate
from pki_manager.domain.ids import create_uuid7, first_id
from pki_manager.ports.entropy import Entropy
from pki_manager.storage.engine.bulk_statement import insert
from pki_manager.storage.engine.compiled_statement import CompiledStatement
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.repositories.certificate_search import REVOKED, UNREVOKED
from pki_manager.storage.tables.counts import (
    GROUP,
    NO_OWNER,
    NO_TEAM,
    NOT_REVOKED,
    count_changes,
)
from pki_manager.storage.tables.pki import certificates
from pki_manager.storage.tables.types import from_microseconds, to_microseconds

DAY_MICROSECONDS = 86_400_000_000
_ENTROPY_OCTETS = 10


class Group(NamedTuple):
    """The values that certificates of one group have in common: the columns of `tables.counts.GROUP`."""

    issued_day: int
    ca_id: UUID
    profile: str
    key_type: str
    owner_id: str
    team_id: bytes
    state: str
    end_day: int
    revoked_day: int


class State(NamedTuple):
    """The state of a certificate (a value of `certificates.standing`), and the time of its revocation, if any."""

    name: str
    revoked: datetime | None = None


_GROUPED = CompiledStatement(
    sa.select(
        *(certificates.c[name] for name in ("id", "ca_id", "profile", "key_type", "owner_id", "team_id", "not_after"))
    ).where(certificates.c.id == sa.bindparam("wanted"))
)
_INSERT_CHANGES = insert(count_changes, *count_changes.c.keys())


def get_day(time: datetime) -> int:
    """Return the day of a time as the number of days since 1970-01-01 in UTC."""
    return to_microseconds(time) // DAY_MICROSECONDS


def get_start(day: int) -> datetime:
    """Return the beginning of a day. `day` is the number of days since 1970-01-01 in UTC."""
    return from_microseconds(day * DAY_MICROSECONDS)


def first_id_of(day: int) -> UUID:
    """Return the lowest ID that a certificate issued on that day can have."""
    return first_id(get_start(day))


def count_new(transaction: Transaction, certificate: Certificate) -> None:
    """Count a new certificate. The changed count is stored at the end of the commit."""
    group = Group(
        issued_day=get_day_of_id(certificate.id),
        ca_id=certificate.ca_id,
        profile=certificate.profile,
        key_type=certificate.key_type,
        owner_id=certificate.owner_id or NO_OWNER,
        team_id=NO_TEAM if certificate.team_id is None else certificate.team_id.bytes,
        state=UNREVOKED,
        end_day=get_day(certificate.validity.not_after),
        revoked_day=NOT_REVOKED,
    )
    _count(transaction, group, 1)


def count_moved(transaction: Transaction, certificate_id: UUID, old: State, new: State | None) -> None:
    """Move a certificate from the count of its old state to that of its new one.

    None as `new` means that it is deleted.
    """
    row = transaction.first(_GROUPED, {"wanted": certificate_id})
    if row is None:
        return
    for state, number in ((old, -1), (new, 1)):
        if state is not None:
            _count(transaction, _group_of(row, state), number)


def _group_of(row: Any, state: State) -> Group:  # noqa: ANN401 - a row
    return Group(
        issued_day=get_day_of_id(row.id),
        ca_id=row.ca_id,
        profile=row.profile,
        key_type=row.key_type,
        owner_id=row.owner_id or NO_OWNER,
        team_id=NO_TEAM if row.team_id is None else row.team_id.bytes,
        state=state.name,
        end_day=get_day(row.not_after),
        revoked_day=get_day(state.revoked) if state.name == REVOKED and state.revoked else NOT_REVOKED,
    )


def get_day_of_id(certificate_id: UUID) -> int:
    """Return the day of issue, from the first 48 bits (milliseconds) of a certificate's ID."""
    return (certificate_id.int >> 80) * 1000 // DAY_MICROSECONDS


def _count(transaction: Transaction, group: Group, number: int) -> None:
    counts = transaction.group_state.counts
    counts[group] = counts.get(group, 0) + number


def write_count_changes(transaction: Transaction, entropy: Entropy, now: datetime) -> None:
    """Store the count changes of all units of a commit, one row for each group of certificates."""
    counts, transaction.group_state.counts = transaction.group_state.counts, {}
    write_changes(transaction, counts, entropy, now)


def write_changes(
    transaction: Transaction, counts: Mapping[tuple[Any, ...], int], entropy: Entropy, now: datetime
) -> None:
    """Store changes of counts, one row for each group of certificates."""
    milliseconds = to_microseconds(now) // 1000
    rows = [
        transaction.row(
            _INSERT_CHANGES,
            {"id": create_uuid7(milliseconds, entropy.token(_ENTROPY_OCTETS)), "number": number}
            | dict(zip(GROUP, group, strict=True)),
        )
        for group, number in counts.items()
        if number
    ]
    if rows:
        transaction.write(_INSERT_CHANGES, rows)
