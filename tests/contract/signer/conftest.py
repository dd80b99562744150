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
from tests.services import softhsm2
from tests.services.kms import Kms


@dataclass(frozen=True)
class Backend:
    adapter: Adapter
    home: Path
    signer: Signer


def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    adapter = ADAPTERS[request.param]
    if adapter.service is None:
        home = tmp_path_factory.mktemp(adapter.name)
    else:
        home = request.getfixturevalue(f"{adapter.service}_home")
    signer = adapter.open(home)
    yield Backend(adapter, home, signer)
    signer.close()


@pytest.fixture(scope="session", params=[row.param for row in ADAPTERS.values()])
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    yield from opened(request, tmp_path_factory)


@pytest.fixture(scope="session", params=[row.param for row in ADAPTERS.values() if row.durable])
def durable(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    yield from opened(request, tmp_path_factory)


@pytest.fixture(scope="session")
def kms_home(kms: Kms, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("cosmian")
    (home / "options.json").write_text(kms.options("cosmian").model_dump_json())
    return home


@pytest.fixture(scope="session")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessPoolExecutor]:
    # They inherit the environment when they start, whichever backend is the first to ask for them.
    softhsm2.of_this_process(tmp_path_factory.getbasetemp() / "softhsm2")
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool
