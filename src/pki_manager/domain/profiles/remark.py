"""Findings about a profile definition."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RemarkSeverity(StrEnum):
    """Severity of a finding about a profile.

    `error`: the profile is refused. `warning`: the profile works, but should be checked. `notice`: information.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding about a profile. `field` is dotted, or `sample.<key type>` for a finding about a sample certificate."""

    severity: RemarkSeverity
    field: str
    rule: str
    message: str
