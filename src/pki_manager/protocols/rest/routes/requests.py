"""`/requests`: certificates that wait for people."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from pki_manager.authority.kernel.access import Permission
from pki_manager.authority.requests import approvals, issue_approved, requests
from pki_manager.authority.requests import edit_request as editing
from pki_manager.domain import errors
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.protocols.rest.bodies.requests import (
    CollectBody,
    CommentBody,
    ReasonBody,
    RequestApprovalBody,
    RequestBody,
    RequestEditBody,
)
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Identifier, Limit
from pki_manager.protocols.rest.operation import Call, Caller, Operation, operation
from pki_manager.protocols.rest.responses.certificates import KeyedCertificate
from pki_manager.protocols.rest.responses.page import paged
from pki_manager.protocols.rest.responses.requests import CertificateRequest, CertificateRequestPage
from pki_manager.protocols.rest.routes.certificates import located

router = APIRouter(prefix="/requests", tags=["requests"], route_class=Operation)

_ASKING: dict[str, Any] = operation(
    Permission.REQUEST_SUBMIT,
    errors.NotFound,
    errors.Conflict,
    errors.PolicyRefused,
    errors.LintRefused,
    errors.ClockBehind,
    errors.ClockAhead,
    posted=True,
)
_ACTING: dict[str, Any] = operation(Permission.REQUEST_SUBMIT, errors.NotFound, errors.Conflict, posted=True)
_DECIDING: dict[str, Any] = operation(Permission.REQUEST_APPROVE, errors.NotFound, errors.Conflict, posted=True)


@router.get("", **operation(Permission.REQUEST_READ, errors.NotFound))
def list_requests(
    call: Caller,
    state: EnrollmentState | None = None,
    ca: Annotated[str | None, Query(max_length=200, description="Id or name of the issuing CA")] = None,
    profile: Annotated[str | None, Query(max_length=200)] = None,
    *,
    mine: Annotated[bool, Query(description="Those that the caller asked for")] = False,
    needs_my_approval: Annotated[bool, Query(description="Those that the caller can approve, and has not")] = False,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> CertificateRequestPage:
    """Newest first; every given condition holds. Requesters see their own and their team's."""
    where = requests.RequestQuery(state=state, ca=ca, profile=profile, mine=mine, waits_for_me=needs_my_approval)
    page = requests.list_requests(call.ctx, call.actor, where, cursor, limit)
    return CertificateRequestPage(**paged(page, CertificateRequest.of))


@router.post("", status_code=201, **_ASKING)
def submit_request(call: Caller, body: RequestBody, response: Response, request: Request) -> CertificateRequest:
    """Ask for a certificate: with a PKCS#10 request, or a key that is made when you collect it.

    It is judged at once. Then it waits for approval, or is issued by itself where nobody has to approve it.
    """
    view, _ = requests.submit_request(call.ctx, call.actor, body.wish(), call.claim)
    answered = CertificateRequest.of(view)
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/requests/{answered.id}"
    return answered


@router.get("/{request}", **operation(Permission.REQUEST_READ, errors.NotFound))
def get_request(call: Caller, request: Identifier) -> CertificateRequest:
    """With its plan, its risks, what was said, and who has approved it."""
    return CertificateRequest.of(requests.show_request(call.ctx, call.actor, request))


@router.post("/{request}/edit", **_ASKING)
def edit_request(call: Caller, request: Identifier, body: RequestEditBody) -> CertificateRequest:
    """Change what is asked for. Everybody who has approved it has to look again; who edits it cannot approve it."""
    view, _ = editing.edit_request(call.ctx, call.actor, request, body.edit(), call.claim)
    return CertificateRequest.of(view)


@router.post("/{request}/comment", **_ACTING)
def comment_request(call: Caller, request: Identifier, body: CommentBody) -> CertificateRequest:
    """Say something about it, for everybody who sees it."""
    view, _ = requests.comment_request(call.ctx, call.actor, request, body.text, call.claim)
    return CertificateRequest.of(view)


@router.post("/{request}/cancel", **_ACTING)
def cancel_request(call: Caller, request: Identifier) -> CertificateRequest:
    """Who asked for it wants it no longer."""
    return CertificateRequest.of(requests.cancel_request(call.ctx, call.actor, request, call.claim)[0])


@router.post("/{request}/approve", **_DECIDING)
def approve_request(call: Caller, request: Identifier, body: RequestApprovalBody) -> CertificateRequest:
    """Consent to exactly that plan. With the last consent that is needed it is issued by itself."""
    which = requests.approval_of(call.ctx, call.actor, request)
    approvals.approve(call.ctx, call.actor, which, bytes.fromhex(body.plan_sha256), call.claim)
    return _shown(call, request)


@router.post("/{request}/withdraw", **_DECIDING)
def withdraw_request_approval(call: Caller, request: Identifier) -> CertificateRequest:
    """Take one's own approval back, as long as the certificate is not being issued."""
    approvals.withdraw(call.ctx, call.actor, requests.approval_of(call.ctx, call.actor, request), call.claim)
    return _shown(call, request)


@router.post("/{request}/reject", **_DECIDING)
def reject_request(call: Caller, request: Identifier, body: ReasonBody) -> CertificateRequest:
    """Say no, for good, and why."""
    which = requests.approval_of(call.ctx, call.actor, request)
    approvals.reject(call.ctx, call.actor, which, body.reason, call.claim)
    return _shown(call, request)


@router.post(
    "/{request}/collect",
    status_code=201,
    **operation(
        Permission.CERTIFICATE_EXPORT_KEY,
        errors.NotFound,
        errors.Conflict,
        errors.PolicyRefused,
        errors.LintRefused,
        errors.BackendUnavailable,
        errors.ClockBehind,
        errors.ClockAhead,
        posted=True,
        heavy=True,
    ),
)
def collect_request(
    call: Caller, request: Identifier, body: CollectBody, response: Response, http: Request
) -> KeyedCertificate:
    """Make the key, issue the certificate and get both, once: later answers have the certificate alone."""
    secret = body.passphrase.get_secret_value()
    keyed, replayed = issue_approved.collect(call.ctx, call.actor, request, secret, body.key_format, call.claim)
    located(keyed.certificate, response, http)
    return KeyedCertificate.made(keyed, call.ctx.clock.now(), replayed=replayed)


def _shown(call: Call, request: Identifier) -> CertificateRequest:
    return CertificateRequest.of(requests.show_request(call.ctx, call.actor, request))
