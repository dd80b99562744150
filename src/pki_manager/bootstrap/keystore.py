"""The keystore of an installation: a file (by default in the data directory) or a PostgreSQL database."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from pki_manager.bootstrap import master_key
from pki_manager.bootstrap.home import KEYSTORE
from pki_manager.domain.errors import HomeUnusable
from pki_manager.ports.clock import Clock
from pki_manager.ports.entropy import Entropy
from pki_manager.settings import Settings
from pki_manager.signers.embedded.keystore import Keystore, open_on
from pki_manager.signers.embedded.keystore_database import create_in_database, has_keystore
from pki_manager.signers.embedded.keystore_file import create_keystore, open_keystore
from pki_manager.signers.embedded.master_key import KeyFile, create_key_file
from pki_manager.signers.embedded.rewrap import finish_change
from pki_manager.storage.engine.engines import open_postgresql

_log = logging.getLogger(__name__)


def exists(settings: Settings) -> bool:
    """Return whether there is a keystore.

    Raises HomeUnusable or StorageUnavailable if its database does not respond.
    """
    path = _path(settings)
    if path is not None:
        return path.exists()
    with _asking(settings) as engine:
        return has_keystore(engine)


def create(settings: Settings, entropy: Entropy) -> None:
    """Create the keystore if it is missing.

    A key file is created only together with the keystore: an existing keystore is encrypted with another master key.
    """
    if exists(settings):
        return
    source = master_key.get_source(settings)
    if isinstance(source, KeyFile) and not source.credential:
        create_key_file(source.path, entropy)
    path = _path(settings)
    if path is not None:
        create_keystore(path, source, entropy=entropy)
    else:
        with _asking(settings) as engine:
            create_in_database(engine, source, entropy=entropy)


def open_(settings: Settings, clock: Clock, entropy: Entropy) -> Keystore:
    """Open and unlock the keystore.

    Raises BackendUnavailable if the HSM that wraps the master key is unavailable. Raises HomeUnusable as
    `open_keystore`.
    """
    source, path = master_key.get_source(settings), _path(settings)
    if path is not None:
        keystore = open_keystore(path, source, clock=clock, entropy=entropy)
    else:
        keystore = _open_database(settings, clock, entropy)
    if isinstance(source, KeyFile):
        try:
            finish_change(keystore, source)
        except HomeUnusable as error:
            _log.warning("change of the master key not completed", extra={"reason": error.detail})
    return keystore


def _open_database(settings: Settings, clock: Clock, entropy: Entropy) -> Keystore:
    engine = open_postgresql(settings.keystore_url or "")
    try:
        source = master_key.get_source(settings)
        return open_on(engine, source, "in the database of keystore_url", clock=clock, entropy=entropy)
    except BaseException:
        engine.dispose()
        raise


def _path(settings: Settings) -> Path | None:
    """Return the path of the keystore file, or None if the keystore is in a database."""
    if settings.keystore_url is None:
        return settings.home / KEYSTORE
    return Path(settings.keystore_url.removeprefix("file://")) if settings.keystore_url.startswith("file://") else None


@contextmanager
def _asking(settings: Settings) -> Iterator[sa.Engine]:
    engine = open_postgresql(settings.keystore_url or "")
    try:
        yield engine
    finally:
        engine.dispose()
