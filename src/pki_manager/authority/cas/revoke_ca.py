"""Revocation of a CA: its certificates appear on the CRL of its parent, and the CAs below it stop issuing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pki_manager.authority.cas.ca_states import change_ca
from pki_manager.authority.cas.views import CaView
from pki_manager.authority.kernel.approval_gate import Act
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done
from pki_manager.authority.status.revoke import RevocationDetails, build_ca_revocation, can_become, revoke_in
from pki_manager.domain.ca import CertificateAuthority
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import Conflict
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Claim, Reader, UnitOfWork


def revoke_ca(ctx: Context, actor: Actor, ca: str, why: RevocationDetails, claim: Claim | None = None) -> Done[CaView]:
    """Revoke every unexpired certificate of a CA, for all of its keys. Active CAs below it are suspended.

    Certificates that are revoked already get the new reason if it can replace theirs, as in `revoke`. Raises NotFound
    if the CA does not exist; Conflict if it is a root CA or revoked already, and if no certificate is left to revoke;
    InvalidInput as `revoke`.
    """
    access.require_somewhere(actor, Permission.CA_REVOKE)

    def apply(uow: UnitOfWork, found: CertificateAuthority, now: datetime) -> None:
        living = _living(uow, found, now)
        if not living:
            raise Conflict(f"CA {found.name!r} is {found.state_at(now)} and cannot be revoked.")
        affected = [one for one in living if can_become(one, why.reason)]
        if not affected:
            raise Conflict(f"Every certificate of CA {found.name!r} is already revoked.")
        for certificate in affected:
            revoke_in(ctx, uow, actor, certificate, why, now)

    def act(found: CertificateAuthority) -> Act:
        def affected(reader: Reader) -> Act:
            living = _living(reader, found, ctx.ports.clock.now())
            return build_ca_revocation(found, why, (one for one in living if can_become(one, why.reason)))

        def recheck(uow: UnitOfWork) -> None:
            if affected(uow) != frozen:
                raise Conflict(f"CA {found.name!r} has other certificates than were approved. Send the request again.")

        with ctx.ports.storage.read() as reader:
            frozen = affected(reader)
        return replace(frozen, recheck=recheck)

    return change_ca(ctx, actor, ca, Permission.CA_REVOKE, claim, apply, act)


def _living(reader: Reader, ca: CertificateAuthority, now: datetime) -> list[Certificate]:
    """Return the unexpired certificates of a CA, for all of its keys."""
    held = [
        one for key in reader.issuer_keys.list_by_ca(ca.id) for one in reader.certificates.list_by_subject_key(key.id)
    ]
    return [one for one in held if now <= one.validity.not_after]
