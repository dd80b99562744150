"""Key backends as an operator sees them: which there are, how they do, and a closer look at one."""

from __future__ import annotations

import logging

from pki_manager.authority.kernel.context import Authority
from pki_manager.domain.ca import KeyState
from pki_manager.domain.errors import NotFound
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.signer import BackendDescription, KeyRef

_log = logging.getLogger(__name__)


def list_backends(authority: Authority, actor: Actor) -> tuple[BackendDescription, ...]:
    """All that are configured, in the order of the settings; one that is away says why."""
    access.require_somewhere(actor, Permission.CA_READ)
    return tuple(authority.signers.describe())


def show_backend(authority: Authority, actor: Actor, name: str) -> BackendDescription:
    """NotFound for a name that is not configured."""
    for backend in list_backends(authority, actor):
        if backend.name == name:
            return backend
    raise NotFound.of("key backend", name)


def check_backend(authority: Authority, actor: Actor, name: str) -> BackendDescription:
    """Look closely, now, also at each of our keys there. NotFound for a name that is not configured."""
    access.require(actor, Permission.KEY_READ)
    return authority.signers.check(name, _keys_in(authority, name))


def watch_backends(authority: Authority) -> None:
    """Log what an operator should know before it becomes an outage."""
    for backend in authority.signers.describe():
        checked = authority.signers.check(backend.name, _keys_in(authority, backend.name))
        for warning in checked.warnings:
            _log.warning("key backend %s: %s", backend.name, warning)


def _keys_in(authority: Authority, name: str) -> list[KeyRef]:
    with authority.storage.read() as reader:
        ours = [key for key in reader.issuer_keys.all() if key.backend == name and key.state is not KeyState.DESTROYED]
    return [KeyRef(name, key_id) for key in ours for key_id in (key.backend_key_id, key.ocsp_key_id)]
