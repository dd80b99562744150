"""The gate of the bench: which figures count as a regression."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.gate import read_figures, regressions


@pytest.mark.parametrize("now", [500.0, 1000.0, 1099.0])
def test_up_to_ten_percent_more_is_no_regression(now: float) -> None:
    assert regressions({"certificate": 1000.0}, {"certificate": now}) == []


def test_more_than_ten_percent_more_is_a_regression_of_that_measure_only() -> None:
    recorded = {"certificate": 1000.0, "ACME order": 30_000.0}
    assert regressions(recorded, {"certificate": 1150.0, "ACME order": 30_000.0}) == [
        "certificate: 1,150 us of CPU, 15% more than the recorded 1,000 us."
    ]


def test_a_measure_without_a_recorded_figure_is_no_regression() -> None:
    assert regressions({}, {"certificate": 1000.0}) == []


def test_without_a_file_nothing_is_recorded(tmp_path: Path) -> None:
    assert read_figures(tmp_path / "gate.json") == {}
