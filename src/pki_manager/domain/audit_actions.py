"""Every event there is, of whichever subject."""

from __future__ import annotations

from pki_manager.domain import (
    acme_events,
    audit,
    ca_events,
    certificate_events,
    people_events,
    request_events,
    rights_events,
)
from pki_manager.domain.audit import AuditEvent

HOMES = (acme_events, audit, ca_events, certificate_events, people_events, request_events, rights_events)
"""The modules that events are defined in."""


def event_types() -> tuple[type[AuditEvent], ...]:
    """Every event class, by action."""
    found = [one for home in HOMES for one in vars(home).values() if isinstance(one, type)]
    by_action = {one.ACTION: one for one in found if issubclass(one, AuditEvent) and one is not AuditEvent}
    return tuple(by_action[action] for action in sorted(by_action))
