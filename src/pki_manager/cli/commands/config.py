"""`pkim config`: settings. The commands work only on the host itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pki_manager.cli.command import noun, verb
from pki_manager.cli.output import Output, warn
from pki_manager.cli.session import CommandSession
from pki_manager.cli.transport import load_settings, open_local
from pki_manager.domain.errors import PkiError, StorageUnavailable

if TYPE_CHECKING:
    from pki_manager.settings import Settings

app = noun("config")


@verb(app, "show")
def show(session: CommandSession) -> None:
    """Show the settings in force."""
    session.show({row["name"]: row["value"] for row in _rows(session)})


@verb(app, "explain")
def explain(session: CommandSession) -> None:
    """List every setting with its value, the source of the value, its default, and its meaning."""
    session.show_list({"items": _rows(session), "next_cursor": None}, "name", "value", "source", "default", "meaning")


@verb(app, "check")
def check(session: CommandSession) -> None:
    """Check the settings: values, files, and the status URLs of CAs; report every fault at once.

    Warnings do not change the exit code.
    """
    from pki_manager.settings.files import require_files

    settings = load_settings(session.connection, may_be_missing=True)
    require_files(settings)
    found = [*_check_replica(settings), *_warnings(settings)]
    if session.output is Output.TABLE:
        session.show({"valid": True})
        for warning in found:
            warn(warning)
    else:
        session.show({"valid": True, "warnings": found})


def _warnings(settings: Settings) -> list[str]:
    """Return how the settings differ from the server's, and what `pkim status` would report on the status URLs."""
    from pki_manager.authority.signing.status_urls import find_notices
    from pki_manager.bootstrap import home, in_force, list_database_notices

    found = [f"{name} {difference}." for name, difference in in_force.find_differences(settings).items()]
    if not home.is_set_up(settings):
        return [*found, *_first_status_url(settings)]
    try:
        found += list_database_notices(settings)
        with open_local(settings, only_reads=True) as installation:
            return [*found, *(notice.text for notice in find_notices(installation.ctx))]
    except PkiError as error:
        return [*found, f"The CAs were not checked: {error.detail}"]


def _check_replica(settings: Settings) -> list[str]:
    """Return a warning if the read replica is unavailable. Raises ConfigurationInvalid if it is not a replica."""
    from pki_manager.bootstrap.database import require_replica

    try:
        require_replica(settings)
    except StorageUnavailable as error:
        return [f"The read replica was not checked: {error.detail} Until it is available, database_url is read."]
    return []


def _first_status_url(settings: Settings) -> list[str]:
    from pki_manager.bootstrap import find_status_url_fault

    fault = find_status_url_fault(settings)
    return [] if fault is None else [f"public_status_url: {fault}"]


def _rows(session: CommandSession) -> list[dict[str, Any]]:
    from dataclasses import asdict

    from pki_manager.settings import explanation

    return [asdict(row) for row in explanation.explain(load_settings(session.connection, may_be_missing=True))]
