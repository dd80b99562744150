"""`pkim clock`: whether signatures can rely on this host's clock."""

from __future__ import annotations

from pki_manager.cli.command import noun, verb
from pki_manager.cli.exits import Exit
from pki_manager.cli.session import CommandSession

app = noun("clock")


@verb(app, "show")
def show(session: CommandSession) -> Exit:
    """Show whether signatures can rely on the clock. Exits with 7 if they cannot."""
    found = session.get("clock")
    session.show(found)
    return Exit.DONE if found["state"] == "ok" else Exit.UNAVAILABLE


@verb(app, "accept")
def accept(session: CommandSession) -> Exit:
    """Confirm that the clock of this host is correct, after you checked it.

    Signing then continues, even where earlier signatures are in the clock's future, or after a pause longer than the
    setting clock_longest_pause. Exits with 8 if approval is required.
    """
    found = session.post("clock", "accept")
    session.show(found)
    return Exit.DONE if found["state"] == "ok" else Exit.UNAVAILABLE
