"""An authority without a hierarchy, on each engine: accounts need none."""

from __future__ import annotations

from pathlib import Path

import pytest

from pki_manager.authority.context import Authority
from pki_manager.storage.storage import SqlStorage
from tests.factories import make_authority
from tests.fakes.clock import FrozenClock


@pytest.fixture
def bare(tmp_path: Path, storage: SqlStorage, clock: FrozenClock) -> Authority:
    return make_authority(tmp_path, storage, clock)
