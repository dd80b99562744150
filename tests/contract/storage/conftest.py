"""Every engine of the storage port, and a CA with a key in it."""

from __future__ import annotations

import pytest

from pki_manager.storage.storage import SqlStorage
from tests.contract.storage.values import ACTOR, EVENT, Hierarchy, hierarchy


@pytest.fixture(params=["memory", "sqlcipher", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A new database with the schema, on each engine, and on the one that unit tests run on."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def issuing(storage: SqlStorage) -> Hierarchy:
    made = hierarchy()
    with storage.begin(ACTOR) as unit:
        unit.cas.add(made.ca)
        unit.issuer_keys.add(made.key)
        unit.record(EVENT)
    return made
