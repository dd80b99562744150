"""Response bodies of certificate requests."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from pki_manager.authority.kernel.request_view import RequestView
from pki_manager.domain import queue
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.protocols.rest.responses.approvals import Consents
from pki_manager.x509 import export


class RiskResponse(BaseModel):
    """Risk of a certificate request. `code` is stable: `name.new`, `name.wildcard`, `key.weak`, …, or `lint.<rule>`."""

    code: str
    weight: queue.Weight
    field: str
    message: str


class CommentResponse(BaseModel):
    by: str
    name: str
    at: datetime
    text: str


class CertificateRequest(BaseModel):
    """Certificate request. `plan` is exactly what will be signed, and `plan_sha256` is its hash.

    If the key is generated at collection, the plan contains no key hash before that. `approvals` is null if no approval
    is required. Lists do not include `comments`. `secret_delivered` is true after the generated key was returned.
    """

    id: UUID
    state: EnrollmentState
    reason: str | None
    ca: UUID
    profile: str
    profile_version: int
    subject: str
    sans: list[str]
    key_type: str
    key_generated: bool
    csr: str | None
    plan: dict[str, Any]
    plan_sha256: str
    risks: list[RiskResponse]
    approvals: Consents | None
    comments: list[CommentResponse]
    certificate: UUID | None
    renews: UUID | None
    requested_by: str
    requester_name: str
    via: str
    team: UUID | None
    secret_delivered: bool
    created_at: datetime
    changed_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, view: RequestView) -> CertificateRequest:
        request, enrolment = view.request, view.request.enrolment
        application, plan = request.application, json.loads(enrolment.plan_json)
        made_here = application.key_type is not None
        return cls(
            id=enrolment.id,
            state=enrolment.state,
            reason=enrolment.reason,
            ca=enrolment.ca_id,
            profile=enrolment.profile,
            profile_version=enrolment.profile_version,
            subject=plan["subject"],
            sans=plan["sans"],
            key_type=plan["key_type"],
            key_generated=made_here,
            csr=export.encode_request_pem(application.csr_der) if application.csr_der is not None else None,
            plan=plan,
            plan_sha256=enrolment.plan_sha256.hex(),
            risks=[RiskResponse(code=r.code, weight=r.weight, field=r.field, message=r.message) for r in request.risks],
            approvals=Consents.of(view.approval) if view.approval is not None else None,
            comments=[CommentResponse(by=c.by, name=c.name, at=c.at, text=c.text) for c in view.comments],
            certificate=enrolment.certificate_id,
            renews=enrolment.renews,
            requested_by=enrolment.requested_by,
            requester_name=request.requester_name,
            via=enrolment.via,
            team=enrolment.team_id,
            secret_delivered=made_here and enrolment.state is EnrollmentState.ISSUED,
            created_at=enrolment.created_at,
            changed_at=enrolment.changed_at,
            expires_at=request.expires_at,
        )


class CertificateRequestPage(BaseModel):
    items: list[CertificateRequest]
    next_cursor: str | None
