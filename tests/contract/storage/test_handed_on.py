"""Rows that units hand on: written together, and each unit has its own end all the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from pki_manager.domain.errors import Fault, InvalidInput, StorageUnavailable
from pki_manager.domain.names import AlternativeName
from pki_manager.ports.unit_of_work import Units
from pki_manager.storage.engine import writer as writer_module
from pki_manager.storage.engine.compiled_statement import run_command
from pki_manager.storage.storage import SqlStorage
from tests.conftest import CHAIN
from tests.contract.storage.groups import in_one_group
from tests.contract.storage.values import ACTOR, EVENT, Hierarchy, make_certificate, new_id
from tests.fakes.clock import START

NAME = AlternativeName.parse("DNS:www.example.com")


def issue(units: Units, issuing: Hierarchy, number: int, subject: str = "CN=www.example.com") -> None:
    with units.begin(ACTOR) as unit:
        unit.certificates.add_reserved(make_certificate(issuing, new_id(number), serial=number, subject=subject))
        unit.record(EVENT)


def stored(storage: SqlStorage, issuing: Hierarchy) -> list[int]:
    """Serial numbers of the certificates, of which each is found by its name and has its event."""
    with storage.read() as reader:
        found = reader.certificates.list_unexpired(issuing.key.id, START, None, 1000)
        named = reader.certificates.list_with_name(NAME, "tls-server", START, 1000)
        assert {one.id for one in named} == {one.id for one in found}
        # The first is the event of the issuer.
        assert [event.seq for event in reader.audit.iterate_chain(CHAIN)] == list(range(1, len(found) + 2))
    return [one.serial for one in found]


@pytest.mark.parametrize("number", [1, 2, 3, 64, 100])
def test_all_that_was_handed_on_is_written_with_the_commit(
    storage: SqlStorage, issuing: Hierarchy, number: int
) -> None:
    with storage.together() as units:
        for serial in range(1, number + 1):
            issue(units, issuing, serial)
        assert stored(storage, issuing) == []
    assert stored(storage, issuing) == list(range(1, number + 1))


def test_a_certificate_comes_back_as_it_was_handed_on(storage: SqlStorage, issuing: Hierarchy) -> None:
    certificates = [make_certificate(issuing, new_id(serial), serial=serial) for serial in (1, 2)]
    certificates[1] = replace(certificates[1], renews=None, owner_id=None, ignored_extensions=("1.2.3", "1.2.4"))
    with storage.housekeep() as unit:
        for certificate in certificates:
            unit.certificates.add_reserved(certificate)
    with storage.read() as reader:
        assert [reader.certificates.get(one.id) for one in certificates] == certificates


def test_a_unit_sees_what_it_and_those_before_it_have_handed_on(storage: SqlStorage, issuing: Hierarchy) -> None:
    with storage.together() as units:
        issue(units, issuing, 1)
        with units.begin(ACTOR) as unit:
            unit.certificates.add_reserved(make_certificate(issuing, new_id(2), serial=2))
            assert [unit.certificates.get(new_id(number)).serial for number in (1, 2)] == [1, 2]
            assert len(unit.certificates.list_with_name(NAME, "tls-server", START, 9)) == 2
            unit.record(EVENT)
    assert stored(storage, issuing) == [1, 2]


def test_a_failing_unit_takes_nobody_along_also_when_it_made_their_rows_be_written(
    storage: SqlStorage, issuing: Hierarchy
) -> None:
    with storage.together() as units:
        issue(units, issuing, 1)
        with pytest.raises(KeyError, match="undo the unit"), units.begin(ACTOR) as unit:  # noqa: PT012 - the unit is the statement
            unit.certificates.add_reserved(make_certificate(issuing, new_id(2), serial=2))
            assert unit.certificates.get(new_id(1)).serial == 1
            unit.record(EVENT)
            raise KeyError("undo the unit")
        issue(units, issuing, 3)
    assert stored(storage, issuing) == [1, 3]


def test_rows_are_written_after_those_that_they_point_to(storage: SqlStorage, issuing: Hierarchy) -> None:
    """The first certificate is written at once, and leaves its names to be written before the others come."""
    with storage.together() as units:
        with units.begin(ACTOR) as unit:
            unit.certificates.add(make_certificate(issuing, new_id(1), serial=1))
            unit.record(EVENT)
        issue(units, issuing, 2)
    assert stored(storage, issuing) == [1, 2]


def test_text_that_no_column_can_hold_is_its_own_units_failure(storage: SqlStorage, issuing: Hierarchy) -> None:
    """PostgreSQL has no place for a NUL, neither of them for half a character."""
    has_nul = storage._engine.dialect.name == "sqlite"
    with storage.together() as units:
        issue(units, issuing, 1)
        with pytest.raises(InvalidInput, match="A value contains characters or a number"):
            issue(units, issuing, 2, subject="CN=\ud800")
        if not has_nul:
            with pytest.raises(InvalidInput, match="A value contains characters or a number"):
                issue(units, issuing, 3, subject="CN=\0")
        issue(units, issuing, 4, subject="CN=Exämple")
    assert stored(storage, issuing) == [1, 4]


def test_an_event_that_cannot_be_written_is_its_own_units_failure(storage: SqlStorage, issuing: Hierarchy) -> None:
    with storage.together() as units:
        issue(units, issuing, 1)
        with pytest.raises(InvalidInput, match="A value contains characters or a number"), units.begin(ACTOR) as unit:
            unit.record(replace(EVENT, object_id="\ud800"))
        issue(units, issuing, 2)
    assert stored(storage, issuing) == [1, 2]


def test_a_row_that_is_refused_fails_the_commit_and_nothing_of_it_is_kept(
    storage: SqlStorage, issuing: Hierarchy
) -> None:
    orphan = Hierarchy(issuing.ca, replace(issuing.key, id=new_id(5)))

    def running(hierarchy: Hierarchy, number: int) -> None:
        with storage.together() as units:
            issue(units, hierarchy, number)

    units = [(issuing, 1), (orphan, 2), (issuing, 3)]
    results = in_one_group(storage, *(lambda one=one: running(*one) for one in units))
    assert [type(result) for result in results] == [StorageUnavailable] * 4
    assert stored(storage, issuing) == []
    running(issuing, 3)
    assert stored(storage, issuing) == [3]


def test_a_unit_that_runs_no_statement_sets_no_savepoint(
    storage: SqlStorage, issuing: Hierarchy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one asks for the head of the chain."""
    run: list[str] = []

    def noting(connection: sa.Connection, statement: str) -> None:
        run.append(statement)
        run_command(connection, statement)

    with storage.together() as units:
        monkeypatch.setattr(writer_module, "run_command", noting)
        for number in (1, 2, 3):
            issue(units, issuing, number)
        monkeypatch.undo()
    assert run == ["SAVEPOINT unit", "RELEASE SAVEPOINT unit"]
    assert stored(storage, issuing) == [1, 2, 3]


def test_without_a_savepoint_no_statement_is_run(
    storage: SqlStorage, issuing: Hierarchy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(connection: sa.Connection, statement: str) -> None:
        raise sa.exc.OperationalError(statement, None, Exception("disk I/O error"))

    def both() -> None:
        with storage.together() as units:
            monkeypatch.setattr(writer_module, "run_command", broken)
            for number in (1, 2):
                with pytest.raises(StorageUnavailable, match="The database is unavailable"):
                    issue(units, issuing, number)

    with pytest.raises(StorageUnavailable, match="The database is unavailable"):
        both()
    monkeypatch.undo()
    assert stored(storage, issuing) == []


def test_what_only_reads_has_nobody_to_hand_on_to(storage: SqlStorage, issuing: Hierarchy) -> None:
    with storage.read() as reader, pytest.raises(Fault, match="Rows were deferred outside a unit of work"):
        reader.certificates.add_reserved(make_certificate(issuing, new_id(1), serial=1))
    assert stored(storage, issuing) == []
