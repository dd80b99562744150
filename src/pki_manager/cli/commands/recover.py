"""`pkim recover`: recovery of changes that are missing after a restore. The commands work only on the host itself."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from pki_manager.cli.command import noun, verb
from pki_manager.cli.files import read_input
from pki_manager.cli.session import CommandSession
from pki_manager.cli.transport import build_local_actor, load_settings, open_local
from pki_manager.domain.revocation import RevocationReason

app = noun("recover")

_LARGEST = 256 * 1024 * 1024


@verb(app, "status")
def status(session: CommandSession) -> None:
    """Show whether the installation is in recovery, and since when changes are missing."""
    from pki_manager.authority.installation.recovery import show_recovery

    settings = load_settings(session.connection)
    with open_local(settings, only_reads=True) as installation:
        recovery = show_recovery(installation.ctx, build_local_actor(settings))
    if recovery is None:
        session.show({"state": "none"})
        return
    session.show(
        {
            "state": "recovery",
            "since": recovery.since,
            "until": recovery.begun_at,
            "reason": recovery.reason,
            "imported": recovery.imported,
            "revoked": recovery.revoked,
        }
    )


@verb(app, "import")
def import_files(
    session: CommandSession,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="DER files, PEM files, or logs with PEM blocks")
    ],
) -> None:
    """Add certificates and CRLs that were seen elsewhere. Only those that a CA key here signed are stored.

    Each entry of a CRL revokes its certificate, with its reason and time. Can be repeated.
    """
    from pki_manager.authority.installation.recovery import RecoveryImport, import_seen

    settings = load_settings(session.connection)
    actor, result = build_local_actor(settings), RecoveryImport()
    with open_local(settings) as installation:
        for file in files:
            result += import_seen(installation.ctx, actor, read_input(str(file), "FILE", _LARGEST))
    session.show(dataclasses.asdict(result))


@verb(app, "revoke-window")
def revoke(
    session: CommandSession,
    reason: Annotated[str, typer.Option(help="Revocation reason, for example superseded")],
) -> None:
    """Revoke permanently every certificate that was added in this recovery. CA certificates are left out."""
    from pki_manager.authority.installation.recovery import revoke_window

    settings = load_settings(session.connection)
    with open_local(settings) as installation:
        count = revoke_window(installation.ctx, build_local_actor(settings), RevocationReason.parse(reason, "--reason"))
    session.show({"revoked": count})


@verb(app, "finish")
def finish(session: CommandSession) -> None:
    """End the recovery: certificates are issued again. Sessions and open invitation links of all users end."""
    from pki_manager.authority.installation.recovery import finish_recovery

    settings = load_settings(session.connection)
    with open_local(settings) as installation:
        recovery = finish_recovery(installation.ctx, build_local_actor(settings))
    session.show({"state": "none", "imported": recovery.imported, "revoked": recovery.revoked})
