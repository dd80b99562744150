from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.bootstrap import Installation
from tests.fakes.clock import FrozenClock
from tests.support.held import held_installation


@pytest.fixture
def installation(tmp_path: Path, memory_url: str, clock: FrozenClock) -> Iterator[Installation]:
    with held_installation(tmp_path, memory_url, clock) as installation:
        yield installation


@pytest.fixture
def ctx(installation: Installation) -> Context:
    return installation.ctx
