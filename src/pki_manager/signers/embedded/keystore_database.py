"""A keystore in a separate PostgreSQL database, encrypted as in a file and shared by several hosts."""

from __future__ import annotations

import sqlalchemy as sa

from pki_manager.domain.errors import HomeUnusable
from pki_manager.ports.entropy import Entropy
from pki_manager.signers.embedded.header import create_header
from pki_manager.signers.embedded.master_key import Argon2Cost, KekSource
from pki_manager.signers.embedded.tables import header, metadata

_MAKING = 0x706B696D6B657973
"""Number of the advisory lock under which one process creates the keystore."""


def has_keystore(engine: sa.Engine) -> bool:
    """Return whether the database has a keystore. Raises HomeUnusable if it does not respond."""
    try:
        with engine.connect() as connection:
            return _is_there(connection)
    except sa.exc.SQLAlchemyError as error:
        raise HomeUnusable("The database of the keystore cannot be read.", cause=str(error)) from error


def create_in_database(
    engine: sa.Engine, source: KekSource, *, entropy: Entropy, argon2: Argon2Cost | None = None
) -> bool:
    """Create an empty keystore with the KEK of `source`, in one transaction. Returns False if one exists.

    Raises HomeUnusable if the secret of `source` is unsuitable or the database refuses.
    """
    try:
        with engine.begin() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MAKING)))
            if _is_there(connection):
                return False
            metadata.create_all(connection)
            connection.execute(sa.insert(header).values(create_header(source, entropy, argon2)[0]))
    except sa.exc.SQLAlchemyError as error:
        raise HomeUnusable("The keystore cannot be created in its database.", cause=str(error)) from error
    return True


def _is_there(connection: sa.Connection) -> bool:
    tables = sa.inspect(connection)
    return tables.has_table(header.name) and connection.execute(sa.select(header.c.id)).first() is not None
