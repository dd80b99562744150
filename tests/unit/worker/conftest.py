"""An installation on the SQLCipher engine whose clock the test holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pki_manager.authority.context import Authority
from pki_manager.authority.tls import tls_files
from pki_manager.bootstrap import Installation
from pki_manager.settings import load
from pki_manager.storage.leader import FileLock
from pki_manager.storage.published import SqlitePublished
from pki_manager.storage.storage import SqlStorage
from pki_manager.system import SystemEntropy
from tests.conftest import CHAIN, MAC_KEY, lock_path, open_engine
from tests.factories import initialised, make_authority
from tests.fakes.clock import FrozenClock


@pytest.fixture
def installation(tmp_path: Path, sqlcipher_url: str, clock: FrozenClock) -> Iterator[Installation]:
    storage = SqlStorage(
        open_engine(sqlcipher_url),
        chain=CHAIN,
        mac_key=MAC_KEY,
        clock=clock,
        entropy=SystemEntropy(),
        lock_path=lock_path(sqlcipher_url),
    )
    authority = initialised(make_authority(tmp_path, storage, clock))
    assert isinstance(authority.published, SqlitePublished)
    stack = ExitStack()
    stack.callback(storage.close)
    stack.callback(authority.published.close)
    opened = Installation(
        settings=load(tmp_path, {}),
        authority=authority,
        published=authority.published,
        scheduler=FileLock(tmp_path / "scheduler.lock"),
        tls=tls_files(tmp_path / "tls", b"a password"),
        _stack=stack,
    )
    yield opened
    opened.close()


@pytest.fixture
def authority(installation: Installation) -> Authority:
    return installation.authority
