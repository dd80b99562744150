"""Findings about a profile definition."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RemarkSeverity(StrEnum):
    """Severity of a finding about a profile. `error`: the profile is refused. `warning`: check it.

    `notice`: information.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding. `field` is dotted, or `sample.<key type>` for a finding about a sample certificate."""

    severity: RemarkSeverity
    field: str
    rule: str
    message: str
