"""An installation of its own for a test whose credentials change what the server tells every client."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pki_manager.authority.kernel.context import Context
from tests.conftest import DATABASE_KEY, MAC_KEY
from tests.protocols.rest.door import make_house


@pytest.fixture
def fresh_ctx(tmp_path: Path, sqlcipher_template: Path) -> Iterator[Context]:
    shutil.copyfile(sqlcipher_template, tmp_path / "pki.db")
    made = make_house(tmp_path, tmp_path / "pki.db", DATABASE_KEY, MAC_KEY)
    yield made.ctx
    made.ctx.ports.storage.close()
