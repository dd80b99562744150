"""`/certificates/{certificate}/…`: changes of an issued certificate."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from pki_manager.authority.certificates import delete, rekey, renew
from pki_manager.authority.certificates.generated_keys import KeyOrder
from pki_manager.authority.kernel.access import Permission
from pki_manager.authority.status import hold, revoke
from pki_manager.domain import errors
from pki_manager.domain.approval import Operation
from pki_manager.protocols.rest.bodies.common import RekeyBody, RenewalBody, RevocationBody, build_validity_request
from pki_manager.protocols.rest.fields import CertificateName
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.certificates import CertificateResponse, KeyedCertificate
from pki_manager.protocols.rest.routes.certificates import certificate_id, issuing, located

router = APIRouter(prefix="/certificates/{certificate}", tags=["certificates"], route_class=OperationRoute)


@router.post("/renew", summary="Renew a certificate", status_code=201, **issuing(Operation.CERTIFICATE_ISSUE))
def renew_certificate(
    call: Caller, certificate: CertificateName, body: RenewalBody, response: Response, request: Request
) -> CertificateResponse:
    """Issue a new certificate for the same key and names, by the newest version of the profile."""
    old, validity = certificate_id(call, certificate), build_validity_request(body.validity)
    made, _ = renew.renew(call.ctx, call.actor, old, validity, call.claim)
    located(made, response, request)
    return CertificateResponse.of(made, call.ctx.ports.clock.now())


@router.post(
    "/rekey",
    summary="Rekey a certificate",
    status_code=201,
    **issuing(Operation.CERTIFICATE_ISSUE, Operation.CERTIFICATE_EXPORT_KEY),
)
def rekey_certificate(
    call: Caller, certificate: CertificateName, body: RekeyBody, response: Response, request: Request
) -> KeyedCertificate | CertificateResponse:
    """Issue a new certificate with the same names and a new key: the key of a CSR, or one that is generated."""
    command = rekey.Rekey(key=body.key(), validity=build_validity_request(body.validity))
    old = certificate_id(call, certificate)
    keyed, replayed = rekey.rekey(call.ctx, call.actor, old, command, call.claim)
    located(keyed.certificate, response, request)
    now = call.ctx.ports.clock.now()
    if isinstance(command.key, KeyOrder):
        return KeyedCertificate.made(keyed, now, replayed=replayed)
    return CertificateResponse.of(keyed.certificate, now)


def _revoking(*gates: Operation, permission: Permission = Permission.CERTIFICATE_REVOKE) -> dict[str, Any]:
    kinds = (errors.NotFound, errors.Conflict, errors.ClockBehind, errors.ClockAhead)
    return operation(permission, *kinds, posted=True, gates=gates)


@router.post("/revoke", summary="Revoke a certificate", **_revoking(Operation.CA_REVOKE))
def revoke_certificate(call: Caller, certificate: CertificateName, body: RevocationBody) -> CertificateResponse:
    """Revoke a certificate permanently. OCSP and the CRL report the revocation within seconds.

    A certificate on hold becomes permanently revoked. A revoked certificate can be revoked again for key compromise.
    Revoking the certificate of a CA revokes the CA.
    """
    which = certificate_id(call, certificate)
    revoked, _ = revoke.revoke(call.ctx, call.actor, which, body.reason, body.invalidity_date, call.claim)
    return CertificateResponse.of(revoked, call.ctx.ports.clock.now())


@router.post("/hold", summary="Put a certificate on hold", **_revoking())
def hold_certificate(call: Caller, certificate: CertificateName) -> CertificateResponse:
    """Revoke a certificate temporarily (`certificateHold`, RFC 5280 §5.3.1)."""
    held, _ = hold.hold(call.ctx, call.actor, certificate_id(call, certificate), call.claim)
    return CertificateResponse.of(held, call.ctx.ports.clock.now())


@router.post(
    "/release", summary="Release a certificate from hold", **_revoking(permission=Permission.CERTIFICATE_RELEASE)
)
def release_certificate(call: Caller, certificate: CertificateName) -> CertificateResponse:
    """Release a certificate from hold. It is valid again. A permanent revocation cannot be undone."""
    released, _ = hold.release(call.ctx, call.actor, certificate_id(call, certificate), call.claim)
    return CertificateResponse.of(released, call.ctx.ports.clock.now())


@router.delete(
    "",
    summary="Delete an expired certificate",
    status_code=204,
    **operation(Permission.CERTIFICATE_DELETE, errors.NotFound, errors.Conflict),
)
def delete_certificate(call: Caller, certificate: CertificateName) -> None:
    """Delete an expired certificate. If it was revoked, CRLs and OCSP continue to report it for as long as required."""
    delete.delete(call.ctx, call.actor, certificate_id(call, certificate))
