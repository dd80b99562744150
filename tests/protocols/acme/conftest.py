"""One house for the tests of a process, and clients of its ACME door."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.protocols.acme.client import AcmeClient, Door, new_client
from tests.protocols.houses import furnished_house
from tests.protocols.rest.door import House


@pytest.fixture(scope="session")
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    yield from furnished_house(request, tmp_path_factory, "acme")


@pytest.fixture(scope="session")
def door(house: House) -> Door:
    return Door(house.ctx)


@pytest.fixture
def client(door: Door) -> AcmeClient:
    """With an account of its own."""
    return new_client(door)
