"""Intents whose process did not conclude them: the scheduler, and nobody else, settles them after their deadline."""

from __future__ import annotations

from pki_manager.authority.certificates.issue import finish, resume
from pki_manager.authority.kernel.context import Authority
from pki_manager.authority.kernel.issuers import issuer_of_key, self_issuer
from pki_manager.domain.ca import Issuer
from pki_manager.domain.enrollment import Enrolment
from pki_manager.domain.errors import PkiError
from pki_manager.domain.rights.actor import Actor
from pki_manager.x509 import parse


def settle_overdue(authority: Authority, actor: Actor, limit: int = 50) -> int:
    """Finish the same TBS of each overdue intent, or burn its serial number; how many were settled."""
    now = authority.clock.now()
    with authority.storage.read() as reader:
        overdue = reader.enrolments.overdue(now, limit)
    return sum(_settle(authority, actor, enrolment) for enrolment in overdue)


def _settle(authority: Authority, actor: Actor, enrolment: Enrolment) -> bool:
    intent = enrolment.begun()
    deadline = authority.clock.now() + authority.config.signing_deadline
    with authority.storage.housekeep() as uow:
        if not uow.enrolments.extend(enrolment.id, authority.config.node, intent.deadline, deadline):
            return False
    with authority.storage.read() as reader:
        taken = reader.enrolments.get(enrolment.id)
    issuer = _issuer(authority, taken)
    try:
        finish(authority, actor, issuer, taken, resume(taken))
    except PkiError:
        # `finish` has burned the serial number and audited why.
        return True
    return True


def _issuer(authority: Authority, enrolment: Enrolment) -> Issuer:
    """Who signs the intent: for the first certificate of a root's key that is the root itself, not yet certified."""
    intent = enrolment.begun()
    with authority.storage.read() as reader:
        key = reader.issuer_keys.get(intent.issuer_key_id)
        if reader.certificates.of_subject_key(key.id):
            return issuer_of_key(reader, key.id)
        return self_issuer(reader.cas.get(key.ca_id), key, parse.tbs_validity(intent.tbs_der))
