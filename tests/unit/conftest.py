"""Unit tests have one database: in memory. Both real engines are for the contract suites and for `tests/authority`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.memory.installation import Template, initialized_template


@pytest.fixture
def database_url(memory_url: str) -> str:
    """A new database in RAM with the schema."""
    return memory_url


@pytest.fixture(scope="session")
def installation_template(memory_template: Path) -> Iterator[Template]:
    """An installation with its first hierarchy, to copy."""
    with initialized_template(memory_template) as template:
        yield template
