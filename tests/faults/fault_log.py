"""The table of faults: how much of what an installation acknowledged was checked after each fault, and was lost.

A test calls `FaultLog.conclude` after its fault. pytest prints the table at the end of the run.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from pki_manager.settings import load
from tests.faults.invariants.client_records import ClientRecords
from tests.faults.invariants.report import check_invariants, format_results
from tests.services.installation import Installation

PROPERTY = "fault"
"""Name of the pytest property of a row."""


class Fault(StrEnum):
    """A fault that tests cause, by its name in the table."""

    POWER_LOSS = "power loss"
    SIGTERM = "SIGTERM under load"
    KILL_AT_RANDOM = "kill -9 at random under load"
    KILL_ONE_PROCESS = "kill -9 of one of two processes"
    KILL_AT_STEP = "kill -9 at named steps"
    KILL_IN_SETUP = "kill -9 at named steps of setup"
    DATABASE_HELD = "database locked by another session"
    DATABASE_RESTARTED = "database stopped and restarted"
    DATABASE_FAILED_OVER = "database killed, standby promoted"
    DATABASE_FROZEN = "database frozen"
    DISK_FULL = "disk full"
    READ_ONLY = "file system read-only after an error"
    STATUS_STORE_LOST = "published status store lost"
    SLOW_CLIENTS = "3,000 slow clients, 1,024 descriptors"
    ENDLESS_HEADERS = "endless headers on each listener"
    MEMORY_LIMIT = "killed at its memory limit"
    KMS_AWAY = "KMS killed, silent, slow, or lying"
    HSM_AWAY = "HSM token removed"
    ROLLING_UPGRADE = "hosts upgraded one after the other"
    CLOCK_BACK = "clock 1 hour back"
    CLOCK_AHEAD = "clock 5 years ahead"


NOT_COVERED = ("power loss on PostgreSQL",)
"""Faults that no test of this folder causes yet."""


@dataclass(frozen=True, slots=True)
class FaultRow:
    """One row of the table: the results of one test, or the sums of several with the same fault and engine.

    `control_lost` is what a less durable configuration lost under the same fault, None without such a control.
    `errors` counts the requests that failed during the fault, and `outage` is the longest time in seconds without a new
    certificate. Both are None if the test does not measure them.
    """

    fault: str
    engine: str
    repetitions: int
    acknowledged: int
    lost: int
    control_lost: int | None = None
    errors: int | None = None
    outage: float | None = None


class FaultLog:
    """Checks the invariants after a fault, and records the row of the table."""

    def __init__(self, record_property: Callable[[str, object], None]) -> None:
        self._record_property = record_property
        self._counted = 0

    def conclude(
        self,
        fault: Fault,
        installation: Installation,
        records: ClientRecords,
        *,
        repetitions: int,
        control_lost: int | None = None,
        errors: int | None = None,
        outage: float | None = None,
    ) -> None:
        """Require that every invariant holds. The row is recorded in any case.

        A test with several faults calls it after each of them, with all records since its beginning.
        """
        acknowledged = len(records.list_received("certificate", "revocation"))
        results = check_invariants(load(None, installation.environment), records)
        row = FaultRow(
            fault=fault.value,
            engine="PostgreSQL" if "PKIM_DATABASE_URL" in installation.environment else "SQLCipher",
            repetitions=repetitions,
            acknowledged=acknowledged - self._counted,
            lost=len(results[0].violations),
            control_lost=control_lost,
            errors=errors,
            outage=outage,
        )
        self._counted = acknowledged
        self._record_property(PROPERTY, json.dumps(asdict(row)))
        assert not any(result.violations for result in results), format_results(results)


def format_rows(properties: Iterable[tuple[str, object]]) -> str:
    """Return the table of the rows among pytest's properties, empty if there are none."""
    rows = [FaultRow(**json.loads(str(value))) for name, value in properties if name == PROPERTY]
    return "\n".join(_format_lines(_sum(rows))) if rows else ""


def _sum(rows: Sequence[FaultRow]) -> Mapping[str, Sequence[FaultRow]]:
    """Return one row for each fault and engine, by fault."""
    groups: dict[tuple[str, str], list[FaultRow]] = defaultdict(list)
    for row in rows:
        groups[row.fault, row.engine].append(row)
    summed: dict[str, list[FaultRow]] = defaultdict(list)
    for (fault, engine), group in sorted(groups.items()):
        controls = [row.control_lost for row in group if row.control_lost is not None]
        errors = [row.errors for row in group if row.errors is not None]
        summed[fault].append(
            FaultRow(
                fault=fault,
                engine=engine,
                repetitions=sum(row.repetitions for row in group),
                acknowledged=sum(row.acknowledged for row in group),
                lost=sum(row.lost for row in group),
                control_lost=sum(controls) if controls else None,
                errors=sum(errors) if errors else None,
                outage=max((row.outage for row in group if row.outage is not None), default=None),
            )
        )
    return summed


def _format_lines(rows: Mapping[str, Sequence[FaultRow]]) -> Iterator[str]:
    width = max(len(name) for name in (*Fault, *NOT_COVERED))
    numbers = (
        f"{'Repetitions':>11}  {'Acknowledged':>12}  {'Lost':>4}  {'Control lost':>12}  {'Errors':>6}  {'Outage':>7}"
    )
    yield f"{'Fault':{width}}  {'Engine':10}  {numbers}"
    for fault in Fault:
        for row in rows.get(fault, ()):
            control = "no control" if row.control_lost is None else str(row.control_lost)
            errors = "" if row.errors is None else f"{row.errors:8}"
            outage = "" if row.outage is None else f"{row.outage:7.1f} s"
            numbers = f"{row.repetitions:11}  {row.acknowledged:12}  {row.lost:4}  {control:>12}{errors}{outage}"
            yield f"{fault:{width}}  {row.engine:10}  {numbers}"
        if fault not in rows:
            yield f"{fault:{width}}  not run"
    for name in NOT_COVERED:
        yield f"{name:{width}}  not covered"
