"""Rekey: the same names with another key, brought in a request or made here; lineage is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from pki_manager.authority import guard, made_keys
from pki_manager.authority.context import Authority
from pki_manager.authority.enrol import admit
from pki_manager.authority.enrol_with_key import replay_keyed
from pki_manager.authority.idempotency import once
from pki_manager.authority.lineage import require_renewable
from pki_manager.authority.made_keys import Keyed, KeyOrder
from pki_manager.domain.actor import Actor
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.request import RequestFacts, ValidityRequest, Wanted
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Claim
from pki_manager.x509 import keys, parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Rekey:
    """`key` is a PKCS#10 request (PEM text or DER bytes), whose names do not count, or the order for a key."""

    key: str | bytes | KeyOrder
    validity: ValidityRequest = field(default_factory=ValidityRequest)


def rekey(
    authority: Authority, actor: Actor, certificate_id: UUID, command: Rekey, claim: Claim | None = None
) -> tuple[Keyed, bool]:
    """`(new certificate and, where it was made here, its key; replayed)`; the old certificate stays as it is.

    A revoked certificate can be rekeyed: that is how a lost key is replaced. Conflict for one on hold and for a CA's
    own; InvalidInput for the key that it has already; else as `enrol` and `enrol_with_key`.
    """
    access.require_somewhere(actor, Permission.CERTIFICATE_ISSUE)

    def work() -> Keyed:
        with authority.storage.read() as reader:
            old = guard.certificate(reader, actor, Permission.CERTIFICATE_ISSUE, certificate_id)
        require_renewable(old)
        order = command.key
        if not isinstance(order, KeyOrder):
            return Keyed(_follow(authority, actor, old, parse.csr(order), command.validity, claim), None)
        key = made_keys.make(order)
        facts = RequestFacts.of_key(keys.key_facts(key.spki_der, "key_type"), parse.certificate(old.der).subject)
        new = _follow(authority, actor, old, facts, command.validity, claim)
        return made_keys.deliver(authority, key, order, new)

    return once(authority, actor, claim, work, lambda enrolment_id: replay_keyed(authority, enrolment_id))


def _follow(
    authority: Authority,
    actor: Actor,
    old: Certificate,
    facts: RequestFacts,
    validity: ValidityRequest,
    claim: Claim | None,
) -> Certificate:
    if facts.key.spki_sha256 == old.spki_sha256:
        raise InvalidInput.of("csr", "rekey.same_key", "has the key that the certificate has already: renew it instead")
    names = parse.certificate(old.der)
    return admit(
        authority,
        actor,
        facts,
        Wanted(subject=names.subject, sans=names.sans, validity=validity),
        ca=str(old.ca_id),
        profile=old.profile,
        renews=old.id,
        claim=claim,
    )
