"""An installation for the tests of a protocol, one for each process that runs tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import MAC_KEY, lock_path, open_engine
from tests.protocols.rest.door import House, furnish
from tests.services.postgresql import PostgresServer


def furnished_house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, name: str
) -> Iterator[House]:
    """On SQLCipher, or on the engine that TEST_ENGINE names (`postgresql`): `make test-long` runs them on both."""
    folder = tmp_path_factory.mktemp(name)
    if os.environ.get("TEST_ENGINE", "sqlcipher") == "sqlcipher":
        template: Path = request.getfixturevalue("sqlcipher_template")
        url = f"sqlcipher:{folder / 'pki.db'}"
        shutil.copyfile(template, folder / "pki.db")
    else:
        server: PostgresServer = request.getfixturevalue("postgresql")
        url = server.url(server.create_database(request.getfixturevalue("postgresql_template")))
    made = furnish(folder, open_engine(url), MAC_KEY, lock_path(url))
    yield made
    made.ctx.ports.storage.close()
