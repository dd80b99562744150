"""Making the keys of a CA before the CA: its own and its OCSP signer's. A CA that is created with their id takes them.

This is how the owner of a key manager, whose credentials the server does not have, gives it keys to sign with.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID

from pki_manager.authority.ca_keys import make_ca_key
from pki_manager.authority.context import Authority
from pki_manager.authority.idempotency import once
from pki_manager.domain.actor import Actor
from pki_manager.domain.algorithms import key_type
from pki_manager.domain.ca_events import KeyCreated
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Claim


@dataclass(frozen=True, slots=True)
class CaKey:
    """`spki_der` is the SubjectPublicKeyInfo of the key that a CA with this id will sign with."""

    id: UUID
    backend: str
    key_type: str
    spki_der: bytes


def create_key(
    authority: Authority, actor: Actor, backend: str, key_type_name: str, key_id: UUID | None, claim: Claim | None
) -> tuple[CaKey, bool]:
    """`(the key, replayed)`; `key_id` is ours to choose unless given, and the same id gives the same keys.

    InvalidInput for a type that the backend does not make, NotFound for the backend, Conflict when there is a key of
    that id and another type, KeyOwnerRequired, BackendUnavailable.
    """
    access.require(actor, Permission.KEY_CREATE)
    row = key_type(key_type_name)
    chosen = key_id or authority.new_id()

    def make(key: UUID) -> CaKey:
        _, spki = make_ca_key(authority, backend, row, key, with_ocsp=True)
        return CaKey(key, backend, row.name, spki)

    def work() -> CaKey:
        made = make(chosen)
        with authority.storage.begin(actor) as uow:
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, made.id, authority.clock.now())
            digest = hashlib.sha256(made.spki_der).hexdigest()
            uow.record(KeyCreated(object_id=str(made.id), backend=backend, key_type=row.name, spki_sha256=digest))
        return made

    return once(authority, actor, claim, work, make)
