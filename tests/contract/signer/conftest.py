"""One backend of each adapter a session: keys are dear, and no test may lean on an empty backend."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from pki_manager.ports.signer import Signer
from tests.contract.signer.adapters import ADAPTERS, Adapter


@dataclass(frozen=True)
class Backend:
    adapter: Adapter
    home: Path
    signer: Signer


@pytest.fixture(scope="session", params=ADAPTERS)
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Backend:
    adapter = ADAPTERS[request.param]
    home = tmp_path_factory.mktemp(adapter.name)
    return Backend(adapter, home, adapter.open(home))


@pytest.fixture(scope="session", params=[row.name for row in ADAPTERS.values() if row.durable])
def durable(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Backend:
    adapter = ADAPTERS[request.param]
    home = tmp_path_factory.mktemp(adapter.name)
    return Backend(adapter, home, adapter.open(home))


@pytest.fixture(scope="session")
def processes() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool
