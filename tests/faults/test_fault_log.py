"""The table of faults: one row for each fault and engine, and no row that reads as passed without a run."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.bootstrap import open_installation
from pki_manager.settings import load
from tests.faults.fault_log import NOT_COVERED, PROPERTY, Fault, FaultLog, FaultRow, format_rows
from tests.faults.invariants.client_records import ClientRecords
from tests.services.installation import Installation
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN


def table(*rows: FaultRow) -> dict[str, list[str]]:
    """Return the words after the name of each fault."""
    lines = format_rows((PROPERTY, json.dumps(asdict(row))) for row in rows).splitlines()[1:]
    return {
        name: line.removeprefix(name).split()
        for line in lines
        for name in (*Fault, *NOT_COVERED)
        if line.startswith(name + " ")
    }


def test_rows_of_one_fault_and_engine_are_summed() -> None:
    row = FaultRow(Fault.DISK_FULL.value, "SQLCipher", 2, 30, 0)
    other = FaultRow(Fault.DISK_FULL.value, "SQLCipher", 1, 4, 1, control_lost=3)
    assert table(row, other)[Fault.DISK_FULL] == ["SQLCipher", "3", "34", "1", "3"]


def test_errors_are_summed_and_the_longest_outage_is_shown() -> None:
    row = FaultRow(Fault.DATABASE_FAILED_OVER.value, "PostgreSQL", 1, 30, 0, errors=3, outage=4.25)
    other = FaultRow(Fault.DATABASE_FAILED_OVER.value, "PostgreSQL", 1, 4, 0, errors=2, outage=1.0)
    cells = table(row, other)[Fault.DATABASE_FAILED_OVER]
    assert cells == ["PostgreSQL", "2", "34", "0", "no", "control", "5", "4.2", "s"]


def test_a_fault_without_a_run_and_one_without_a_test_are_named_as_such() -> None:
    lines = table(FaultRow(Fault.DISK_FULL.value, "SQLCipher", 1, 1, 0))
    assert lines[Fault.DISK_FULL] == ["SQLCipher", "1", "1", "0", "no", "control"]
    assert lines[Fault.CLOCK_BACK] == ["not", "run"]
    assert lines[NOT_COVERED[0]] == ["not", "covered"]


def test_a_run_without_faults_has_no_table() -> None:
    assert format_rows([("other", "property")]) == ""


def test_what_was_lost_is_in_the_table_and_fails_the_test(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    installation.run("init")
    settings = load(None, installation.environment)
    opened = open_installation(settings, slot="test")
    try:
        order = Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com"))
        certificate, _ = enroll(opened.ctx, ADMIN, order)
    finally:
        opened.close()
    records = ClientRecords()
    records.add_revocation(certificate.serial)
    rows: list[FaultRow] = []
    log = FaultLog(lambda _, value: rows.append(FaultRow(**json.loads(str(value)))))
    with pytest.raises(AssertionError, match="was acknowledged and is not stored"):
        log.conclude(Fault.DISK_FULL, installation, records, repetitions=1)
    assert table(*rows)[Fault.DISK_FULL][:4] == ["SQLCipher", *"111"]
