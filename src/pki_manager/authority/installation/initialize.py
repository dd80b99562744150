"""First start: standing profiles and the first hierarchy. Every step looks first, so that running it again is safe."""

from __future__ import annotations

from dataclasses import dataclass

from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.cas.views import CaView, view_of
from pki_manager.authority.certificates.profiles import keep_builtin_profiles
from pki_manager.authority.certificates.reconcile import settle_overdue
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.ca import CaState
from pki_manager.domain.events.audit import InstallationInitialised
from pki_manager.domain.rights.actor import Actor

ROOT_NAME = "Root CA"
ISSUING_NAME = "Issuing CA"
_DONE = "initialised"


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """The first two CAs; None where the hierarchy was left to the operator."""

    root: CaView | None
    issuing: CaView | None


def initialize(
    ctx: Context,
    actor: Actor,
    *,
    hierarchy: bool = True,
    root_key_type: str = "ECDSA-P384",
    issuing_key_type: str = "ECDSA-P256",
) -> Hierarchy:
    """Bring an installation to where it can issue; what exists already is kept."""
    keep_builtin_profiles(ctx, actor)
    root = issuing = None
    if hierarchy:
        root = _ca(ctx, actor, CreateCa(name=ROOT_NAME, subject=f"CN={ROOT_NAME}", key_type=root_key_type))
        issuing = _ca(
            ctx,
            actor,
            CreateCa(name=ISSUING_NAME, subject=f"CN={ISSUING_NAME}", key_type=issuing_key_type, parent=ROOT_NAME),
        )
    with ctx.storage.read() as reader:
        done = reader.meta.get(_DONE)
    if done is None:
        with ctx.storage.begin(actor) as uow:
            uow.meta.put(_DONE, ctx.clock.now().isoformat())
            uow.record(InstallationInitialised(object_id=ctx.config.node))
    return Hierarchy(root, issuing)


def is_initialized(ctx: Context) -> bool:
    with ctx.storage.read() as reader:
        return reader.meta.get(_DONE) is not None


def _ca(ctx: Context, actor: Actor, command: CreateCa) -> CaView:
    """The CA of that name, made now unless an earlier, perhaps interrupted, run has."""
    found = _find(ctx, command.name)
    if found is None:
        return create_ca(ctx, actor, command)[0]
    if found.state is CaState.PENDING:
        _wait_until_settled(ctx, actor, command.name)
        found = _find(ctx, command.name) or found
    return found


def _find(ctx: Context, name: str) -> CaView | None:
    with ctx.storage.read() as reader:
        ca = reader.cas.find(name)
        return view_of(reader, ca, ctx.clock.now()) if ca is not None else None


def _wait_until_settled(ctx: Context, actor: Actor, name: str) -> None:
    """An earlier run died between intent and certificate: past its deadline the intent is finished like any other."""
    give_up = ctx.clock.monotonic() + ctx.config.signing_deadline.total_seconds() + 5
    while ctx.clock.monotonic() < give_up:
        settle_overdue(ctx, actor)
        found = _find(ctx, name)
        if found is None or found.state is not CaState.PENDING:
            return
        ctx.clock.sleep(0.2)
