"""One installation a file, served, and a client with every right."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from tests.services.installation import Installation, Server, administrator_token


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = Installation(tmp_path_factory.mktemp("installation"))
    made.run("init")
    return made


@pytest.fixture(scope="module")
def server(installation: Installation) -> Iterator[Server]:
    with installation.serving() as running:
        yield running


@pytest.fixture(scope="module")
def api(installation: Installation, server: Server) -> Iterator[httpx2.Client]:
    with server.client(administrator_token(installation)) as client:
        yield client
