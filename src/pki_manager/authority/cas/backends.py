"""Key backends as operators see them: their list, state, and health check."""

from __future__ import annotations

import logging

from pki_manager.authority.kernel.context import Context
from pki_manager.domain.ca import KeyState
from pki_manager.domain.errors import NotFound
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.signer import BackendDescription, KeyRef

_log = logging.getLogger(__name__)


def list_backends(ctx: Context, actor: Actor) -> tuple[BackendDescription, ...]:
    """List all configured key backends with their state, in the order of the settings."""
    access.require_somewhere(actor, Permission.CA_READ)
    return tuple(ctx.ports.signers.describe())


def show_backend(ctx: Context, actor: Actor, name: str) -> BackendDescription:
    """Return a key backend. Raises NotFound if it is not configured."""
    for backend in list_backends(ctx, actor):
        if backend.name == name:
            return backend
    raise NotFound.of("key backend", name)


def check_backend(ctx: Context, actor: Actor, name: str) -> BackendDescription:
    """Check a key backend now, including each issuer key in it. Raises NotFound if it is not configured."""
    access.require(actor, Permission.KEY_READ)
    return ctx.ports.signers.check(name, _keys_in(ctx, name))


def watch_backends(ctx: Context) -> None:
    """Log the conditions of key backends that will cause an outage unless an operator acts."""
    for backend in ctx.ports.signers.describe():
        checked = ctx.ports.signers.check(backend.name, _keys_in(ctx, backend.name))
        for warning in checked.warnings:
            _log.warning("key backend reported a warning", extra={"backend": backend.name, "reason": warning})


def _keys_in(ctx: Context, name: str) -> list[KeyRef]:
    with ctx.ports.storage.read() as reader:
        local_keys = [
            key for key in reader.issuer_keys.list_all() if key.backend == name and key.state is not KeyState.DESTROYED
        ]
    return [KeyRef(name, key_id) for key in local_keys for key_id in (key.backend_key_id, key.ocsp_key_id)]
