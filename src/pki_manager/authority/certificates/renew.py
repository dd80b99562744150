"""Renewal: the same key and names, a new serial number and validity, by the present profile and CA."""

from __future__ import annotations

from uuid import UUID

from pki_manager.authority.certificates.enroll import admit, preview_admission, replay
from pki_manager.authority.certificates.predecessors import require_renewable
from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done, run_once
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import Conflict
from pki_manager.domain.queue import Application
from pki_manager.domain.request import RequestedContents, ValidityRequest
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Claim
from pki_manager.x509 import parse


def renew(
    ctx: Context,
    actor: Actor,
    certificate_id: UUID,
    validity: ValidityRequest,
    claim: Claim | None = None,
) -> Done[Certificate]:
    """Issue a certificate with the same names and key. The old certificate is not changed.

    Everything is decided again. Raises PolicyRefused, with an audit event, for names that the profile or the name
    constraints no longer allow; Conflict for a certificate that is revoked or on hold (rekey it) and for a CA
    certificate; NotFound if the certificate does not exist. Other errors as `enroll`.
    """
    access.require_somewhere(actor, Permission.CERTIFICATE_ISSUE)

    def work() -> Certificate:
        return admit(ctx, actor, _renewal(ctx, actor, certificate_id, validity), claim)

    return run_once(ctx, actor, claim, work, lambda enrolment_id: replay(ctx, actor, enrolment_id))


def preview_renewal(ctx: Context, actor: Actor, certificate_id: UUID, validity: ValidityRequest) -> None:
    """Raise the error that `renew` would raise now, as far as policy decides it."""
    access.require_somewhere(actor, Permission.CERTIFICATE_ISSUE)
    preview_admission(ctx, actor, _renewal(ctx, actor, certificate_id, validity))


def _renewal(ctx: Context, actor: Actor, certificate_id: UUID, validity: ValidityRequest) -> Application:
    """Return the request for a successor: the same key and names, from the same CA, under the same profile.

    Raises Conflict if the certificate is revoked or cannot be renewed.
    """
    with ctx.ports.storage.read() as reader:
        old = guard.get_certificate(reader, actor, Permission.CERTIFICATE_ISSUE, certificate_id)
    require_renewable(old)
    if old.revocation is not None:
        raise Conflict("The certificate is revoked, so its key is no longer trusted. Rekey it instead.")
    facts = parse.parse_certificate(old.der)
    return Application(
        ca=str(old.ca_id),
        profile=old.profile,
        spki_der=facts.key.spki_der,
        requested=RequestedContents(subject=facts.subject, sans=facts.sans, validity=validity),
        renews=old.id,
    )
