"""`pkim backend`: key backends."""

from __future__ import annotations

from typing import Annotated

import typer

from pki_manager.cli.command import noun, verb
from pki_manager.cli.exits import Exit
from pki_manager.cli.session import Session

app = noun("backend")

_COLUMNS = ("name", "kind", "state", "version", "identity", "owner", "key_types", "reason", "warnings")


@verb(app, "list")
def list_backends(session: Session) -> None:
    """All that are configured, with their state."""
    session.show_list(session.get("backends"), *_COLUMNS)


@verb(app, "show")
def show(session: Session, name: Annotated[str, typer.Argument(metavar="BACKEND", help="Its name")]) -> None:
    """One of them, with how this process has fared with it."""
    session.show(session.get("backends", name))


@verb(app, "check")
def check(
    session: Session,
    name: Annotated[str | None, typer.Argument(metavar="BACKEND", help="Only this one")] = None,
) -> Exit:
    """Look closely, also at each of our keys there. Exit code 7 when one is away; warnings say what to mend."""
    names = [name] if name is not None else [row["name"] for row in session.get("backends")["items"]]
    found = [session.post("backends", one, "check") for one in names]
    session.show_list({"items": found, "next_cursor": None}, *_COLUMNS)
    return Exit.DONE if all(row["state"] == "available" for row in found) else Exit.UNAVAILABLE
