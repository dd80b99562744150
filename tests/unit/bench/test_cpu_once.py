"""The stages whose CPU time is measured."""

from __future__ import annotations

import pytest
from bench.cpu_once import STAGES, find_holder


@pytest.mark.parametrize(("stage", "holder", "attribute"), STAGES, ids=[stage for stage, _, _ in STAGES])
def test_every_stage_is_a_function_that_exists(stage: str, holder: str, attribute: str) -> None:
    assert callable(getattr(find_holder(holder), attribute, None)), f"{stage}: {holder} has no {attribute}"
