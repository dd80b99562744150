"""An installation with a clock that the test controls, assembled like in bootstrap, on SQLCipher."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pki_manager.authority.installation.tls import get_tls_files
from pki_manager.bootstrap import Installation
from pki_manager.settings import load
from pki_manager.storage.leader import FileLock
from pki_manager.storage.published import SqlitePublished
from pki_manager.storage.storage import SqlStorage
from pki_manager.system import SystemEntropy
from tests.conftest import CHAIN, MAC_KEY, lock_path, open_engine
from tests.fakes.clock import FrozenClock
from tests.support.factories import initialized, make_authority, open_test_keystore


@contextmanager
def held_installation(
    folder: Path, database_url: str, clock: FrozenClock, environ: Mapping[str, str] | None = None
) -> Iterator[Installation]:
    """Yield an installation in `folder` over a database with the schema, and close it at the end."""
    engine = open_engine(database_url)
    storage = SqlStorage(
        engine,
        chain=CHAIN,
        mac_key=MAC_KEY,
        clock=clock,
        entropy=SystemEntropy(),
        lock_path=lock_path(database_url),
    )
    ctx = initialized(make_authority(folder, storage, clock))
    assert isinstance(ctx.ports.published, SqlitePublished)
    with ExitStack() as stack:
        stack.callback(ctx.ports.published.close)
        stack.callback(storage.close)
        yield Installation(
            settings=load(folder, environ or {}),
            ctx=ctx,
            published=ctx.ports.published,
            scheduler=FileLock(folder / "scheduler.lock"),
            tls=get_tls_files(folder / "tls", b"a password"),
            keystore=open_test_keystore(folder, clock),
            engine=engine,
            _stack=stack,
        )
