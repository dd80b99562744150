"""Retirement of an issuer key: it signs nothing any more, and no CRL or OCSP response is issued for it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.domain.ca import IssuerKey, KeyState
from pki_manager.domain.errors import Conflict
from pki_manager.domain.events.cas import KeyRetired
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.unit_of_work import Reader, UnitOfWork


def retire(uow: UnitOfWork, key: IssuerKey, reason: str) -> None:
    """Retire a key in this unit of work. The caller has checked that this is allowed."""
    uow.issuer_keys.set_state(key.id, KeyState.RETIRED)
    uow.record(KeyRetired(object_id=str(key.id), reason=reason, ca=str(key.ca_id), number=key.number))


def retire_drained(ctx: Context, actor: Actor, key_id: UUID) -> bool:
    """Retire a draining key if the last certificate that needs it has expired. Returns whether it did.

    Raises Conflict if it is not draining.
    """
    now = ctx.ports.clock.now()
    with ctx.ports.storage.read() as reader:
        if not _has_drained(reader, reader.issuer_keys.get(key_id), now):
            return False
    with ctx.ports.storage.begin(actor) as uow:
        uow.meta.lock_directory()
        if uow.issuer_keys.get(key_id).state is not KeyState.DRAINING:
            raise Conflict(
                "Another operation changed the state of the key in the meantime, so this one had no effect. Repeat it "
                "if it still applies."
            )
        retire(uow, uow.issuer_keys.get(key_id), "all that it signed has expired")
    return True


def _has_drained(reader: Reader, key: IssuerKey, now: datetime) -> bool:
    """Return whether a draining key can be retired: all that it signed has expired, and later CRLs were issued.

    Each revocation must be on a CRL issued after the certificate expired (RFC 5280 §3.3). Relying parties ignore the
    CRL of a key whose own certificates have expired, so then no later CRL is needed.
    """
    use = reader.issuer_keys.use(key, now)
    if key.state is not KeyState.DRAINING or not use.is_over():
        return False
    updates = reader.crls.find_this_updates(key.id)
    last = use.last_not_after
    if last is None or all(part in updates and updates[part] > last for part in key.crl_parts):
        return True
    return all(one.validity.not_after < now for one in reader.certificates.list_by_subject_key(key.id))
