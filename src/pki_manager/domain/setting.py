"""A setting as it is shown: what it is, where it comes from, what it means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Explained:
    """One setting as people read it; texts, secrets hidden. `default` is empty where there is none."""

    name: str
    value: str
    source: Source
    default: str
    meaning: str
