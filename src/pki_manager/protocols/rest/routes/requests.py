"""`/requests`: certificate requests."""

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
from pki_manager.protocols.rest.operation import Call, Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.certificates import KeyedCertificate
from pki_manager.protocols.rest.responses.page import build_page
from pki_manager.protocols.rest.responses.requests import CertificateRequest, CertificateRequestPage
from pki_manager.protocols.rest.routes.certificates import located

router = APIRouter(prefix="/requests", tags=["requests"], route_class=OperationRoute)

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
_BY_REQUESTER: dict[str, Any] = operation(Permission.REQUEST_SUBMIT, errors.NotFound, errors.Conflict, posted=True)
_DECIDING: dict[str, Any] = operation(Permission.REQUEST_APPROVE, errors.NotFound, errors.Conflict, posted=True)


@router.get("", summary="List certificate requests", **operation(Permission.REQUEST_READ, errors.NotFound))
def list_requests(
    call: Caller,
    state: EnrollmentState | None = None,
    ca: Annotated[str | None, Query(max_length=200, description="ID or name of the issuing CA")] = None,
    profile: Annotated[str | None, Query(max_length=200)] = None,
    *,
    mine: Annotated[bool, Query(description="Whether to return only requests that you submitted")] = False,
    needs_my_approval: Annotated[
        bool, Query(description="Whether to return only requests that you can approve and have not approved yet")
    ] = False,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> CertificateRequestPage:
    """List certificate requests, newest first. Filters are combined with AND.

    Requesters see their own and their team's requests.
    """
    where = requests.RequestQuery(state=state, ca=ca, profile=profile, mine=mine, waits_for_me=needs_my_approval)
    page = requests.list_requests(call.ctx, call.actor, where, cursor, limit)
    return CertificateRequestPage(**build_page(page, CertificateRequest.of))


@router.post("", summary="Submit a certificate request", status_code=201, **_ASKING)
def submit_request(call: Caller, body: RequestBody, response: Response, request: Request) -> CertificateRequest:
    """Request a certificate with a CSR, or with a key that is generated when you collect the certificate.

    The request is checked immediately. It then waits for approval, or is issued if no approval is required.
    """
    view, _ = requests.submit_request(call.ctx, call.actor, body.to_command(), call.claim)
    answered = CertificateRequest.of(view)
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/requests/{answered.id}"
    return answered


@router.get("/{request}", summary="Get a certificate request", **operation(Permission.REQUEST_READ, errors.NotFound))
def get_request(call: Caller, request: Identifier) -> CertificateRequest:
    """Return a certificate request with its plan, risks, comments, and approvals."""
    return CertificateRequest.of(requests.show_request(call.ctx, call.actor, request))


@router.post("/{request}/edit", summary="Edit a certificate request", **_ASKING)
def edit_request(call: Caller, request: Identifier, body: RequestEditBody) -> CertificateRequest:
    """Change a certificate request. Existing approvals become invalid, and the editor cannot approve the request."""
    view, _ = editing.edit_request(call.ctx, call.actor, request, body.edit(), call.claim)
    return CertificateRequest.of(view)


@router.post("/{request}/comment", summary="Comment on a certificate request", **_BY_REQUESTER)
def comment_request(call: Caller, request: Identifier, body: CommentBody) -> CertificateRequest:
    """Add a comment to a certificate request. Everyone who can read the request sees it."""
    view, _ = requests.comment_request(call.ctx, call.actor, request, body.text, call.claim)
    return CertificateRequest.of(view)


@router.post("/{request}/cancel", summary="Cancel a certificate request", **_BY_REQUESTER)
def cancel_request(call: Caller, request: Identifier) -> CertificateRequest:
    """Cancel a request. Only the requester can do this."""
    return CertificateRequest.of(requests.cancel_request(call.ctx, call.actor, request, call.claim).value)


@router.post("/{request}/approve", summary="Approve a certificate request", **_DECIDING)
def approve_request(call: Caller, request: Identifier, body: RequestApprovalBody) -> CertificateRequest:
    """Approve exactly this plan. The last required approval issues the certificate.

    Returns 409 if the plan has changed since you read it.
    """
    which = requests.get_approval_id(call.ctx, call.actor, request)
    approvals.approve(call.ctx, call.actor, which, bytes.fromhex(body.plan_sha256), call.claim)
    return _shown(call, request)


@router.post("/{request}/withdraw", summary="Withdraw your request approval", **_DECIDING)
def withdraw_request_approval(call: Caller, request: Identifier) -> CertificateRequest:
    """Withdraw your own approval. Possible until issuance starts."""
    approvals.withdraw(call.ctx, call.actor, requests.get_approval_id(call.ctx, call.actor, request), call.claim)
    return _shown(call, request)


@router.post("/{request}/reject", summary="Reject a certificate request", **_DECIDING)
def reject_request(call: Caller, request: Identifier, body: ReasonBody) -> CertificateRequest:
    """Reject a request permanently. A reason is required and shown to the requester."""
    which = requests.get_approval_id(call.ctx, call.actor, request)
    approvals.reject(call.ctx, call.actor, which, body.reason, call.claim)
    return _shown(call, request)


@router.post(
    "/{request}/collect",
    summary="Collect a generated key",
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
    """Generate the key, issue the certificate, and return both. The key is returned only once.

    Later calls return the certificate alone.
    """
    secret = body.passphrase.get_secret_value()
    keyed, replayed = issue_approved.collect(call.ctx, call.actor, request, secret, body.key_format, call.claim)
    located(keyed.certificate, response, http)
    return KeyedCertificate.made(keyed, call.ctx.ports.clock.now(), replayed=replayed)


def _shown(call: Call, request: Identifier) -> CertificateRequest:
    return CertificateRequest.of(requests.show_request(call.ctx, call.actor, request))
