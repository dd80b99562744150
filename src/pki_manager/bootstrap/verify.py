"""Verification of a backup: it is restored into a scratch directory and opened; its audit log and keys are checked."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pki_manager.archive.keys import DecryptionKey
from pki_manager.archive.manifest import ManifestHeader
from pki_manager.authority.audit.audit_log import AuditReport, verify_audit
from pki_manager.authority.installation.stored_check import StoredFault, check_stored
from pki_manager.bootstrap import open_installation
from pki_manager.bootstrap.backup import Progress
from pki_manager.bootstrap.restore import RestoreTarget, restore_backup
from pki_manager.domain.rights.actor import Actor
from pki_manager.settings import load

_ELSEWHERE = frozenset({"PKIM_HOME", "PKIM_DATABASE_URL", "PKIM_KEYSTORE_URL"})
"""Environment variables that would select the data of the installation instead of the scratch directory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """The result of a verification. `faults` also lists keys that could not be compared."""

    header: ManifestHeader
    rows: Mapping[str, int]
    audit: AuditReport
    faults: tuple[StoredFault, ...]

    @property
    def passed(self) -> bool:
        return self.audit.valid and not any(fault.is_known for fault in self.faults)


def verify_backup(
    source: IO[bytes],
    key: DecryptionKey,
    environ: Mapping[str, str],
    *,
    field: str,
    actor: Actor,
    progress: Progress,
    scratch: Path | None = None,
) -> Verified:
    """Restore a backup into a new private directory, verify its audit log, and compare its keys.

    The directory is below `scratch` (default: TMPDIR) and is deleted at the end. Errors as `restore_backup`.
    """
    kept = {name: value for name, value in environ.items() if name not in _ELSEWHERE}
    with tempfile.TemporaryDirectory(prefix="pkim-verify-", dir=scratch, ignore_cleanup_errors=True) as place:
        target = RestoreTarget(home=Path(place) / "home", database_url=None, environ=kept)
        restored = restore_backup(source, key, target, field=field, actor_of=None, progress=progress)
        installation = open_installation(load(target.home, kept), slot="verify", only_reads=True)
        try:
            audit = verify_audit(installation.ctx, actor)
            faults = check_stored(installation.ctx, actor)
        finally:
            installation.close()
    return Verified(header=restored.header, rows=restored.rows, audit=audit, faults=faults)
