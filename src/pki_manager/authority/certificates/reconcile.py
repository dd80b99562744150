"""Completion of intents that their process did not conclude. Only the scheduler does it, after their deadline."""

from __future__ import annotations

import json

from pki_manager.authority.certificates.burn_serial import burn_serial
from pki_manager.authority.certificates.issue import conclude
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.issuers import build_self_issuer, load_issuer_of_key
from pki_manager.authority.signing.issuance import Intended
from pki_manager.domain.algorithms import get_signature_algorithm
from pki_manager.domain.ca import Issuer
from pki_manager.domain.enrollment import Enrollment, EnrollmentState
from pki_manager.domain.errors import PkiError, StorageUnavailable
from pki_manager.domain.rights.actor import Actor
from pki_manager.x509 import parse
from pki_manager.x509.prepare import Prepared

GIVE_UP_AFTER = 3
"""Number of signing deadlines after which the serial number is burned, if the database does not store a certificate."""


def reconcile_overdue(ctx: Context, actor: Actor, limit: int = 50) -> int:
    """Finish each overdue intent with its stored bytes, or burn its serial number. Return their number."""
    now = ctx.ports.clock.now()
    with ctx.ports.storage.read() as reader:
        overdue = reader.enrollments.list_overdue(now, limit)
    return sum(_reconcile(ctx, actor, enrollment) for enrollment in overdue)


def _reconcile(ctx: Context, actor: Actor, enrollment: Enrollment) -> bool:
    intent = enrollment.begun()
    deadline = ctx.ports.clock.now() + ctx.config.signing_deadline
    with ctx.ports.storage.housekeep() as uow:
        if not uow.enrollments.extend(enrollment.id, ctx.config.node, intent.deadline, deadline):
            return False
    with ctx.ports.storage.read() as reader:
        taken = reader.enrollments.get(enrollment.id)
    stored = _stored_intent(ctx, actor, taken)
    try:
        conclude(ctx, stored)
    except PkiError:
        _burn_if_not_storable(ctx, stored)
    return True


def _burn_if_not_storable(ctx: Context, intent: Intended) -> None:
    """Burn the serial number of a certificate that is signed, but that the database has refused for too long.

    After a failed signature, the serial number is burned already. The intent is alone in its transaction, so it cannot
    make the commits of others fail.
    """
    with ctx.ports.storage.read() as reader:
        enrollment = reader.enrollments.get(intent.enrollment.id)
    age = ctx.ports.clock.now() - enrollment.changed_at
    if enrollment.state is EnrollmentState.ISSUING and age > GIVE_UP_AFTER * ctx.config.signing_deadline:
        error = StorageUnavailable("The database did not store the certificate.")
        burn_serial(ctx, intent.actor, intent.issuer, enrollment, error)


def _stored_intent(ctx: Context, actor: Actor, enrollment: Enrollment) -> Intended:
    """Return the stored intent in the form that can be signed. Its bytes were linted before they were stored."""
    intent, issuer = enrollment.begun(), _issuer(ctx, enrollment)
    prepared = Prepared.resume(
        tbs=intent.tbs_der,
        algorithm=get_signature_algorithm(intent.signature_algorithm),
        spki_der=issuer.key.spki_der,
        lint_version=intent.lint_version,
    )
    return Intended(
        actor=actor,
        issuer=issuer,
        enrollment=enrollment,
        prepared=prepared,
        ignored_extensions=tuple(json.loads(enrollment.plan_json).get("ignored_extensions", ())),
        request_id=actor.request_id,
    )


def _issuer(ctx: Context, enrollment: Enrollment) -> Issuer:
    """Return the signing CA.

    The first certificate of a root key is signed by that key itself, which has no certificate yet.
    """
    intent = enrollment.begun()
    with ctx.ports.storage.read() as reader:
        key = reader.issuer_keys.get(intent.issuer_key_id)
        if reader.certificates.list_by_subject_key(key.id):
            return load_issuer_of_key(reader, key.id)
        return build_self_issuer(reader.cas.get(key.ca_id), key, parse.parse_tbs_validity(intent.tbs_der))
