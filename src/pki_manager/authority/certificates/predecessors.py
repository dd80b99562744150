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
from pki_manager.domain.profiles.extensions import FieldValue
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.request import RequestedContents
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Actor
from pki_manager.x509.asn1.tlv import DerError
from pki_manager.x509.asn1.typed_value import read_field_values


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


def keep_field_values(ctx: Context, requested: RequestedContents, renews: UUID, profile: Profile) -> RequestedContents:
    """Return the request with the fields that it does not set, as the renewed certificate contains their values."""
    fields = requested.fields or ()
    given = {one.name for one in fields}
    left_out = [one for one in profile.extensions if one.field is not None and one.field.name not in given]
    if not left_out:
        return requested
    kept: tuple[FieldValue, ...] = ()
    with suppress(NotFound, DerError), ctx.ports.storage.read() as reader:
        kept = read_field_values(reader.certificates.get(renews).der, left_out)
    return replace(requested, fields=(*fields, *kept))


def allow_same_holder(ctx: Context, key_history: KeyUsageHistory, renews: UUID, actor: Actor) -> KeyUsageHistory:
    """Return the history with certificates of the renewed certificate's owner counted as the actor's.

    Otherwise a key that is certified again for its holder would count as reused.
    """
    with suppress(NotFound), ctx.ports.storage.read() as reader:
        holder = reader.certificates.get(renews).owner_id
        owners = frozenset(actor.owner if owner == holder else owner for owner in key_history.owners)
        return replace(key_history, owners=owners)
    return key_history
