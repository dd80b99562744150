"""Generation of a CA's keys (issuer key and OCSP signing key) before the CA is created with their ID.

The key owner of a KMS, whose credentials the server does not have, provides keys in this way.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from pki_manager.authority.cas.ca_keys import make_ca_key
from pki_manager.authority.cas.key_intents import build_key_created, conclude, erase_on_failure, make_intended
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done, run_once
from pki_manager.domain.algorithms import get_key_type
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Claim


@dataclass(frozen=True, slots=True)
class PreparedCaKey:
    """A generated key of a future CA. `spki_der` is its public key (SubjectPublicKeyInfo, DER)."""

    id: UUID
    backend: str
    key_type: str
    spki_der: bytes


def create_key(
    ctx: Context, actor: Actor, backend: str, key_type_name: str, key_id: UUID | None, claim: Claim | None
) -> Done[PreparedCaKey]:
    """Generate the keys of a future CA. Without `key_id`, an ID is chosen; the same ID returns the same keys.

    Raises InvalidInput for a key type that the key backend cannot generate; NotFound if the key backend is not
    configured; Conflict if a key with this ID has another type; KeyOwnerRequired if only the key owner can generate
    keys; BackendUnavailable.
    """
    access.require(actor, Permission.KEY_CREATE)
    row = get_key_type(key_type_name)
    chosen = key_id or ctx.new_id()

    is_known = key_id is not None

    def work() -> PreparedCaKey:
        _, spki = make_intended(ctx, actor, chosen, backend, row, is_known=is_known, with_ocsp=True)
        with erase_on_failure(ctx, actor, chosen), ctx.ports.storage.begin(actor) as uow:
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, chosen, ctx.ports.clock.now())
            conclude(uow, chosen, is_known=is_known)
            uow.record(build_key_created(chosen, backend, row.name, spki))
        return PreparedCaKey(chosen, backend, row.name, spki)

    def again(made: UUID) -> PreparedCaKey:
        _, spki = make_ca_key(ctx, backend, row, made, with_ocsp=True)
        return PreparedCaKey(made, backend, row.name, spki)

    return run_once(ctx, actor, claim, work, again)
