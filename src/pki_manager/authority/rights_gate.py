"""The approval gate for whatever gives or takes rights, or lets somebody in.

Else a pair of eyes could be made up: one administrator makes another user, an approver of a role, or a way into
somebody's account, and approves by that what he has asked for himself.
"""

from __future__ import annotations

from collections.abc import Callable

from pki_manager.authority import approval_gate
from pki_manager.authority.approval_gate import Act, Permit
from pki_manager.authority.context import Authority
from pki_manager.domain.actor import Actor
from pki_manager.domain.approval import Operation
from pki_manager.ports.unit_of_work import Reader


def act(verb: str, kind: str, object_id: str, **told: object) -> Act:
    """`told` is all that decides what is done, as JSON values."""
    return Act(Operation.ROLE_CHANGE, kind, object_id, {"verb": verb, **told})


def ask(authority: Authority, actor: Actor, look: Callable[[Reader], Act]) -> Permit:
    """Leave to do it, or ApprovalNeeded. `look` raises what the act itself would: nobody approves what cannot be."""
    with authority.storage.read() as reader:
        wanted = look(reader)
    return approval_gate.ask(authority, actor, wanted)
