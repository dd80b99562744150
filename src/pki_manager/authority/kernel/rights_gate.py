"""The approval gate for operations that grant or withdraw permissions, or give access to an account.

Without it, one administrator could create a second user or approver, or a way into another account, and approve their
own operations with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from pki_manager.authority.kernel import approval_gate
from pki_manager.authority.kernel.approval_gate import Act, Permit
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.approval import Operation
from pki_manager.domain.errors import Conflict
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.unit_of_work import Reader, UnitOfWork


def build_operation(verb: str, kind: str, object_id: str, **details: object) -> Act:
    """Return the operation for the approval gate. `details` are all values that decide it, as JSON values."""
    return Act(Operation.ROLE_CHANGE, kind, object_id, {"verb": verb, **details})


def ask(ctx: Context, actor: Actor, look: Callable[[Reader], Act]) -> Permit:
    """Return permission to run the operation that `look` builds, or raise ApprovalNeeded.

    `look` also raises the errors of the operation, before an approver sees it. It runs again in the unit of work of the
    operation; if its result differs then, Conflict is raised.
    """
    with ctx.ports.storage.read() as reader:
        found = look(reader)

    def recheck(uow: UnitOfWork) -> None:
        if look(uow) != found:
            raise Conflict("What was approved has changed. Send the request again.")

    return approval_gate.ask(ctx, actor, replace(found, recheck=recheck))


def build_roles_body(reader: Reader, names: Sequence[str]) -> list[dict[str, object]]:
    """Return custom roles in their present version, for the body of an operation that assigns them."""
    found = sorted(reader.roles.find(names), key=lambda role: role.name)
    return [{"name": role.name, "version": role.version, "permissions": sorted(role.permissions)} for role in found]
