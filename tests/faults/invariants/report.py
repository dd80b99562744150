"""All invariants of an installation: their results, and the table of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pki_manager.bootstrap import open_installation
from pki_manager.settings import Settings
from tests.faults.invariants.client_records import ClientRecords
from tests.faults.invariants.evidence import Checked, Evidence, gather, read_published
from tests.faults.invariants.issuance_checks import check_acknowledged, check_origin, check_serials, check_settled
from tests.faults.invariants.row_checks import check_audit, check_rows
from tests.faults.invariants.status_checks import check_crl_numbers, check_status

_CHECKS: Sequence[tuple[str, str, Callable[[Evidence], Checked]]] = (
    ("I1", "Every result that a client received is stored", check_acknowledged),
    ("I2", "Every certificate has an earlier intent, a lint result, and audit events", check_origin),
    ("I3", "No serial number is used twice", check_serials),
    ("I4", "No CRL number is used twice, and none falls", check_crl_numbers),
    ("I5", "Published status equals stored status; revoked is never good", check_status),
    ("I6", "Everything signed is stored, or its serial number is revoked", check_settled),
    ("I7", "The audit log is valid, and complete in both directions", check_audit),
    ("I8", "Every reference resolves, and every value equals the signed one", check_rows),
)
_SHOWN = 20
"""Maximum number of violations of an invariant that are printed."""


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one invariant."""

    name: str
    rule: str
    rows: int
    violations: tuple[str, ...]


def check_invariants(settings: Settings, records: ClientRecords) -> tuple[Result, ...]:
    """Check all invariants without changing anything. The server can run.

    Raises HomeUnusable if the published status store cannot be read. Other errors as `open_installation`.
    """
    published = read_published(settings.home)
    opened = open_installation(settings, slot="invariants", only_reads=True)
    try:
        with gather(opened, published, records) as evidence:
            return tuple(_check(name, rule, check, evidence) for name, rule, check in _CHECKS)
    finally:
        opened.close()


def _check(name: str, rule: str, check: Callable[[Evidence], Checked], evidence: Evidence) -> Result:
    checked = check(evidence)
    return Result(name, rule, checked.rows, checked.violations)


def format_results(results: Sequence[Result]) -> str:
    """Return the results as a table, followed by the violations."""
    return "\n".join(_format_lines(results))


def _format_lines(results: Sequence[Result]) -> Iterator[str]:
    width = max(len(result.rule) for result in results)
    yield f"{'':4}{'Invariant':{width}}  {'Rows':>9}  {'Violations':>10}"
    for result in results:
        yield f"{result.name:4}{result.rule:{width}}  {result.rows:9}  {len(result.violations):10}"
    for result in results:
        for violation in result.violations[:_SHOWN]:
            yield f"{result.name}: {violation}."
        if len(result.violations) > _SHOWN:
            yield f"{result.name}: {len(result.violations) - _SHOWN} more violations."
