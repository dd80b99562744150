"""Enrolment without a request: the key is made here, and the rest is the road of every certificate."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from pki_manager.authority import made_keys
from pki_manager.authority.context import Authority
from pki_manager.authority.enrol import admit, replay
from pki_manager.authority.idempotency import once
from pki_manager.authority.made_keys import Keyed, KeyOrder
from pki_manager.domain.actor import Actor
from pki_manager.domain.names import AlternativeName, DistinguishedName
from pki_manager.domain.request import RequestFacts, ValidityRequest, Wanted
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Claim
from pki_manager.x509 import keys, names


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolWithKey:
    """`subject` is RFC 4514 text, none for an empty one; `sans` as `DNS:…`."""

    ca: str
    profile: str
    key: KeyOrder
    subject: str | None = None
    sans: tuple[str, ...] = ()
    validity: ValidityRequest = field(default_factory=ValidityRequest)


def enrol_with_key(
    authority: Authority, actor: Actor, command: EnrolWithKey, claim: Claim | None = None
) -> tuple[Keyed, bool]:
    """Make a key, and issue its certificate; `(certificate and key, replayed)`, the key None when replayed.

    Errors as `enrol`, and InvalidInput for the key order. When the answer is lost, so is the key: rekey.
    """
    access.require_somewhere(actor, Permission.CERTIFICATE_ISSUE)

    def work() -> Keyed:
        subject = names.parse_dn(command.subject, "subject") if command.subject is not None else DistinguishedName()
        sans = tuple(AlternativeName.parse(san) for san in command.sans)
        key = made_keys.make(command.key)
        certificate = admit(
            authority,
            actor,
            RequestFacts.of_key(keys.key_facts(key.spki_der, "key_type"), subject, sans),
            Wanted(validity=command.validity),
            ca=command.ca,
            profile=command.profile,
            claim=claim,
        )
        return made_keys.deliver(authority, key, command.key, certificate)

    return once(authority, actor, claim, work, lambda enrolment_id: replay_keyed(authority, enrolment_id))


def replay_keyed(authority: Authority, enrolment_id: UUID) -> Keyed | None:
    certificate = replay(authority, enrolment_id)
    return Keyed(certificate, None) if certificate is not None else None
