"""One house for the tests of a process: making a hierarchy is what takes time."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import DATABASE_KEY, MAC_KEY
from tests.protocols.rest.door import Door, House, make_house


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, sqlcipher_template: Path) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("rest")
    database = folder / "pki.db"
    shutil.copyfile(sqlcipher_template, database)
    made = make_house(folder, database, DATABASE_KEY, MAC_KEY)
    yield made
    made.authority.storage.close()


@pytest.fixture
def door(house: House) -> Door:
    """As an administrator."""
    return house.door
