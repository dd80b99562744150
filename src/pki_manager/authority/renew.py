"""Renewal: the same key and names, a new serial number and new dates, by the profile and the CA as they are today."""

from __future__ import annotations

from uuid import UUID

from pki_manager.authority import guard
from pki_manager.authority.context import Authority
from pki_manager.authority.enrol import admit, foresee_admission, replay
from pki_manager.authority.idempotency import once
from pki_manager.authority.lineage import require_renewable
from pki_manager.domain.actor import Actor
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import Conflict
from pki_manager.domain.request import RequestFacts, ValidityRequest, Wanted
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Claim
from pki_manager.x509 import parse


def renew(
    authority: Authority,
    actor: Actor,
    certificate_id: UUID,
    validity: ValidityRequest,
    claim: Claim | None = None,
) -> tuple[Certificate, bool]:
    """`(new certificate, replayed)`; the old one stays as it is.

    Everything is decided anew: names that the profile, or the constraints of the CA and those above it, no longer allow
    are PolicyRefused with the rule that says so, and the refusal is audited. Conflict for a certificate that is revoked
    or held (its key is not to be certified again: rekey) and for a CA's own. NotFound; else as `enrol`.
    """
    access.require_somewhere(actor, Permission.CERTIFICATE_ISSUE)

    def work() -> Certificate:
        old, facts = _renewable(authority, actor, certificate_id)
        wanted = Wanted(validity=validity)
        return admit(
            authority, actor, facts, wanted, ca=str(old.ca_id), profile=old.profile, renews=old.id, claim=claim
        )

    return once(authority, actor, claim, work, lambda enrolment_id: replay(authority, enrolment_id))


def foresee_renewal(authority: Authority, actor: Actor, certificate_id: UUID, validity: ValidityRequest) -> None:
    """Raise what `renew` would now, as far as policy can tell."""
    access.require_somewhere(actor, Permission.CERTIFICATE_ISSUE)
    old, facts = _renewable(authority, actor, certificate_id)
    foresee_admission(authority, actor, facts, Wanted(validity=validity), ca=str(old.ca_id), profile=old.profile)


def _renewable(authority: Authority, actor: Actor, certificate_id: UUID) -> tuple[Certificate, RequestFacts]:
    with authority.storage.read() as reader:
        old = guard.certificate(reader, actor, Permission.CERTIFICATE_ISSUE, certificate_id)
    require_renewable(old)
    if old.revocation is not None:
        raise Conflict("the certificate is revoked, and so is trust in its key: rekey it instead")
    facts = parse.certificate(old.der)
    return old, RequestFacts.of_key(facts.key, facts.subject, facts.sans)
