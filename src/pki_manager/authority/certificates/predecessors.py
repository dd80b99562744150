"""The requirements on a certificate that another one replaces, and the owner of its successor."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.signing.external_cas import EXTERNAL_PROFILE
from pki_manager.domain.certificate import Certificate, CertificateKind
from pki_manager.domain.enrollment import Enrollment
from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.domain.known_key import KeyUsageHistory
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Actor


def require_renewable(certificate: Certificate) -> None:
    """Raise Conflict if a certificate cannot be renewed or rekeyed.

    That is so for a CA certificate; for one on hold, because renewal must not bypass a hold; and for an imported one
    without a profile for its successors.
    """
    if certificate.kind is not CertificateKind.END_ENTITY:
        raise Conflict("The certificate of a CA cannot be renewed. Rotate the key of the CA instead.")
    if certificate.profile == EXTERNAL_PROFILE:
        raise Conflict("The certificate was imported without a profile and cannot be renewed. Issue a new certificate.")
    if certificate.revocation is not None and certificate.revocation.reason is RevocationReason.CERTIFICATE_HOLD:
        raise Conflict("The certificate is on hold. Release or revoke it first.")


class Ownership(NamedTuple):
    """The owner and the team of a certificate."""

    owner_id: str | None
    team_id: UUID | None


def get_ownership(ctx: Context, enrolment: Enrollment) -> Ownership:
    """Return the owner and the team of an enrollment's certificate: those of its predecessor, if it has one.

    Otherwise a user who renews certificates of others would become their owner.
    """
    if enrolment.renews is not None:
        with suppress(NotFound), ctx.ports.storage.read() as reader:
            old = reader.certificates.get(enrolment.renews)
            return Ownership(old.owner_id, old.team_id)
    return Ownership(enrolment.owner_id, enrolment.team_id)


def allow_same_holder(ctx: Context, key_history: KeyUsageHistory, renews: UUID, actor: Actor) -> KeyUsageHistory:
    """Return the history with certificates of the renewed certificate's owner counted as the actor's.

    Otherwise a key that is certified again for its holder would count as reused.
    """
    with suppress(NotFound), ctx.ports.storage.read() as reader:
        holder = reader.certificates.get(renews).owner_id
        owners = frozenset(actor.owner if owner == holder else owner for owner in key_history.owners)
        return replace(key_history, owners=owners)
    return key_history
