"""First start: built-in profiles and the first hierarchy. Each step checks what exists, so it can be repeated."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.cas.views import CaView, get_ca_view
from pki_manager.authority.certificates.profiles import keep_builtin_profiles
from pki_manager.authority.certificates.reconcile import reconcile_overdue
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.ca import CaState
from pki_manager.domain.errors import Conflict
from pki_manager.domain.events.audit import InstallationInitialized
from pki_manager.domain.names import DistinguishedName
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.unit_of_work import Reader

_DONE = "initialized"
_PLAN = "first-hierarchy"


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstHierarchy:
    """The two CAs that the first start creates: a root, and an issuing CA below it."""

    root_name: str = "Root CA"
    issuing_name: str = "Issuing CA"
    organization: str | None = None
    root_key_type: str = "ECDSA-P384"
    issuing_key_type: str = "ECDSA-P256"

    def subject(self, common_name: str) -> str:
        """Return the subject of one of the two CAs as RFC 4514 text."""
        organization = () if self.organization is None else (("O", self.organization),)
        return str(DistinguishedName.of(*organization, ("CN", common_name)))


DEFAULT_HIERARCHY = FirstHierarchy()


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """The first two CAs. Both are None if the operator chose to create none."""

    root: CaView | None
    issuing: CaView | None


def create_hierarchy(ctx: Context, actor: Actor, hierarchy: FirstHierarchy | None = DEFAULT_HIERARCHY) -> Hierarchy:
    """Create the built-in profiles and the first two CAs, as far as they are missing. With None, no CA is created.

    The plan is stored before the first CA, so that a run after an interruption continues with the same names. Raises
    Conflict if the interrupted run has other names.
    """
    keep_builtin_profiles(ctx, actor)
    root = issuing = None
    if hierarchy is not None:
        plan = _adopt_plan(ctx, hierarchy)
        root = _ensure_ca(
            ctx,
            actor,
            CreateCa(name=plan.root_name, subject=plan.subject(plan.root_name), key_type=plan.root_key_type),
        )
        issuing = _ensure_ca(
            ctx,
            actor,
            CreateCa(
                name=plan.issuing_name,
                subject=plan.subject(plan.issuing_name),
                key_type=plan.issuing_key_type,
                parent=plan.root_name,
            ),
        )
    with ctx.ports.storage.read() as reader:
        done = reader.meta.get(_DONE)
    if done is None:
        with ctx.ports.storage.begin(actor) as uow:
            uow.meta.put(_DONE, ctx.ports.clock.now().isoformat())
            uow.record(InstallationInitialized(object_id=ctx.config.node))
    return Hierarchy(root, issuing)


def is_initialized(ctx: Context) -> bool:
    """Return whether the first start has completed."""
    with ctx.ports.storage.read() as reader:
        return reader.meta.get(_DONE) is not None


def find_plan(reader: Reader) -> FirstHierarchy | None:
    """Return the hierarchy that the first start created or began.

    None before the first start, and in older installations, which did not store it.
    """
    text = reader.meta.get(_PLAN)
    return None if text is None else FirstHierarchy(**json.loads(text))


def get_issuing_name(reader: Reader) -> str:
    """Return the name of the first issuing CA."""
    return (find_plan(reader) or DEFAULT_HIERARCHY).issuing_name


def _adopt_plan(ctx: Context, hierarchy: FirstHierarchy) -> FirstHierarchy:
    """Return the stored plan of an interrupted run if it is the same or the default is requested; else store this one.

    Raises Conflict if the interrupted run has begun with other names.
    """
    with ctx.ports.storage.read() as reader:
        plan = find_plan(reader)
        has_begun = plan is not None and reader.cas.find(plan.root_name) is not None
    if plan is not None and hierarchy in (plan, DEFAULT_HIERARCHY):
        return plan
    if plan is not None and has_begun:
        raise Conflict(
            f"An interrupted setup began with the CAs {plan.root_name!r} and {plan.issuing_name!r}. Run `pkim init` "
            "without options to finish it, or delete the data directory and start again."
        )
    with ctx.ports.storage.housekeep() as uow:
        uow.meta.put(_PLAN, json.dumps(asdict(hierarchy)))
    return hierarchy


def _ensure_ca(ctx: Context, actor: Actor, command: CreateCa) -> CaView:
    """Return the CA of that name. Create it unless an earlier run, perhaps interrupted, has created it."""
    found = _find(ctx, command.name)
    if found is None:
        return create_ca(ctx, actor, command).value
    if found.state is CaState.PENDING:
        _wait_until_settled(ctx, actor, command.name)
        found = _find(ctx, command.name) or found
    return found


def _find(ctx: Context, name: str) -> CaView | None:
    with ctx.ports.storage.read() as reader:
        ca = reader.cas.find(name)
        return get_ca_view(reader, ca, ctx.ports.clock.now()) if ca is not None else None


def _wait_until_settled(ctx: Context, actor: Actor, name: str) -> None:
    """Wait until the intent of an interrupted run is finished, which happens after its deadline like any other."""
    give_up = ctx.ports.clock.monotonic() + ctx.config.signing_deadline.total_seconds() + 5
    while ctx.ports.clock.monotonic() < give_up:
        reconcile_overdue(ctx, actor)
        found = _find(ctx, name)
        if found is None or found.state is not CaState.PENDING:
            return
        ctx.ports.clock.sleep(0.2)
