"""The response 202 for an operation that waits for approval."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from pki_manager.authority.kernel.request_view import RequestView
from pki_manager.domain.approval import Approval
from pki_manager.domain.errors import ApprovalNeeded, Fault
from pki_manager.protocols.rest.problems import STATUS
from pki_manager.protocols.rest.responses.approvals import ApprovalResponse
from pki_manager.protocols.rest.responses.requests import CertificateRequest


class Waiting(BaseModel):
    """Operation that waits for approval. `Location` is the URL of the certificate request or the approval."""

    code: Literal["approval_needed"] = "approval_needed"
    detail: str
    id: UUID
    request: CertificateRequest | None
    approval: ApprovalResponse | None


async def on_waiting(request: Request, error: Exception) -> Response:
    """Return 202 with the URL of the request or approval that the operation waits for."""
    if not isinstance(error, ApprovalNeeded):
        raise error
    document, place = _describe(error)
    location = f"{request.scope.get('root_path', '')}/{place}/{document.id}"
    return Response(
        document.model_dump_json(), STATUS[ApprovalNeeded], {"Location": location}, media_type="application/json"
    )


def _describe(error: ApprovalNeeded) -> tuple[Waiting, str]:
    subject = error.subject
    if isinstance(subject, RequestView):
        answer = CertificateRequest.of(subject)
        return Waiting(detail=error.detail, id=answer.id, request=answer, approval=None), "requests"
    if isinstance(subject, Approval):
        frozen = ApprovalResponse.of(subject)
        return Waiting(detail=error.detail, id=frozen.id, request=None, approval=frozen), "approvals"
    raise Fault("An unknown object waits for approval.", kind=type(subject).__name__)
