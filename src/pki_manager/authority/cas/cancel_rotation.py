"""Cancellation of a key rotation before the switch: certificates of the next key are revoked, the key is retired."""

from __future__ import annotations

from datetime import datetime

from pki_manager.authority.cas.ca_states import change_ca
from pki_manager.authority.cas.views import CaView
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done
from pki_manager.authority.signing.key_states import retire
from pki_manager.authority.status.revoke import RevocationDetails, revoke_in
from pki_manager.domain.ca import CaState, CertificateAuthority, KeyState
from pki_manager.domain.errors import Conflict
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Claim, UnitOfWork

_WHY = RevocationDetails(RevocationReason.CESSATION_OF_OPERATION)


def cancel_rotation(ctx: Context, actor: Actor, ca: str, claim: Claim | None = None) -> Done[CaView]:
    """Cancel the rotation of a CA's key.

    Raises NotFound if the CA does not exist; Conflict if it has no next key.
    """
    access.require_somewhere(actor, Permission.CA_ROTATE)

    def apply(uow: UnitOfWork, found: CertificateAuthority, now: datetime) -> None:
        keys = uow.issuer_keys.list_by_ca(found.id)
        key = next((one for one in keys if one.state is KeyState.NEXT), None)
        if key is None:
            raise Conflict(f"CA {found.name!r} has no next key.")
        held = [one for other in keys for one in uow.certificates.list_by_subject_key(other.id)]
        certified = any(one.subject_key_id == key.id for one in held)
        if not certified and uow.issuer_keys.use(key, now).in_flight == 0 and _is_external(uow, found):
            retire(uow, key, "the rotation was cancelled")
            return
        if not certified:
            raise Conflict(f"The certificate of key k{key.number} of CA {found.name!r} is being issued. Retry.")
        retire(uow, key, "the rotation was cancelled")
        for one in held:
            concerned = key.id in (one.subject_key_id, one.issuer_key_id) and not one.is_self_signed()
            if concerned and one.revocation is None and now <= one.validity.not_after:
                revoke_in(ctx, uow, actor, one, _WHY, now)

    return change_ca(ctx, actor, ca, Permission.CA_ROTATE, claim, apply)


def _is_external(uow: UnitOfWork, ca: CertificateAuthority) -> bool:
    return ca.parent_id is not None and uow.cas.get(ca.parent_id).state is CaState.EXTERNAL
