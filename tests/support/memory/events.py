"""What a use case recorded in the audit trail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import PkiError
from pki_manager.domain.rights.actor import Actor, ActorKind
from pki_manager.policy.access import Permission
from pki_manager.ports.audit_trail import AuditFilter

POWERLESS = Actor(kind=ActorKind.LOCAL, id="local:powerless", name="powerless", via="test")
"""An actor without any permission."""

_MANY = 1000


def recorded_actions(ctx: Context) -> list[str]:
    """Return the actions of all audit events, oldest first."""
    with ctx.ports.storage.read() as reader:
        events = reader.audit.page(AuditFilter(), None, _MANY).items
    return [json.loads(event.body)["action"] for event in reversed(events)]


@contextmanager
def records(ctx: Context, *actions: str) -> Iterator[None]:
    """Require that the block records exactly these audit events, in this order. None: the block changes nothing."""
    before = len(recorded_actions(ctx))
    yield
    assert tuple(recorded_actions(ctx)[before:]) == actions


@contextmanager
def refuses(ctx: Context, kind: type[PkiError], words: Permission | str) -> Iterator[None]:
    """Require this error, with these words in its detail or as a rule, and that nothing is recorded."""
    before = recorded_actions(ctx)
    with pytest.raises(kind) as refused:
        yield
    rules = {fault.rule for fault in refused.value.errors}
    assert words in refused.value.detail or words in rules, (refused.value.detail, rules)
    assert recorded_actions(ctx) == before
