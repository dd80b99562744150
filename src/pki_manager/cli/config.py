"""`pkim config`: settings, on the machine itself."""

from __future__ import annotations

from typing import Any

from pki_manager.cli.command import noun, verb
from pki_manager.cli.session import Session
from pki_manager.cli.transport import load_settings

app = noun("config", "Settings")


@verb(app, "show")
def show(session: Session) -> None:
    """What is in force."""
    session.show({row["name"]: row["value"] for row in _rows(session)})


@verb(app, "explain")
def explain(session: Session) -> None:
    """Every setting with its value, where that comes from, its default and its meaning."""
    session.show_list({"items": _rows(session), "next_cursor": None}, "name", "value", "source", "default", "meaning")


@verb(app, "check")
def check(session: Session) -> None:
    """Whether the settings can work; every fault at once."""
    load_settings(session.connection, may_be_missing=True)
    session.show({"valid": True})


def _rows(session: Session) -> list[dict[str, Any]]:
    from dataclasses import asdict

    from pki_manager.settings import explain as explained

    return [asdict(row) for row in explained(load_settings(session.connection, may_be_missing=True))]
