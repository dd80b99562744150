"""`pkim backend`: key backends."""

from __future__ import annotations

from pki_manager.cli.command import noun, verb
from pki_manager.cli.session import Session

app = noun("backend", "Key backends")


@verb(app, "list")
def list_backends(session: Session) -> None:
    """All that are configured, with their state."""
    session.show_list(session.get("backends"), "name", "kind", "state", "key_types", "reason")
