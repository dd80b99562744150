"""`/cas`: certificate authorities."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from pki_manager.authority.cas import ca_request as requesting
from pki_manager.authority.cas import cancel_rotation as cancelling
from pki_manager.authority.cas import create_ca as creating
from pki_manager.authority.cas import cross_sign as crossing
from pki_manager.authority.cas import install_ca as installing
from pki_manager.authority.cas import preview_ca as previewing
from pki_manager.authority.cas import retire_ca as retiring
from pki_manager.authority.cas import revoke_ca as revoking
from pki_manager.authority.cas import rotate_ca as rotating
from pki_manager.authority.cas import suspend_ca as suspending
from pki_manager.authority.cas import views
from pki_manager.authority.kernel.access import Permission
from pki_manager.authority.status.revoke import RevocationDetails
from pki_manager.domain import errors
from pki_manager.domain.approval import Operation
from pki_manager.protocols.rest.bodies.common import (
    CaBody,
    CrossSignBody,
    InstallBody,
    RevocationBody,
    RotationBody,
    build_validity_request,
)
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Limit
from pki_manager.protocols.rest.files import PEM_CHAIN, build_chain_response
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.cas import Ca, CaPage, CaRequest, Chain
from pki_manager.protocols.rest.responses.certificates import CertificateResponse
from pki_manager.protocols.rest.responses.page import build_page
from pki_manager.protocols.rest.responses.previews import CertificatePreview

router = APIRouter(prefix="/cas", tags=["cas"], route_class=OperationRoute)


@router.get("", summary="List CAs", **operation(Permission.CA_READ))
def list_cas(call: Caller, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> CaPage:
    """List CAs, oldest first."""
    page = views.list_cas(call.ctx, call.actor, cursor, limit)
    return CaPage(**build_page(page, Ca.of))


@router.post(
    "",
    summary="Create a CA",
    status_code=201,
    **operation(
        Permission.CA_CREATE,
        errors.NotFound,
        errors.Conflict,
        errors.NameTaken,
        errors.KeyOwnerRequired,
        errors.PolicyRefused,
        errors.LintRefused,
        errors.BackendUnavailable,
        errors.ClockBehind,
        errors.ClockAhead,
        posted=True,
        gates=[Operation.CA_CREATE],
    ),
)
def create_ca(call: Caller, body: CaBody, response: Response, request: Request) -> Ca:
    """Create a CA. Generates its key in a key backend and issues its certificate, self-signed if no parent is set.

    With `external_parent`, the CA stays pending until its certificate is installed.
    """
    view, _ = creating.create_ca(call.ctx, call.actor, body.command(), call.claim)
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/cas/{view.ca.id}"
    return Ca.of(view)


@router.post(
    "/preview",
    summary="Preview a CA certificate",
    **operation(
        Permission.CA_READ,
        errors.NotFound,
        errors.Conflict,
        errors.NameTaken,
        errors.TooLarge,
        errors.UnsupportedMedia,
        heavy=True,
    ),
)
def preview_ca(call: Caller, body: CaBody) -> CertificatePreview:
    """Return the certificate that creating this CA would issue, with its lint findings. Creates nothing."""
    return CertificatePreview.of(previewing.preview_ca(call.ctx, call.actor, body.command()))


@router.post(
    "/{ca}/rotate",
    summary="Rotate a CA key",
    **operation(
        Permission.CA_ROTATE,
        errors.NotFound,
        errors.Conflict,
        errors.KeyOwnerRequired,
        errors.PolicyRefused,
        errors.LintRefused,
        errors.BackendUnavailable,
        errors.ClockBehind,
        errors.ClockAhead,
        posted=True,
        gates=[Operation.CA_ROTATE],
    ),
)
def rotate_ca(call: Caller, ca: str, body: RotationBody) -> Ca:
    """Rotate the key of a CA. The next key becomes the current key immediately, or at `switch_at`.

    The old key keeps signing CRLs and OCSP responses for the certificates that it issued.
    """
    command = rotating.RotateCa(
        ca=ca,
        key_type=body.key_type,
        signature_algorithm=body.signature_algorithm,
        backend=body.backend,
        key=body.key,
        validity=build_validity_request(body.validity),
        switch_at=body.switch_at,
        cross_certify=body.cross_certify,
    )
    return Ca.of(rotating.rotate_ca(call.ctx, call.actor, command, call.claim).value)


@router.post(
    "/{ca}/cross-sign",
    summary="Cross-sign a CA",
    status_code=201,
    **operation(
        Permission.CA_CROSS_SIGN,
        errors.NotFound,
        errors.Conflict,
        errors.PolicyRefused,
        errors.LintRefused,
        errors.BackendUnavailable,
        errors.ClockBehind,
        errors.ClockAhead,
        posted=True,
        gates=[Operation.CA_CROSS_SIGN],
    ),
)
def cross_sign(call: Caller, ca: str, body: CrossSignBody) -> CertificateResponse:
    """Issue a certificate for the current key of another CA of this installation, or for the CSR of an external CA."""
    command = crossing.CrossSign(
        ca=ca,
        subject_ca=body.subject_ca,
        csr=body.csr,
        path_length=body.path_length,
        permitted=tuple(body.name_constraints.permitted),
        excluded=tuple(body.name_constraints.excluded),
        validity=build_validity_request(body.validity),
    )
    certificate, _ = crossing.cross_sign(call.ctx, call.actor, command, call.claim)
    return CertificateResponse.of(certificate, call.ctx.ports.clock.now())


@router.post(
    "/{ca}/cancel-rotation",
    summary="Cancel a CA key rotation",
    **operation(Permission.CA_ROTATE, errors.NotFound, errors.Conflict, posted=True),
)
def cancel_rotation(call: Caller, ca: str) -> Ca:
    """Cancel a key rotation before its activation time.

    The certificates of the next key are revoked, and the key is retired.
    """
    return Ca.of(cancelling.cancel_rotation(call.ctx, call.actor, ca, call.claim).value)


@router.post(
    "/{ca}/csr",
    summary="Create a CA CSR",
    **operation(
        Permission.CA_INSTALL,
        errors.NotFound,
        errors.Conflict,
        errors.BackendUnavailable,
        errors.ClockBehind,
        errors.ClockAhead,
        posted=True,
    ),
)
def request_ca_certificate(call: Caller, ca: str) -> CaRequest:
    """Create a PKCS #10 request for an external parent CA.

    It is for the next key of the CA if there is one, else for the current key.
    """
    return CaRequest.of(requesting.request_certificate(call.ctx, call.actor, ca, call.claim).value)


@router.put(
    "/{ca}/certificate",
    summary="Install a CA certificate",
    **operation(
        Permission.CA_INSTALL,
        errors.NotFound,
        errors.Conflict,
        errors.PolicyRefused,
        errors.TooLarge,
        gates=[Operation.CA_INSTALL],
    ),
)
def install_ca_certificate(call: Caller, ca: str, body: InstallBody) -> Ca:
    """Install the certificate that an external parent CA issued, with its chain.

    The certification path is validated first (RFC 5280 §6.1). The CA can then issue certificates.
    """
    command = installing.InstallCertificate(ca=ca, chain=body.certificate_chain)
    return Ca.of(installing.install_certificate(call.ctx, call.actor, command).value)


def _controlling(*gates: Operation) -> dict[str, Any]:
    """Return the route arguments of an operation that controls a CA. With `gates`, it needs recent authentication."""
    fresh = (errors.FreshAuthenticationRequired,) if gates else ()
    return operation(Permission.CA_CONTROL, errors.NotFound, errors.Conflict, *fresh, posted=True, gates=gates)


@router.post("/{ca}/suspend", summary="Suspend a CA", **_controlling())
def suspend_ca(call: Caller, ca: str) -> Ca:
    """Suspend a CA. It issues no certificates until it is resumed. CRLs and OCSP continue."""
    return Ca.of(suspending.suspend_ca(call.ctx, call.actor, ca, call.claim).value)


@router.post("/{ca}/resume", summary="Resume a CA", **_controlling(Operation.CA_RESUME))
def resume_ca(call: Caller, ca: str) -> Ca:
    """Resume a suspended CA. It can issue certificates again."""
    return Ca.of(suspending.resume_ca(call.ctx, call.actor, ca, call.claim).value)


@router.post("/{ca}/retire", summary="Retire a CA", **_controlling(Operation.CA_RETIRE))
def retire_ca(call: Caller, ca: str) -> Ca:
    """Retire a CA permanently. It stops issuing. CRLs and OCSP continue until its certificates have expired."""
    return Ca.of(retiring.retire_ca(call.ctx, call.actor, ca, call.claim).value)


@router.post(
    "/{ca}/revoke",
    summary="Revoke a CA",
    **operation(Permission.CA_REVOKE, errors.NotFound, errors.Conflict, posted=True, gates=[Operation.CA_REVOKE]),
)
def revoke_ca(call: Caller, ca: str, body: RevocationBody) -> Ca:
    """Revoke a CA. Its certificates are added to the parent's CRL. The CA and its subordinate CAs stop issuing."""
    why = RevocationDetails(body.reason, body.invalidity_date)
    return Ca.of(revoking.revoke_ca(call.ctx, call.actor, ca, why, call.claim).value)


@router.get("/{ca}", summary="Get a CA", **operation(Permission.CA_READ, errors.NotFound))
def get_ca(call: Caller, ca: str) -> Ca:
    """Return a CA with its keys and certificates."""
    return Ca.of(views.show_ca(call.ctx, call.actor, ca))


_CHAIN: dict[str, Any] = operation(Permission.CA_READ, errors.NotFound, errors.Conflict)
_CHAIN["responses"][200] = PEM_CHAIN


@router.get("/{ca}/chain", summary="Get a CA chain", response_model=Chain, **_CHAIN)
def get_ca_chain(call: Caller, ca: str, request: Request) -> Response | Chain:
    """Return the certificate chain of a CA: its own certificate first, the root last.

    With `Accept: application/x-pem-file`, the response is the PEM file.
    """
    return build_chain_response(request, views.get_ca_chains(call.ctx, call.actor, ca))
