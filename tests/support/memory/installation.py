"""An installation in RAM: database, published store, and keystore are files there. Issuer keys are in the process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pki_manager.authority.kernel.context import Context
from pki_manager.ports.clock import Clock
from pki_manager.storage.storage import SqlStorage
from tests.fakes.clock import FrozenClock
from tests.fakes.entropy import SeededEntropy
from tests.fakes.signer import FakeSigner, FakeSigners
from tests.support.factories import MAC_KEY, initialized, make_authority
from tests.support.memory.storage import copy_database, open_memory, ram_folder


@dataclass(frozen=True)
class Template:
    """A folder with a closed installation, and the issuer keys of its backend."""

    folder: Path
    signer: FakeSigner


@contextmanager
def open_context(folder: Path, signer: FakeSigner, clock: Clock, seed: str) -> Iterator[Context]:
    """Yield the use cases over the database `pki.db` of a folder, with `signer` as the only key backend.

    `seed` begins the random numbers: a copy must not repeat those of its template.
    """
    storage = SqlStorage(
        open_memory(folder / "pki.db"),
        chain="host/worker-1",
        mac_key=MAC_KEY,
        clock=clock,
        entropy=SeededEntropy(seed),
        lock_path=folder / "pki.lock",
    )
    try:
        yield make_authority(folder, storage, clock, signers=FakeSigners(signer))
    finally:
        storage.close()


@contextmanager
def initialized_template(database: Path) -> Iterator[Template]:
    """Yield an installation with `Root CA` and `Issuing CA`, made once, to copy."""
    with ram_folder() as folder:
        copy_database(database, folder / "pki.db")
        signer = FakeSigner("embedded")
        with open_context(folder, signer, FrozenClock(), "template") as ctx:
            initialized(ctx)
        yield Template(folder, signer)


@contextmanager
def open_copy(template: Template, clock: Clock) -> Iterator[Context]:
    """Yield the use cases over a copy of the template, which only this caller changes."""
    with ram_folder() as folder:
        shutil.copytree(template.folder, folder, dirs_exist_ok=True)
        with open_context(folder, template.signer.copy(), clock, "copy") as ctx:
            yield ctx
