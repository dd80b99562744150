"""Fixtures of the tests of faults."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.fault_log import FaultLog


@pytest.fixture
def fault_log(record_property: Callable[[str, object], None]) -> FaultLog:
    return FaultLog(record_property)
