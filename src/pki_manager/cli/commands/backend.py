"""`pkim backend`: key backends."""

from __future__ import annotations

from typing import Annotated

import typer

from pki_manager.cli.command import noun, verb
from pki_manager.cli.exits import Exit
from pki_manager.cli.session import CommandSession

app = noun("backend")

_COLUMNS = ("name", "kind", "state", "version", "reason", "warnings")


@verb(app, "list", lists=True)
def list_backends(session: CommandSession) -> None:
    """List the configured key backends with their state."""
    session.show_list(session.get("backends"), *_COLUMNS)


@verb(app, "show")
def show(
    session: CommandSession, name: Annotated[str, typer.Argument(metavar="BACKEND", help="Name of the key backend")]
) -> None:
    """Show a key backend with its recent signatures and failures."""
    session.show(session.get("backends", name))


@verb(app, "check")
def check(
    session: CommandSession,
    name: Annotated[
        str | None, typer.Argument(metavar="BACKEND", help="Name of the only key backend to check. Default: all")
    ] = None,
) -> Exit:
    """Check a key backend and each key in it. Exits with 7 if one is unavailable. Warnings say what to repair."""
    names = [name] if name is not None else [row["name"] for row in session.get("backends")["items"]]
    found = [session.post("backends", one, "check") for one in names]
    session.show_list({"items": found, "next_cursor": None}, *_COLUMNS)
    return Exit.DONE if all(row["state"] == "available" for row in found) else Exit.UNAVAILABLE
