"""An authority on each engine: a bare one, for accounts need no hierarchy, and one with a client that may issue."""

from __future__ import annotations

from pathlib import Path

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.storage.storage import SqlStorage
from tests.fakes.clock import FrozenClock
from tests.support.acme_clients import Client, make_client
from tests.support.factories import make_authority


@pytest.fixture
def bare(tmp_path: Path, storage: SqlStorage, clock: FrozenClock) -> Context:
    return make_authority(tmp_path, storage, clock)


@pytest.fixture
def client(ctx: Context) -> Client:
    return make_client(ctx)
