"""Backups for tests: a key pair, and the contents of a database."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa

from pki_manager.archive.keys import BackupIdentities, derive_recipients
from pki_manager.archive.lines import encode_row
from pki_manager.bootstrap.backup import ignore_progress
from pki_manager.bootstrap.restore import Restored, RestoreTarget, restore_backup
from pki_manager.cli.transport import build_local_actor
from pki_manager.storage.rows import list_kept_tables, open_snapshot

_PRIVATE = bytes(range(32))
IDENTITIES = BackupIdentities((_PRIVATE,))
RECIPIENTS = derive_recipients(IDENTITIES)


def digests(engine: sa.Engine) -> dict[str, tuple[int, str]]:
    """Return the number of rows and their digest by table."""
    found = {}
    with open_snapshot(engine) as database:
        for table in list_kept_tables():
            lines = [encode_row(row) for batch in database.rows(table) for row in batch]
            found[table] = len(lines), hashlib.sha256(b"".join(lines)).hexdigest()
    return found


def restored(
    file: Path, home: Path, url: str | None = None, environ: Mapping[str, str] | None = None, *, recorded: bool = False
) -> Restored:
    """Restore a backup for IDENTITIES; `recorded`: with the audit event."""
    with file.open("rb") as source:
        return restore_backup(
            source,
            IDENTITIES,
            RestoreTarget(home=home, database_url=url, environ=environ or {}),
            field="--identity",
            actor_of=build_local_actor if recorded else None,
            progress=ignore_progress,
        )
