"""An authority with its first hierarchy, on each engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.storage.storage import SqlStorage
from tests.fakes.clock import FrozenClock
from tests.support.factories import initialized, make_authority


@pytest.fixture
def ctx(tmp_path: Path, storage: SqlStorage, clock: FrozenClock) -> Context:
    return initialized(make_authority(tmp_path, storage, clock))
