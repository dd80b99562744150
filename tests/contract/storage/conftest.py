"""A CA with a key, in a storage of each engine."""

from __future__ import annotations

import pytest

from pki_manager.storage.storage import SqlStorage
from tests.contract.storage.values import ACTOR, EVENT, Hierarchy, hierarchy


@pytest.fixture
def issuing(storage: SqlStorage) -> Hierarchy:
    made = hierarchy()
    with storage.begin(ACTOR) as unit:
        unit.cas.add(made.ca)
        unit.issuer_keys.add(made.key)
        unit.record(EVENT)
    return made
