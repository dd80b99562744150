"""One house for the tests of a process: making a hierarchy is what takes time."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.conftest import MAC_KEY, lock_path, open_engine
from tests.protocols.rest.corp import Corp
from tests.protocols.rest.door import Door, House, furnish
from tests.services.forger import forger
from tests.services.postgresql import PostgresServer


@pytest.fixture(scope="session")
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """On SQLCipher, or on the engine that TEST_ENGINE names (`postgresql`): `make test-long` runs them on both."""
    folder = tmp_path_factory.mktemp("rest")
    if os.environ.get("TEST_ENGINE", "sqlcipher") == "sqlcipher":
        url = f"sqlcipher:{folder / 'pki.db'}"
        shutil.copyfile(request.getfixturevalue("sqlcipher_template"), folder / "pki.db")
    else:
        server: PostgresServer = request.getfixturevalue("postgresql")
        url = server.url(server.create_database(request.getfixturevalue("postgresql_template")))
    made = furnish(folder, open_engine(url), MAC_KEY, lock_path(url))
    yield made
    made.ctx.ports.storage.close()


@pytest.fixture
def door(house: House) -> Door:
    """As an administrator."""
    return house.door


@pytest.fixture
def at(house: House) -> Iterator[Corp]:
    house.ctx.state.refusals.drain()  # so that none is only counted
    with forger(house.clock.now) as provider:
        one = Corp(house.ctx, house.clock, provider, house.door)
        one.offer()
        yield one
