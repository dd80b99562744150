"""An installation for the tests of a process, and clients of its CMP endpoint."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.protocols.cmp.client import CmpClient, Endpoint, new_client
from tests.protocols.houses import furnished_house
from tests.protocols.rest.door import House


@pytest.fixture(scope="session")
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    yield from furnished_house(request, tmp_path_factory, "cmp")


@pytest.fixture(scope="session")
def endpoint(house: House) -> Endpoint:
    return Endpoint(house.ctx)


@pytest.fixture
def client(endpoint: Endpoint) -> CmpClient:
    """With a credential of its own."""
    return new_client(endpoint)
