"""Intents whose process did not conclude them: the scheduler, and nobody else, settles them after their deadline."""

from __future__ import annotations

from pki_manager.authority.certificates.issue import finish, resume
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.issuers import issuer_of_key, self_issuer
from pki_manager.domain.ca import Issuer
from pki_manager.domain.enrollment import Enrollment
from pki_manager.domain.errors import PkiError
from pki_manager.domain.rights.actor import Actor
from pki_manager.x509 import parse


def settle_overdue(ctx: Context, actor: Actor, limit: int = 50) -> int:
    """Finish the same TBS of each overdue intent, or burn its serial number; how many were settled."""
    now = ctx.clock.now()
    with ctx.storage.read() as reader:
        overdue = reader.enrollments.overdue(now, limit)
    return sum(_settle(ctx, actor, enrolment) for enrolment in overdue)


def _settle(ctx: Context, actor: Actor, enrolment: Enrollment) -> bool:
    intent = enrolment.begun()
    deadline = ctx.clock.now() + ctx.config.signing_deadline
    with ctx.storage.housekeep() as uow:
        if not uow.enrollments.extend(enrolment.id, ctx.config.node, intent.deadline, deadline):
            return False
    with ctx.storage.read() as reader:
        taken = reader.enrollments.get(enrolment.id)
    issuer = _issuer(ctx, taken)
    try:
        finish(ctx, actor, issuer, taken, resume(taken))
    except PkiError:
        # `finish` has burned the serial number and audited why.
        return True
    return True


def _issuer(ctx: Context, enrolment: Enrollment) -> Issuer:
    """Who signs the intent: for the first certificate of a root's key that is the root itself, not yet certified."""
    intent = enrolment.begun()
    with ctx.storage.read() as reader:
        key = reader.issuer_keys.get(intent.issuer_key_id)
        if reader.certificates.of_subject_key(key.id):
            return issuer_of_key(reader, key.id)
        return self_issuer(reader.cas.get(key.ca_id), key, parse.tbs_validity(intent.tbs_der))
