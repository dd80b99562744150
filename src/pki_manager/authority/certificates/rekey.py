"""Rekey: the same names with another key, brought in a request or made here; lineage is kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from uuid import UUID

from pki_manager.authority.certificates import generated_keys
from pki_manager.authority.certificates.enroll import admit
from pki_manager.authority.certificates.enroll_with_key import replay_keyed
from pki_manager.authority.certificates.generated_keys import Keyed, KeyOrder
from pki_manager.authority.certificates.predecessors import require_renewable
from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done, once
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.queue import Application
from pki_manager.domain.request import RequestedContents, RequestFacts, ValidityRequest
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Claim
from pki_manager.x509 import parse, pem


@dataclass(frozen=True, slots=True, kw_only=True)
class Rekey:
    """`key` is a PKCS#10 request (PEM text or DER bytes), whose names do not count, or the order for a key."""

    key: str | bytes | KeyOrder
    validity: ValidityRequest = field(default_factory=ValidityRequest)


def rekey(ctx: Context, actor: Actor, certificate_id: UUID, command: Rekey, claim: Claim | None = None) -> Done[Keyed]:
    """`(new certificate and, where it was made here, its key; replayed)`; the old certificate stays as it is.

    A revoked certificate can be rekeyed: that is how a lost key is replaced. Conflict for one on hold and for a CA's
    own; InvalidInput for the key that it has already; else as `enroll` and `enroll_with_key`.
    """
    access.require_somewhere(actor, Permission.CERTIFICATE_ISSUE)
    if isinstance(command.key, KeyOrder):
        access.require_somewhere(actor, Permission.CERTIFICATE_EXPORT_KEY)

    def work() -> Keyed:
        with ctx.ports.storage.read() as reader:
            old = guard.certificate(reader, actor, Permission.CERTIFICATE_ISSUE, certificate_id)
        require_renewable(old)
        order, names = command.key, parse.certificate(old.der)
        requested = RequestedContents(subject=names.subject, sans=names.sans, validity=command.validity)
        same = Application(ca=str(old.ca_id), profile=old.profile, requested=requested, renews=old.id)
        if not isinstance(order, KeyOrder):
            request = pem.read(order, pem.CSR_LABELS, "csr")
            require_other_key(old, parse.csr(request))
            return Keyed(admit(ctx, actor, replace(same, csr_der=request), claim), None)
        key = generated_keys.make(order)
        new = admit(ctx, actor, replace(same, key_type=order.key_type), claim, key)
        return generated_keys.deliver(ctx, key, order, new)

    return once(ctx, actor, claim, work, lambda enrolment_id: replay_keyed(ctx, actor, enrolment_id))


def require_other_key(old: Certificate, facts: RequestFacts) -> None:
    """InvalidInput where the request has the key of the certificate that it is to follow."""
    if facts.key.spki_sha256 == old.spki_sha256:
        raise InvalidInput.of(
            "csr", "rekey.same_key", "is already the key of this certificate; use renew, or another key"
        )
