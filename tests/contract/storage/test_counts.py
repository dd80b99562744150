"""Sums of certificates are exact: before and after the worker adds changes, for every viewer, and after a recount."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from pki_manager.domain.certificate import Certificate, Validity
from pki_manager.domain.errors import Fault
from pki_manager.domain.ids import create_uuid7
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Reach, Scope, Visibility
from pki_manager.ports.unit_of_work import Reader, UnitOfWork
from pki_manager.storage.storage import SqlStorage
from pki_manager.storage.tables.counts import count_changes, count_groups, count_totals
from pki_manager.storage.tables.pki import meta
from tests.contract.storage.values import (
    ACTOR,
    EVENT,
    YEAR,
    Hierarchy,
    make_certificate,
    make_revocation,
    new_id,
    revoke,
)
from tests.fakes.clock import START

DAY = timedelta(days=1)
HOLD = RevocationReason.CERTIFICATE_HOLD
SPANS = [START - 3 * DAY, START - DAY, START + timedelta(hours=7), START + 2 * DAY, START + 9 * DAY]


def viewer(*scopes: Scope, teams: frozenset[UUID] = frozenset({new_id(7)})) -> Visibility:
    return Visibility(scopes=scopes, owner="user:1", teams=teams)


VIEWERS: dict[str, Visibility | None] = {
    "all": None,
    "nothing": viewer(),
    "own": viewer(Scope(reach=Reach.OWN)),
    "team": viewer(Scope(reach=Reach.TEAM)),
    "team without teams": viewer(Scope(reach=Reach.TEAM), teams=frozenset()),
    "a profile": viewer(Scope(profiles=frozenset({"a"}))),
    "another CA": viewer(Scope(cas=frozenset({new_id(5)}))),
    "a profile, and own": viewer(Scope(profiles=frozenset({"a"})), Scope(reach=Reach.OWN)),
    "own of a profile, and the team's": viewer(
        Scope(reach=Reach.OWN, profiles=frozenset({"b"})), Scope(reach=Reach.TEAM)
    ),
}


def some_certificate(issuing: Hierarchy, draw: random.Random, serial: int) -> Certificate:
    issued = START - draw.choice([0, 1, 2, 30]) * DAY - timedelta(minutes=draw.randrange(300))
    identifier = create_uuid7(int(issued.timestamp() * 1000), serial.to_bytes(10, "big"))
    end = START + draw.choice([-2, -1, 0, 1, 8]) * DAY + timedelta(hours=draw.randrange(-11, 11))
    return replace(
        make_certificate(issuing, identifier, serial=serial),
        profile=draw.choice("ab"),
        key_type=draw.choice(["ECDSA-P256", "RSA-2048"]),
        owner_id=draw.choice(["user:1", "user:2", None]),
        team_id=draw.choice([new_id(7), new_id(9), None]),
        validity=Validity(START - YEAR, end),
    )


def fill(storage: SqlStorage, issuing: Hierarchy, seed: int) -> None:
    """Add certificates and revoke, hold, release, supersede, and delete some of them."""
    draw = random.Random(seed)
    kept = [some_certificate(issuing, draw, serial) for serial in range(1, 61)]
    with storage.together() as units:
        for one in kept:
            with units.begin(ACTOR) as unit:
                unit.certificates.add_reserved(one)
                change(unit, issuing, one, draw)
                unit.record(EVENT)


def change(unit: UnitOfWork, issuing: Hierarchy, one: Certificate, draw: random.Random) -> None:
    def revocation(reason: RevocationReason = RevocationReason.SUPERSEDED) -> Any:
        time = START - draw.choice([0, 1, 2]) * DAY - timedelta(hours=draw.randrange(20))
        return make_revocation(issuing, one.serial, certificate_id=one.id, reason=reason, time=time)

    match draw.randrange(8):
        case 0:
            revoke(unit, revocation())
        case 1:
            revoke(unit, revocation(HOLD))
        case 2:
            revoke(unit, revocation(HOLD))
            unit.revocations.release(one.issuer_key_id, one.serial, START)
        case 3:
            revoke(unit, revocation(HOLD))
            unit.revocations.supersede(revocation(), b"entry", START)
        case 4:
            revoke(unit, revocation())
            unit.certificates.delete(one.id)
        case 5:
            unit.certificates.delete(one.id)


def seen(reader: Reader, now: datetime = START) -> dict[str, Any]:
    census = reader.census
    return {
        name: (
            census.count_totals(now, visible),
            census.count_expiring(SPANS, visible),
            census.count_issued(SPANS, visible),
            census.count_revoked(SPANS, visible),
        )
        for name, visible in VIEWERS.items()
    }


def execute(storage: SqlStorage, statement: sa.Executable) -> None:
    """Write past the repositories."""
    with storage.housekeep() as unit:
        unit._transaction.execute(statement)


def rows(storage: SqlStorage, table: sa.Table) -> int:
    with storage.read() as reader:
        return int(reader._transaction.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def counted_live(storage: SqlStorage, now: datetime = START) -> dict[str, Any]:
    """The same, counted from the certificates."""
    execute(storage, sa.delete(meta).where(meta.c.key == "counts.complete"))
    with storage.read() as reader:
        assert not reader.counts.is_complete()
        found = seen(reader, now)
    with storage.housekeep() as unit:
        unit.counts.set_complete()
    return found


def fold(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        while unit.counts.fold():
            pass


def recount(storage: SqlStorage) -> int:
    """Return how many counts were wrong."""
    day, wrong = 0, 0
    with storage.housekeep() as unit:
        while (found := unit.counts.find_next_day(day)) is not None:
            differences = unit.counts.compute_differences(found)
            unit.counts.add_differences(differences, START)
            day, wrong = found + 1, wrong + len(differences)
        totals = unit.counts.total_differences()
        unit.counts.add_total_differences(totals)
        unit.counts.drop_empty()
    return wrong + len(totals)


@pytest.mark.parametrize("seed", range(3))
def test_sums_are_those_of_the_certificates_for_every_viewer_before_and_after_changes_are_added(
    storage: SqlStorage, issuing: Hierarchy, seed: int
) -> None:
    fill(storage, issuing, seed)
    for now in (START, START + timedelta(hours=9), START + 9 * DAY):
        with storage.read() as reader:
            found = seen(reader, now)
        assert found == counted_live(storage, now)
    fold(storage)
    assert rows(storage, count_changes) == 0
    with storage.read() as reader:
        assert seen(reader) == counted_live(storage)
    assert recount(storage) == 0


def test_a_commit_stores_one_row_for_all_certificates_that_are_alike(storage: SqlStorage, issuing: Hierarchy) -> None:
    with storage.together() as units:
        for serial in range(1, 41):
            with units.begin(ACTOR) as unit:
                unit.certificates.add_reserved(make_certificate(issuing, new_id(serial), serial=serial))
                unit.record(EVENT)
    assert rows(storage, count_changes) == 1


def test_a_unit_that_fails_counts_nothing(storage: SqlStorage, issuing: Hierarchy) -> None:
    with storage.together() as units:
        with pytest.raises(Fault, match="A unit of work ended without an audit event"), units.begin(ACTOR) as unit:
            unit.certificates.add_reserved(make_certificate(issuing, new_id(1), serial=1))
        with units.begin(ACTOR) as unit:
            unit.certificates.add_reserved(make_certificate(issuing, new_id(2), serial=2))
            unit.record(EVENT)
    with storage.read() as reader:
        assert sum(reader.census.count_totals(START, None).by_state.values()) == 1


def test_a_unit_counts_what_it_has_added_itself(storage: SqlStorage, issuing: Hierarchy) -> None:
    with storage.housekeep() as unit:
        unit.certificates.add(make_certificate(issuing, new_id(1), serial=1))
        assert sum(unit.census.count_totals(START, None).by_state.values()) == 1


def test_a_recount_repairs_every_kind_of_wrong_sum(storage: SqlStorage, issuing: Hierarchy) -> None:
    fill(storage, issuing, 1)
    fold(storage)
    execute(storage, sa.update(count_groups).values(number=count_groups.c.number + 3))
    execute(storage, sa.delete(count_totals).where(count_totals.c.measure == "ends"))
    with storage.read() as reader:
        assert seen(reader) != counted_live(storage)
    assert recount(storage) > 0
    fold(storage)
    assert recount(storage) == 0
    with storage.read() as reader:
        assert seen(reader) == counted_live(storage)


def test_only_one_of_two_processes_moves_the_place_of_a_recount(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        assert unit.counts.move_place(None, 5)
        assert not unit.counts.move_place(None, 6)
        assert unit.counts.place() == 5
        assert unit.counts.move_place(5, None)
        assert unit.counts.place() is None
