"""What a linter says, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class JudgeFinding:
    """`judge` is pkilint or zlint, `lint` its own id, `severity` error or warning, `message` its own words."""

    judge: str
    lint: str
    severity: str
    message: str = ""
