"""A setting in the form that is shown to users."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    """The source of the value of a setting."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Explained:
    """One setting with its source and description as text; secrets are hidden. `default` is empty if there is none."""

    name: str
    value: str
    source: Source
    default: str
    meaning: str
