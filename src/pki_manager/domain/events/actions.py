"""The list of all audit events."""

from __future__ import annotations

from pki_manager.domain.events import acme, audit, cas, certificates, people, requests, rights
from pki_manager.domain.events.audit import AuditEvent

HOMES = (acme, audit, cas, certificates, people, requests, rights)
"""The modules that define events."""


def list_event_types() -> tuple[type[AuditEvent], ...]:
    """Return every event class, sorted by action."""
    found = [one for home in HOMES for one in vars(home).values() if isinstance(one, type)]
    by_action = {one.ACTION: one for one in found if issubclass(one, AuditEvent) and one is not AuditEvent}
    return tuple(by_action[action] for action in sorted(by_action))
