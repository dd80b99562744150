"""The first step of an issuance: build the certificate, lint it, and describe the intent to sign it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.signing.issuance import Intended, IssueOrder
from pki_manager.authority.signing.lint_gate import make_certificate_lint
from pki_manager.authority.signing.serials import create_serial
from pki_manager.domain.enrollment import Enrollment, EnrollmentState, Intent
from pki_manager.policy import validity as validity_policy
from pki_manager.x509.prepare import Prepared, prepare_certificate


def draft(ctx: Context, order: IssueOrder) -> Intended:
    """Build the certificate of an order once, under a throwaway signature, and lint it. Nothing is stored.

    Raises LintRefused if lint finds an error; BackendUnavailable for a key backend that is known to be unavailable, so
    that no serial number is burned for it.
    """
    ctx.ports.signers.get(order.issuer.key.backend)
    now = ctx.ports.clock.now()
    validity = validity_policy.decide_validity(order.plan.validity, order.profile.validity, order.issuer, now)
    serial = create_serial(ctx.ports.entropy, now)
    lint = make_certificate_lint(ctx.state.linted_kinds, order.profile, order.issuer)
    prepared = prepare_certificate(order.plan, order.issuer, validity, serial, lint=lint)
    return Intended(
        actor=order.actor,
        issuer=order.issuer,
        enrollment=_enrollment(ctx, order, serial, prepared, now),
        prepared=prepared,
        ignored_extensions=order.plan.ignored_extensions,
        request_id=order.request_id,
    )


def _enrollment(ctx: Context, order: IssueOrder, serial: int, prepared: Prepared, now: datetime) -> Enrollment:
    """Return a new enrollment, or that of the queue, which keeps the approved hash even if its key came later."""
    plan_json = order.plan.canonical()
    intent = Intent(
        serial=serial,
        issuer_key_id=order.issuer.key.id,
        tbs_der=prepared.tbs,
        signature_algorithm=prepared.algorithm.name,
        lint_version=prepared.lint_version,
        node=ctx.config.node,
        deadline=now + ctx.config.signing_deadline,
    )
    if order.request is not None:
        return replace(
            order.request,
            state=EnrollmentState.ISSUING,
            plan_json=plan_json,
            changed_at=now,
            intent=intent,
            reason=None,
        )
    return Enrollment(
        id=order.enrolment_id,
        state=EnrollmentState.ISSUING,
        ca_id=order.issuer.ca.id,
        profile=order.plan.profile,
        profile_version=order.plan.profile_version,
        plan_json=plan_json,
        plan_sha256=hashlib.sha256(plan_json).digest(),
        requested_by=order.actor.id,
        via=order.actor.via,
        owner_id=order.actor.owner,
        team_id=order.actor.team_id,
        created_at=now,
        changed_at=now,
        renews=order.renews,
        intent=intent,
    )
